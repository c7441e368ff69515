"""Layers by which a critic sees a row's company: how much the rows of a batch differ."""

import torch
from torch import Tensor, nn

_MEMORY = 0.99  # decay of the usual deviation


class MinibatchDeviation(nn.Module):
    """Add one column to features (n, f): their mean standard deviation over the batch.

    A generator that draws the same row again and again is seen at once. Karras et al. 2018,
    arXiv:1710.10196. Outside training a row is judged as if among others of the usual
    deviation, which is remembered, so that rows do not see each other.
    """

    mixes_rows = True

    def __init__(self) -> None:
        super().__init__()
        self.usual = nn.Buffer(torch.zeros(()))

    def begin_from(self, rng: torch.Generator) -> None:
        """Remember nothing."""
        self.usual.zero_()

    def forward(self, features: Tensor) -> Tensor:
        """Features with one more column, (n, f + 1)."""
        deviation: Tensor = self.usual
        if self.training:
            # inside the root, whose slope at 0 is infinite
            deviation = (features.var(0, correction=0) + 1e-8).sqrt().mean()
            with torch.no_grad():
                self.usual.lerp_(deviation, 1 - _MEMORY)
        return torch.cat([features, deviation.expand(len(features), 1)], 1)
