"""Layers by which a critic sees a row's company: how much the rows of a batch differ."""

import torch
from torch import Tensor, nn

_MEMORY, _YOUNG = 0.99, 10  # decay of the usual deviation, less at first


class MinibatchDeviation(nn.Module):
    """Add one column to features (n, f): their mean standard deviation over the batch.

    A generator that draws the same row again and again is seen at once. Karras et al. 2018,
    arXiv:1710.10196. Outside training a row is judged as if among others of the usual
    deviation, which is remembered, so that rows do not see each other.
    """

    mixes_rows = True

    def __init__(self) -> None:
        super().__init__()
        self.usual, self.n_seen = (nn.Buffer(torch.zeros(())) for _ in range(2))

    def begin_from(self, rng: torch.Generator) -> None:
        """Remember nothing."""
        self.usual.zero_()
        self.n_seen.zero_()

    def forward(self, features: Tensor) -> Tensor:
        """Features with one more column, (n, f + 1)."""
        deviation: Tensor = self.usual
        if self.training:
            # inside the root, whose slope at 0 is infinite
            deviation = (features.var(0, correction=0) + 1e-8).sqrt().mean()
            self._remember(deviation.detach())
        return torch.cat([features, deviation.expand(len(features), 1)], 1)

    def _remember(self, deviation: Tensor) -> None:
        """Follow the deviations, from the first of them on and not from 0."""
        decay = (self.n_seen / (self.n_seen + _YOUNG)).clamp(max=_MEMORY)
        self.usual.lerp_(deviation, 1 - decay)
        self.n_seen.add_(1)
