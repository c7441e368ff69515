"""Rows in memory and rows that are read again: the same batches, the same draws."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from drawlike.rows import Batch, Rows, Stream


def some_rows(n, n_classes=0, seed=0):
    rng = np.random.default_rng(seed)
    label = rng.integers(n_classes, size=n) if n_classes else np.zeros(n, int)
    cond = np.eye(n_classes)[label] if n_classes else np.empty((n, 0))
    parts = rng.normal(size=(n, 3)), cond, rng.uniform(0.1, 3, n)
    return Rows(*map(torch.from_numpy, parts))


def streamed(rows, size):
    return Stream(lambda: rows.batches(size), len(rows), rows.n_classes)


def same(a, b):
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in Batch._fields)


@settings(deadline=None)
@given(chunk=st.integers(1, 60), size=st.integers(1, 60))
def test_a_stream_cuts_batches_of_at_most_a_size_in_order(chunk, size):
    rows = some_rows(50)
    batches = list(streamed(rows, chunk).batches(size))
    assert max(len(batch.x) for batch in batches) <= size
    assert same(Rows(*map(torch.cat, zip(*batches, strict=True))), rows)


def test_a_stream_is_read_again_at_every_pass_and_gathered():
    stream = streamed(some_rows(50, n_classes=2), 7)
    assert same(stream.gather(), stream.gather())
    assert (len(stream), stream.n_classes, stream.streamed) == (50, 2, True)


@settings(deadline=None)
@given(chunk=st.integers(1, 300), n_classes=st.sampled_from([0, 3]))
def test_a_stream_draws_the_rows_that_memory_draws(chunk, n_classes):
    rows = some_rows(300, n_classes)
    inside = rows.subset(40, np.random.default_rng(1))
    outside = streamed(rows, chunk).subset(40, np.random.default_rng(1))
    assert torch.equal(inside.x, outside.x)
    torch.testing.assert_close(inside.weight, outside.weight, rtol=1e-12, atol=0)
    assert len(inside) == pytest.approx(40, abs=3)


def test_a_subset_weighs_what_all_rows_weigh_and_favours_heavy_rows():
    rows = some_rows(4000)
    rows = Rows(rows.x, rows.cond, torch.where(rows.x[:, 0] > 0, 9.0, 1.0).double())
    subset = rows.subset(500, np.random.default_rng(0))
    assert subset.weight.sum() == pytest.approx(float(rows.weight.sum()))
    assert (subset.x[:, 0] > 0).double().mean() == pytest.approx(0.9, abs=0.02)


def test_a_subset_holds_some_rows_of_a_rare_class_at_their_weight():
    label = torch.zeros(5000, dtype=torch.long)
    label[[17, 4000]] = 1
    cond = torch.nn.functional.one_hot(label).double()
    rows = Rows(torch.arange(5000.0)[:, None], cond, torch.ones(5000).double())
    subset = rows.subset(100, np.random.default_rng(0))
    assert subset.x[subset.cond[:, 1] > 0, 0].tolist() == [17, 4000]
    assert (subset.weight @ subset.cond).tolist() == pytest.approx([4998, 2])


def test_few_rows_are_all_of_the_subset():
    rows = some_rows(5)
    assert rows.subset(5, np.random.default_rng(0)) is rows
    assert same(streamed(rows, 2).subset(9, np.random.default_rng(0)), rows)
