"""Encoded rows in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from .batch import Batch
from .drawing import drawn


@dataclass(frozen=True)
class Rows:
    """All rows of a fit, in memory."""

    streamed: ClassVar[bool] = False

    x: Tensor
    cond: Tensor
    weight: Tensor

    @property
    def n_classes(self) -> int:
        """Number of labels, 0 without labels."""
        return self.cond.shape[1]

    @property
    def counts(self) -> Tensor:
        """Rows of each label that weigh anything, (k,) float64."""
        return (self.weight > 0).double() @ self.cond.double()

    @property
    def mass(self) -> Tensor:
        """Weight of the rows of each label, (k,) float64."""
        return self.weight.double() @ self.cond.double()

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.x)

    def batches(self, size: int) -> Iterator[Batch]:
        """Cut the rows, in order, into batches of at most ``size``."""
        parts = (self.x.split(size), self.cond.split(size), self.weight.split(size))
        return map(Batch, *parts)

    def take(self, index: Tensor | slice) -> "Rows":
        """Give the rows at ``index``: positions (m,), a boolean mask (n,) or a slice."""
        return Rows(self.x[index], self.cond[index], self.weight[index])

    def to(self, device: torch.device | str, dtype: torch.dtype | None = None) -> Self:
        """Give the same rows on another device, in another floating type."""
        return type(self)(*(part.to(device, dtype) for part in (self.x, self.cond, self.weight)))

    def gather(self) -> "Rows":
        """Give the rows themselves: they are in memory."""
        return self

    def subset(self, n: int, rng: np.random.Generator) -> "Rows":
        """Draw at most ``n`` rows in proportion to their weights; they weigh as all do."""
        return self if len(self) <= n else Rows(*drawn(self, n, rng))
