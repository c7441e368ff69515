"""Encoded rows on their way through a model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import torch
from torch import Tensor


class Batch(NamedTuple):
    """Encoded rows (n, width), conditions (n, k) and weights (n,).

    ``x`` is NaN where a cell is unobserved; ``k`` is 0 when there are no labels.
    """

    x: Tensor
    cond: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Rows:
    """All rows of a fit, in memory; iterate them in order as often as needed."""

    x: Tensor
    cond: Tensor
    weight: Tensor

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
