"""Sequences cut into batches, chosen and drawn whole."""

import numpy as np
import pytest
import torch

from drawlike.rows import Sequences

LENGTHS = (3, 1, 4, 2, 5)


@pytest.fixture
def data():
    x = torch.arange(2.0 * sum(LENGTHS)).double().view(-1, 2)
    cond = torch.nn.functional.one_hot(torch.tensor([0, 1, 0, 1, 0]), 2).double()
    return Sequences(x, torch.tensor(LENGTHS), cond, torch.tensor([1.0, 2, 3, 4, 5]).double())


@pytest.mark.parametrize(
    ("size", "cuts"),
    [(1, [1, 1, 1, 1, 1]), (4, [2, 1, 1, 1]), (6, [2, 2, 1]), (7, [2, 2, 1]), (100, [5])],
)
def test_batches_hold_whole_sequences(data, size, cuts):
    batches = list(data.batches(size))
    assert [len(batch.lengths) for batch in batches] == cuts
    assert all(len(batch.x) == batch.lengths.sum() for batch in batches)
    for whole, parts in zip(
        (data.x, data.lengths, data.cond, data.weight),
        zip(*(batch[:4] for batch in batches), strict=True),
        strict=True,
    ):
        assert torch.equal(torch.cat(parts), whole)


def test_sequences_are_taken_with_all_their_steps(data):
    chosen = data.take(np.array([2, 0]))
    assert chosen.lengths.tolist() == [4, 3]
    assert torch.equal(chosen.x, torch.cat([data.x[4:8], data.x[:3]]))
    assert chosen.weight.tolist() == [3, 1]
    mask = torch.tensor([False, True, False, False, True])
    assert data.take(mask).lengths.tolist() == [1, 5]
    assert len(data.take(np.array([], int))) == 0


def test_a_draw_weighs_as_all_do(data):
    drawn = data.subset(3, np.random.default_rng(0))
    assert len(drawn) <= 4
    assert len(drawn.x) == drawn.lengths.sum()
    torch.testing.assert_close(drawn.weight @ drawn.cond, data.weight @ data.cond)
    assert data.subset(5, np.random.default_rng(0)) is data
    assert data.gather() is data
