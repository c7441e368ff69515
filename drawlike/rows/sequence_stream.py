"""Encoded sequences that are read again at every pass."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from .sequences import SequenceBatch, Sequences


@dataclass(frozen=True)
class SequenceStream:
    """Sequences that are read again at every pass, and never all in memory.

    ``open`` starts a pass: an iterator of encoded chunks of any sizes. In memory are only
    ``lengths`` (m,), ``cond`` (m, k) and ``weight`` (m,) of the sequences that ``keep``, a
    mask over all that are read, takes.
    """

    streamed: ClassVar[bool] = True

    open: Callable[[], Iterable[Sequences]]
    lengths: Tensor
    cond: Tensor
    weight: Tensor
    keep: np.ndarray
    device: torch.device | str = "cpu"

    @classmethod
    def of(cls, open: Callable[[], Iterable[Sequences]]) -> Self:
        """Pass over the sequences once, to learn how long they are and what stands beside."""
        parts = [(chunk.lengths, chunk.cond, chunk.weight) for chunk in open()]
        lengths, cond, weight = (torch.cat(part) for part in zip(*parts, strict=True))
        return cls(open, lengths, cond, weight, np.ones(len(lengths), bool))

    @property
    def n_classes(self) -> int:
        """Number of labels, 0 without labels."""
        return self.cond.shape[1]

    def __len__(self) -> int:
        """Number of sequences."""
        return len(self.lengths)

    def batches(self, size: int) -> Iterator[SequenceBatch]:
        """Cut into the batches that the same sequences in memory are cut into."""
        held: list[Sequences] = []
        n_steps = 0
        for chunk in self._chunks():
            held.append(chunk)
            n_steps += len(chunk.x)
            if n_steps > size:
                *full, last = _joined(held).batches(size)
                yield from full
                held, n_steps = [Sequences(*last)], len(last.x)
        if held:
            yield from _joined(held).batches(size)

    def take(self, index: Tensor | np.ndarray) -> Self:
        """Give the sequences at ``index``, positions (m,) or a mask, in the order of the stream."""
        chosen = np.zeros(len(self), bool)
        chosen[np.asarray(index)] = True
        keep = np.zeros(len(self.keep), bool)
        keep[np.flatnonzero(self.keep)[chosen]] = True
        at = torch.from_numpy(chosen)
        return replace(
            self, lengths=self.lengths[at], cond=self.cond[at], weight=self.weight[at], keep=keep
        )

    def to(self, device: torch.device | str) -> Self:
        """Give the same sequences, whose batches go to another device."""
        return replace(self, device=device)

    def gather(self) -> Sequences:
        """Read all sequences into memory."""
        return _joined(list(self._chunks()))

    def _chunks(self) -> Iterator[Sequences]:
        start = 0
        for chunk in self.open():
            kept = self.keep[start : start + len(chunk)]
            start += len(chunk)
            if kept.any():
                yield (chunk if kept.all() else chunk.take(kept)).to(self.device)


def _joined(parts: list[Sequences]) -> Sequences:
    if len(parts) == 1:
        return parts[0]
    names = ("x", "lengths", "cond", "weight")
    return Sequences(*(torch.cat([getattr(part, name) for part in parts]) for name in names))
