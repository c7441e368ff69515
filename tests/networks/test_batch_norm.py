"""Batch normalisation against torch's own."""

import torch
from torch import nn

from drawlike.networks import BatchNorm, build


def rows(n, seed=0):
    return 3 * torch.randn(n, 5, generator=torch.Generator().manual_seed(seed)) + 2


def test_it_agrees_with_torch_in_training_and_after():
    ours = build(lambda: BatchNorm(5), torch.Generator())
    theirs = nn.BatchNorm1d(5)
    for seed in range(30):
        torch.testing.assert_close(ours(rows(20, seed)), theirs(rows(20, seed)))
    ours.eval(), theirs.eval()
    torch.testing.assert_close(ours(rows(3, 99)), theirs(rows(3, 99)))


def test_one_row_is_left_as_usual():
    norm = build(lambda: BatchNorm(5), torch.Generator())
    torch.testing.assert_close(norm(rows(1)), rows(1), rtol=1e-4, atol=1e-4)
