"""Encoded sequences: all steps of all of them one after the other, and where each ends."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from .memory import Rows


class SequenceBatch(NamedTuple):
    """Whole sequences: steps (N, width), lengths (m,), conditions (m, k) and weights (m,).

    Conditions and weights are those of sequences. ``x`` is NaN where a cell is unobserved. A
    step counts as ``step_weight`` (N,) values that are seen in the same state.
    """

    x: Tensor
    lengths: Tensor
    cond: Tensor
    weight: Tensor
    step_weight: Tensor | None = None


@dataclass(frozen=True)
class Sequences:
    """All sequences of a fit, in memory: their steps (N, width) one after the other.

    ``lengths`` (m,), ``cond`` (m, k) and ``weight`` (m,) are those of the sequences,
    ``step_weight`` (N,) that of their steps, 1 by default.
    """

    streamed: ClassVar[bool] = False

    x: Tensor
    lengths: Tensor
    cond: Tensor
    weight: Tensor
    step_weight: Tensor | None = None

    @property
    def n_classes(self) -> int:
        """Number of labels, 0 without labels."""
        return self.cond.shape[1]

    @property
    def bounds(self) -> np.ndarray:
        """Where each sequence begins, and where the last one ends, (m + 1,)."""
        return np.concatenate([[0], np.cumsum(self.lengths.cpu().numpy())])

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    def batches(self, size: int) -> Iterator[SequenceBatch]:
        """Cut into batches of whole sequences, in order, of about ``size`` steps at most."""
        bounds, first = self.bounds, 0
        while first < len(self):
            last = max(first + 1, int(np.searchsorted(bounds, bounds[first] + size, "right")) - 1)
            each = slice(first, last)
            steps = slice(int(bounds[first]), int(bounds[last]))
            yield SequenceBatch(
                self.x[steps],
                self.lengths[each],
                self.cond[each],
                self.weight[each],
                None if self.step_weight is None else self.step_weight[steps],
            )
            first = last

    def take(self, index: Tensor | np.ndarray) -> Self:
        """Give the sequences at ``index``, positions (m,) or a mask."""
        index = np.asarray(index)
        positions = np.flatnonzero(index) if index.dtype == bool else index
        bounds = self.bounds
        steps = [np.arange(bounds[i], bounds[i + 1]) for i in positions]
        rows = torch.from_numpy(np.concatenate([np.empty(0, np.int64), *steps]).astype(np.int64))
        chosen = torch.from_numpy(positions.astype(np.int64))
        return type(self)(
            _at(self.x, rows),
            _at(self.lengths, chosen),
            _at(self.cond, chosen),
            _at(self.weight, chosen),
            None if self.step_weight is None else _at(self.step_weight, rows),
        )

    def to(self, device: torch.device | str) -> Self:
        """Give the same sequences on another device."""
        parts = (self.x, self.lengths, self.cond, self.weight, self.step_weight)
        return type(self)(*(None if part is None else part.to(device) for part in parts))  # type: ignore[arg-type]

    def gather(self) -> Self:
        """Give the sequences themselves: they are in memory."""
        return self

    def subset(self, n: int, rng: np.random.Generator) -> Self:
        """Draw at most ``n`` sequences in proportion to their weights; they weigh as all do."""
        if len(self) <= n:
            return self
        numbered = Rows(torch.arange(len(self))[:, None], self.cond.cpu(), self.weight.cpu())
        drawn = numbered.subset(n, rng)
        return replace(self.take(drawn.x[:, 0]), weight=drawn.weight.to(self.weight))


def _at(values: Tensor, index: Tensor) -> Tensor:
    return values[index.to(values.device)]
