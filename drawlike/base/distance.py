"""How far draws are from rows that the players do not see."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor

from ..layout import Layout
from ..losses.energy import energy_distance
from ..rows import Rows
from ..training import STOPS

Draw = Callable[[Tensor, torch.Generator], Tensor]

_WATCHED_ROWS, _COMPARED_ROWS = 1000, 2000
_DIRECTIONS = 64  # in which wider rows are looked at


class Distance:
    """Energy distance between samples and validation rows, in expanded columns.

    Rows of more columns are compared in random directions, which keep distances between rows
    to a few per cent (Johnson and Lindenstrauss 1984).
    ``real`` is the distance that training rows have to the same validation rows, so both
    share the error that comes from the validation rows being few; ``margin`` is a small
    part of that error, below which a gain means nothing. Where the same rows train and validate,
    ``real`` is 0, the mean distance of fresh ones: none but their copies are as near as they are.
    """

    def __init__(self, layout: Layout, rows: Rows, validation: Rows, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.validation = as_weighted(validation, rng).take(slice(_WATCHED_ROWS))
        self.directions = _directions(layout.n_inputs, seed).to(rows.x)
        self.target, self.seed = self._seen(layout.expand(self.validation.x)), seed
        self.n_repeats = -(-_COMPARED_ROWS // len(self.target))
        order = rng.permutation(len(rows))[:_COMPARED_ROWS]
        real = as_weighted(rows, rng).x[order]
        self.real = 0.0
        if validation is not rows:
            self.real = float(energy_distance(self._seen(layout.expand(real)), self.target))
        n_told = _told_by(validation.weight, len(self.target))
        self.margin = 0.05 * float(torch.cdist(self.target, self.target).mean()) / n_told

    def goal(self, schedule: str) -> float:
        """At which distance training may end: along a cosine only once the rates have fallen."""
        return -math.inf if schedule == "cosine" else self.real

    @torch.no_grad()
    def __call__(self, draw: Draw, step: int) -> float:
        """Distance of rows that ``draw`` makes at a step, each time by the same random numbers."""
        return float(energy_distance(self._drawn(draw, step), self.target))

    @torch.no_grad()
    def figures(self, names: Iterable[str], draw: Draw, step: int) -> dict[str, float]:
        """Figures of :data:`~drawlike.training.STOPS` by name, of the same rows."""
        drawn = self._drawn(draw, step)
        return {name: STOPS[name](drawn, self.target) for name in names}

    def _drawn(self, draw: Draw, step: int) -> Tensor:
        rng = torch.Generator(self.target.device).manual_seed((self.seed + step) % 2**63)
        cond = self.validation.cond.repeat(self.n_repeats, 1)
        return self._seen(draw(cond, rng))

    def _seen(self, x: Tensor) -> Tensor:
        return x @ self.directions if x.shape[1] > _DIRECTIONS else x


def _directions(width: int, seed: int) -> Tensor:
    """Random directions (width, 64), as long as keeps distances on average."""
    rng = torch.Generator().manual_seed(seed % 2**63)
    return torch.randn(width, _DIRECTIONS, generator=rng) / _DIRECTIONS**0.5


def _told_by(weight: Tensor, n_drawn: int) -> float:
    """How many rows of equal weight tell as much as so many that are drawn by weight (Kish 1965)."""
    weight = weight.double()
    n_effective = float(weight.sum().square() / weight.square().sum())
    is_even = bool((weight == weight[0]).all())
    return n_drawn if is_even else 1 / (1 / n_drawn + 1 / n_effective)


def as_weighted(rows: Rows, rng: np.random.Generator) -> Rows:
    """Draw as many rows by their weights; equal weights leave them as they are."""
    weight = rows.weight.double().cpu().numpy()
    if (weight == weight[0]).all():
        return rows
    drawn = rng.choice(len(weight), len(weight), p=weight / weight.sum())
    return rows.take(torch.from_numpy(drawn).to(rows.x.device))
