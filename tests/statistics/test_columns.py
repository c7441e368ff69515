from dataclasses import dataclass

import pytest
import torch

from drawlike.errors import UnsupportedError
from drawlike.layout import Choice, Image, Layout, Mixed, Real
from drawlike.statistics.columns import Columns

LAYOUT = Layout((Choice("c", 3), Mixed("m", 2, 0.5), Real("r", 2, (0.0, 1.0))))
NAN = float("nan")


def test_blocks_become_reals_and_codes():
    columns = Columns.of(LAYOUT)
    assert columns.sizes == (3, 2)
    assert [column.cell for column in columns.reals] == [0.5, 0.0, 1.0]
    assert columns.cell_variance.tolist() == [0.25 / 12, 0.0, 1 / 12]


def test_split_marks_unobserved_codes_by_the_number_of_categories():
    x = torch.tensor([[2.0, 0.0, 1.5, 3.0, 4.0], [NAN, NAN, NAN, 5.0, NAN]])
    reals, codes = Columns.of(LAYOUT).split(x)
    assert codes.tolist() == [[2, 0], [3, 2]]
    assert reals[0].tolist() == [1.5, 3.0, 4.0]
    assert reals[1].isnan().tolist() == [True, False, True]


def test_join_is_the_inverse_of_split_and_shuts_gates():
    x = torch.tensor([[2.0, 0.0, 1.5, 3.0, 4.0]], dtype=torch.float64)
    columns = Columns.of(LAYOUT)
    reals, codes = columns.split(x)
    assert torch.equal(columns.join(reals, codes), x)
    codes[0, 1] = 1
    assert columns.join(reals, codes)[0, 2].isnan()


def test_an_image_has_one_unit_and_other_columns_their_own():
    columns = Columns.of(Layout((Image("i", 1, 2, 2, 256), Real("r", 2, (0.0, 0.0)))))
    assert columns.pools == [[0, 1, 2, 3], [4], [5]]
    assert columns.reals[0].cell == 1 / 255


@dataclass(frozen=True)
class Odd(Real):
    """A block of another sort."""


def test_a_subclass_of_a_known_block_is_read_like_it():
    assert len(Columns.of(Layout((Odd("x"),))).reals) == 1


def test_an_unknown_block_is_refused_by_name():
    with pytest.raises(UnsupportedError, match="'tokens' is a Tokens block"):
        Columns.of(Layout((Tokens("tokens"),)))


class Tokens:
    """What a later version may bring."""

    def __init__(self, name):
        self.name = name
