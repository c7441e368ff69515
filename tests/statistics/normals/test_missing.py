import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from drawlike.statistics.normals.missing import Reals


@given(st.integers(1, 200), st.integers(1, 9), st.floats(0, 1), st.integers(0, 99))
def test_every_row_is_in_one_group_with_its_own_cells(n, d, missing, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, d))
    x[rng.random((n, d)) < missing] = np.nan
    seen = []
    for group in Reals(torch.from_numpy(x)).groups:
        for p in range(len(group.observed)):
            rows = group.rows[p][group.live[p]].tolist()
            seen += rows
            cells = group.x[p][group.live[p]].numpy()
            assert (group.observed[p].numpy() == ~np.isnan(x[rows])).all()
            assert np.array_equal(cells, np.nan_to_num(x[rows]))
    assert sorted(seen) == list(range(n))


def test_rows_without_gaps_are_one_group_that_shares_their_memory():
    x = torch.randn(5, 3, dtype=torch.float64)
    (group,) = Reals(x).groups
    assert group.complete
    assert group.x.data_ptr() == x.data_ptr()


@pytest.mark.parametrize("d", [64, 65, 200])
def test_patterns_of_many_columns_are_told_apart(d):
    x = torch.zeros(d, d, dtype=torch.float64)
    x.fill_diagonal_(torch.nan)
    groups = Reals(x).groups
    assert sum(len(group.observed) for group in groups) == d


def test_values_collected_and_scattered_come_back():
    x = torch.tensor([[1.0, np.nan], [1.0, 2.0], [np.nan, 2.0], [3.0, np.nan]])
    values, out = torch.arange(4.0), torch.zeros(4)
    for group in Reals(x).groups:
        group.scatter(group.collect(values), out)
    assert torch.equal(out, values)
