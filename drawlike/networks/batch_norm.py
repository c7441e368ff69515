"""Batch normalisation, which only networks of papers have: by it rows see each other."""

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm


class BatchNorm(nn.Module):
    """Normalise each column (n, c) or channel (n, c, h, w) over the rows of a batch.

    Outside training, and where a batch is one number a channel, by the usual mean and
    variance. Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    mixes_rows = True

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.mean = nn.Buffer(torch.zeros(channels))
        self.variance = nn.Buffer(torch.ones(channels))

    def begin_from(self, rng: torch.Generator) -> None:
        """Leave rows as they are."""
        self.mean.zero_()
        self.variance.fill_(1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise, scale and shift."""
        uses_batch = self.training and x.numel() > x.shape[1]
        return batch_norm(x, self.mean, self.variance, self.weight, self.bias, uses_batch)
