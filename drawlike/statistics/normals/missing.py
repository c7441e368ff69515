"""Rows grouped by which of their real cells are observed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

_ALONE = 64  # patterns of at least so many rows are not padded
_TOGETHER = 1 << 18  # numbers in one padded group


@dataclass(frozen=True, eq=False)
class Group:
    """Rows of P patterns, s rows each; short patterns are padded with weightless rows.

    ``x`` (P, s, d) is 0 where unobserved, ``observed`` (P, d) tells where; ``rows`` (P, s)
    are the rows' numbers, ``live`` (P, s) those that are no padding.
    """

    x: Tensor
    observed: Tensor
    rows: Tensor
    live: Tensor
    complete: bool

    def centred(self, mean: Tensor) -> Tensor:
        """Rows less a mean (d,), 0 where unobserved, (P, s, d)."""
        deviation = self.x - mean
        return deviation if self.complete else deviation.mul_(self.observed[:, None])

    def collect(self, values: Tensor) -> Tensor:
        """Take a value a row, (n,), into groups (P, s); padding gets 0."""
        return values[None] if self.complete else values[self.rows] * self.live

    def scatter(self, values: Tensor, into: Tensor) -> None:
        """Write a value a row, (P, s), to their places in (n,)."""
        if self.complete:
            into.copy_(values[0])
        else:
            into[self.rows[self.live]] = values[self.live]


@dataclass(frozen=True, eq=False)
class Reals:
    """Real cells of some rows, (n, d), NaN where unobserved."""

    x: Tensor

    @cached_property
    def observed(self) -> Tensor:
        """Which cells are observed, (n, d)."""
        return ~self.x.isnan()

    @cached_property
    def complete(self) -> bool:
        """Whether every cell is observed."""
        # a sum is faster than a look at each; infinities of both signs make it NaN, too
        return not bool(self.x.sum().isnan()) or bool(self.observed.all())

    def part(self, rows: slice) -> "Reals":
        """Neighbouring rows."""
        return self if rows == slice(0, len(self.x)) else Reals(self.x[rows])

    def at(self, rows: Tensor) -> "Reals":
        """Rows by their numbers, in float64."""
        return Reals(self.x[rows].double())

    def double(self) -> "Reals":
        """The same rows in float64."""
        return self if self.x.dtype == torch.float64 else Reals(self.x.double())

    @cached_property
    def groups(self) -> list[Group]:
        """All rows, grouped by pattern."""
        if self.complete:
            n, d = self.x.shape
            rows = torch.arange(n, device=self.x.device)[None]
            everything = self.observed.new_ones((1, d))
            return [Group(self.x[None], everything, rows, rows >= 0, complete=True)]
        return list(self._patterns())

    def _patterns(self) -> Iterator[Group]:
        filled = self.x.nan_to_num(nan=0.0)
        pattern, count = _number_patterns(self.observed)
        order = pattern.argsort(stable=True)
        start = count.cumsum(0) - count
        padded = torch.where(count < _ALONE, 2 ** count.double().log2().ceil().long(), count)
        for size in padded.unique().tolist():
            members = (padded == size).nonzero()[:, 0]
            width = self.x.shape[1] * max(size, self.x.shape[1])
            for some in members.split(max(1, _TOGETHER // width)):
                slot = torch.arange(size, device=order.device)
                live = slot < count[some, None]
                rows = order[(start[some, None] + slot).clamp(max=len(order) - 1)]
                yield Group(filled[rows], self.observed[rows[:, 0]], rows, live, complete=False)


def _number_patterns(observed: Tensor) -> tuple[Tensor, Tensor]:
    """Give each row the number of its pattern, (n,), and each pattern's count."""
    packed = np.packbits(observed.cpu().numpy(), axis=1)
    words = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), np.uint8)
    words[:, : packed.shape[1]] = packed
    key = words.view(np.uint64)
    key = key[:, 0] if key.shape[1] == 1 else key.view(f"V{words.shape[1]}")[:, 0]
    _, number, count = np.unique(key, return_inverse=True, return_counts=True)
    return tuple(torch.from_numpy(a).to(observed.device) for a in (number, count))  # type: ignore[return-value]
