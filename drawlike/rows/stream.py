"""Encoded rows that are read again at every pass."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from .batch import READ_TOGETHER, Batch
from .drawing import drawn
from .memory import Rows


@dataclass(frozen=True)
class Stream:
    """Rows that are read again at every pass, and never all in memory.

    ``open`` starts a pass: an iterator of encoded chunks of any sizes, ``n_rows`` rows in all.
    """

    streamed: ClassVar[bool] = True

    open: Callable[[], Iterable[Batch]]
    n_rows: int
    n_classes: int
    device: torch.device | str = "cpu"

    def __len__(self) -> int:
        """Number of rows."""
        return self.n_rows

    def batches(self, size: int) -> Iterator[Batch]:
        """Cut the rows, in order, into batches of at most ``size``."""
        for chunk in self.open():
            for start in range(0, len(chunk.x), size):
                yield chunk.take(slice(start, start + size)).to(self.device)

    def to(self, device: torch.device | str) -> Self:
        """Give the same rows, whose batches go to another device."""
        return replace(self, device=device)

    def gather(self) -> Rows:
        """Read all rows into memory."""
        return _joined(self.batches(READ_TOGETHER), self.n_rows)

    def subset(self, n: int, rng: np.random.Generator) -> Rows:
        """Draw at most ``n`` rows in proportion to their weights; they weigh as all do."""
        return self.gather() if len(self) <= n else Rows(*drawn(self, n, rng))


def _joined(batches: Iterable[Batch], n_rows: int) -> Rows:
    """Fill arrays of the right size: the rows are in memory once."""
    parts: tuple[Tensor, ...] = ()
    start = 0
    for batch in batches:
        stop = start + len(batch.x)
        if not parts:
            parts = tuple(part.new_empty((n_rows, *part.shape[1:])) for part in batch)
        for whole, part in zip(parts, batch, strict=True):
            whole[start:stop] = part
        start = stop
    return Rows(*parts)
