"""Chunks are encoded once where the disk has room, and at every pass where it has none."""

import shutil

import numpy as np
import pytest
import torch

from drawlike.base.spool import Spool
from drawlike.rows import Batch


class Chunks:
    """Chunks of three sizes, and how many passes there were."""

    def __init__(self, n_classes=0, dtype=torch.float64):
        rng = np.random.default_rng(0)
        self.passes = 0
        self.batches = [
            Batch(
                torch.from_numpy(rng.normal(size=(n, 3))).to(dtype),
                torch.eye(n_classes, dtype=torch.float64)[rng.integers(max(1, n_classes), size=n)]
                if n_classes
                else torch.empty(n, 0, dtype=torch.float64),
                torch.from_numpy(rng.random(n)),
            )
            for n in (5, 1, 8)
        ]

    def __call__(self):
        self.passes += 1
        return iter(self.batches)


def assert_same(passed, chunks):
    for batch, expected in zip(passed, chunks.batches, strict=True):
        for part, other in zip(batch, expected, strict=True):
            assert part.dtype == other.dtype
            assert torch.equal(part, other)


@pytest.mark.parametrize("n_classes", [0, 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_chunks_are_read_once_and_come_back_as_they_were(n_classes, dtype):
    chunks = Chunks(n_classes, dtype)
    spool = Spool(chunks, 14)
    for _ in range(3):
        assert_same(spool(), chunks)
    assert chunks.passes == 1


def test_a_pass_cut_short_keeps_nothing():
    chunks = Chunks()
    spool = Spool(chunks, 14)
    next(spool())
    assert_same(spool(), chunks)
    assert_same(spool(), chunks)
    assert chunks.passes == 2


def test_passes_may_overlap():
    chunks = Chunks()
    spool = Spool(chunks, 14)
    list(spool())
    first, second = spool(), spool()
    assert_same([a for a, _ in zip(first, second, strict=True)], chunks)


def test_a_full_disk_costs_a_pass_each():
    chunks = Chunks()
    spool = Spool(chunks, shutil.disk_usage("/").total)
    assert_same(spool(), chunks)
    assert_same(spool(), chunks)
    assert chunks.passes == 2
