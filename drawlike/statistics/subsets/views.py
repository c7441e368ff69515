"""Rows as they are, and sequences as rows: how alike they are, and how they are varied.

A sequence is stretched to a common number of steps, linearly in time, that of the longest
one or fewer, so that there are 1,024 numbers at most. Two sequences are as close as these
are: how fast they run does not count. What a variation makes of these steps is added to the
steps of the sequence itself, which so keeps its own details.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ...layout import Layout
from ..columns import Columns
from .interpolation import code_places
from .proximity import Proximity

_NUMBERS = 1024  # of a sequence that is compared with others
_TOGETHER = 1 << 20  # numbers that are stretched at once

Locate = Callable[[Tensor], Tensor]


class Varied(Protocol):
    """Makes new rows from the rows of one class."""

    def draw(self, base: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write a row for each of ``base``, the numbers of rows to begin from."""
        ...


Variation = Callable[[Tensor, Layout, Callable[[], Tensor]], Varied]


class View(Protocol):
    """What encoded rows are to those who compare and vary them."""

    def space(self, x: Tensor) -> Locate:
        """Measure rows, and give the function that makes points of such, (n, p)."""
        ...

    def varied(self, x: Tensor, variation: Variation) -> Varied:
        """Vary rows: ``variation`` takes them, what they mean, and where they are."""
        ...


@dataclass(frozen=True)
class AsTheyAre:
    """Rows whose cells are compared one by one."""

    layout: Layout
    standard: bool

    def space(self, x: Tensor) -> Locate:
        """Measure rows, and give the function that makes points of such, (n, p)."""
        return Proximity.of(self.layout, x, standard=self.standard).points

    def varied(self, x: Tensor, variation: Variation) -> Varied:
        """Vary rows."""
        return variation(x, self.layout, lambda: self.space(x)(x))


@dataclass(frozen=True)
class InTime:
    """Padded sequences (n, 1 + T w), the number of steps first; ``layout`` is that of a step."""

    layout: Layout
    standard: bool
    n_steps: int

    @classmethod
    def of(cls, layout: Layout, x: Tensor, *, standard: bool) -> "InTime":
        """Choose a common number of steps for sequences."""
        most = max(1, _NUMBERS // layout.width)
        return cls(layout, standard, max(1, min(int(x[:, 0].max()), most)))

    @cached_property
    def whole(self) -> Layout:
        """The layout of all the common steps."""
        return Layout(self.layout.blocks * self.n_steps)

    def space(self, x: Tensor) -> Locate:
        """Measure the steps of sequences; points are those of their common steps, in order."""
        steps = Proximity.of(self.layout, self._steps(x), standard=self.standard)

        def points(rows: Tensor) -> Tensor:
            each = steps.points(self._steps(rows))
            # a distance is that of a step, in the mean of their squares
            return each.reshape(len(rows), -1) * self.n_steps**-0.5

        return points

    def varied(self, x: Tensor, variation: Variation) -> Varied:
        """Vary sequences as rows of the common steps, with the number of steps behind these."""
        steps = self._steps(x).reshape(len(x), -1)
        rows = torch.cat([steps, x[:, :1].double()], 1)
        inner = variation(rows, self.whole, lambda: self.space(x)(x))
        return Stretched(self, x, rows, inner)

    def stretched(self, x: np.ndarray, lengths: np.ndarray, n_steps: int) -> np.ndarray:
        """Steps (n, n_steps, w) of sequences that get other ``lengths`` (n,)."""
        return self.resampled(self.cells(x), np.column_stack([x[:, 0], lengths]), n_steps)

    def cells(self, x: np.ndarray) -> np.ndarray:
        """Steps of padded sequences, (n, T, w), sharing memory."""
        return x[:, 1:].reshape(len(x), -1, self.layout.width)

    def resampled(self, steps: np.ndarray, lengths: np.ndarray, n_steps: int) -> np.ndarray:
        """Give steps (n, T, w) whose numbers change as ``lengths`` (n, 2) say, (n, n_steps, w)."""
        from .lines import resample  # compiled: a second to import

        out = np.empty((len(steps), n_steps, self.layout.width))
        resample(np.ascontiguousarray(steps), lengths.astype(np.int64), self.is_code, out)
        return out

    @cached_property
    def is_code(self) -> np.ndarray:
        """Which columns of a step hold codes, (w,)."""
        places = code_places(Columns.of(self.layout))
        return np.isin(np.arange(self.layout.width), places)

    def _steps(self, x: Tensor) -> Tensor:
        """All common steps of sequences, one after the other, (n n_steps, w)."""
        rows, count = x.double().numpy(), self.n_steps
        common = self.stretched(rows, np.full(len(rows), count), count)
        return torch.from_numpy(common.reshape(-1, self.layout.width))


@dataclass(frozen=True, eq=False)
class Stretched:
    """Sequences that take what is new in their common steps, and their number of steps."""

    view: InTime
    x: Tensor
    rows: Tensor
    inner: Varied

    def draw(self, base: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write a sequence for each of ``base``, the numbers of sequences to begin from."""
        drawn = np.empty((len(base), self.rows.shape[1]))
        self.inner.draw(base, rng, drawn)
        size = max(1, _TOGETHER // out.shape[1])
        for start in range(0, len(base), size):
            part = slice(start, start + size)
            self._change(base[part], drawn[part], out[part])

    def _change(self, base: np.ndarray, drawn: np.ndarray, out: np.ndarray) -> None:
        view, code = self.view, self.view.is_code
        out[:, 0] = np.rint(drawn[:, -1])
        steps, x = view.cells(out), self.x[torch.from_numpy(base)].double().numpy()
        steps[:] = view.stretched(x, out[:, 0], steps.shape[1])
        before, after = (
            rows[:, :-1].reshape(len(out), view.n_steps, len(code))
            for rows in (self.rows.numpy()[base], drawn)
        )
        moved = np.where(code, np.where(after == before, np.nan, after), after - before)
        lengths = np.column_stack([np.full(len(out), view.n_steps), out[:, 0]])
        change = view.resampled(moved, lengths, steps.shape[1])
        is_new = ~np.isnan(change)
        steps[:] = np.where(is_new, np.where(code, change, steps + change), steps)
