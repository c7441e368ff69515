"""Sequences that are left out of a fit."""

import numpy as np
import pytest
import torch

from drawlike.errors import SettingError
from drawlike.layout import Layout, Real
from drawlike.rows import Sequences
from drawlike.statistics.columns import Columns
from drawlike.statistics.hidden_markov.fitting import Part
from drawlike.statistics.hidden_markov.left_out import leave_out

from .problems import any_chain, tensor

COLUMNS = Columns.of(Layout((Real("x", 2, (0.0, 0.0)),)))


def part_of(lengths):
    rng = np.random.default_rng(0)
    x, m = tensor(rng.normal(size=(sum(lengths), 2))), len(lengths)
    weight = tensor(np.arange(1.0, m + 1))
    return Part(Sequences(x, torch.tensor(lengths), torch.zeros(m, 0), weight), COLUMNS)


def test_a_fifth_of_the_sequences_judges():
    part, chain = part_of([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), any_chain(np.random.default_rng(0))
    left = leave_out(part, np.random.default_rng(0))
    learned, judging = left.learned.data, left.judging
    assert (len(learned), len(judging)) == (8, 2)
    both = torch.cat([learned.lengths, judging.lengths])
    assert sorted(both.tolist()) == part.data.lengths.tolist()
    each = chain.log_prob(judging.x, judging.lengths)
    assert left.log_prob(chain) == pytest.approx(float(judging.weight @ each))
    assert len(leave_out(part_of([3, 4]), np.random.default_rng(0)).judging) == 1


def test_the_end_of_a_single_sequence_judges_given_its_beginning():
    part, chain = part_of([50]), any_chain(np.random.default_rng(0))
    left = leave_out(part, np.random.default_rng(0))
    x, whole = part.data.x, part.data.lengths
    assert torch.equal(left.learned.data.x, x[:40])
    assert left.learned.data.lengths.tolist() == [40]
    before = chain.log_prob(x[:40], torch.tensor([40]))
    assert left.log_prob(chain) == pytest.approx(float(chain.log_prob(x, whole) - before))


def test_a_short_sequence_has_no_end_to_spare():
    with pytest.raises(SettingError, match="has 4 steps"):
        leave_out(part_of([4]), np.random.default_rng(0))
