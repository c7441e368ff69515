"""Where the components of a mixture start.

Distances count a real cell in units of its column's standard deviation, so that they do
not depend on the units of the data, and 1 for a code that differs (as k-prototypes do:
Huang 1998); an unobserved cell counts nothing. A row of weight 2 is chosen as two equal
rows would be, whatever their order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...rows import Batch, Rows
from ..columns import Columns
from .outline import Outline

_SAME = 1e-14  # rows at a smaller squared distance, against their norms, are one
_AT_ONCE = 1 << 20  # distances computed at once
_FEWEST, _EACH = 4096, 256  # rows, in all and for each centre, that are enough to place them
_TOGETHER = 4096  # rows whose distances stay in the cache
_MAX_MOVES = 100
_TRIES, _FIRST_MOVES = 4, 3  # k-means goes on from the best of so many tries after so few moves
_STILL = 1e-4  # centres that move less, in squared units altogether, have arrived


class Points(NamedTuple):
    """Rows in units in which distances make sense.

    Unobserved reals are 0, unobserved codes -1; ``observed`` is None where all reals are.
    """

    z: Tensor
    observed: Tensor | None
    codes: Tensor
    weight: Tensor

    def take(self, index: Tensor | slice) -> "Points":
        """Some of the points."""
        observed = None if self.observed is None else self.observed[index]
        return Points(self.z[index], observed, self.codes[index], self.weight[index])


@dataclass(frozen=True, eq=False)
class Space:
    """Units of distance: where 0 is, and how long 1 is, in each real column."""

    columns: Columns
    center: Tensor
    unit: Tensor

    @classmethod
    def of(cls, outline: Outline) -> "Space":
        """Read the units off the rows' outline."""
        return cls(outline.columns, outline.center, outline.unit)

    def points(self, rows: Rows | Batch) -> Points:
        """Put encoded rows into the space."""
        reals, codes = self.columns.split(rows.x)
        codes = codes.masked_fill(codes == codes.new_tensor(self.columns.sizes), -1)
        return self.at(reals)._replace(codes=codes, weight=rows.weight.double())

    def at(self, reals: Tensor) -> Points:
        """Put real columns (n, d) alone into the space."""
        z = (reals - self.center) / self.unit
        codes = torch.full((len(z), len(self.columns.sizes)), -1, device=z.device)
        hidden = z.isnan()
        observed = ~hidden if hidden.any() else None
        filled = z if observed is None else z.nan_to_num(nan=0.0)
        return Points(filled, observed, codes, z.new_ones(len(z)))

    def locate(self, points: Points) -> Tensor:
        """Real columns of points in the units of the data, (n, d)."""
        return points.z * self.unit + self.center


class Ground(NamedTuple):
    """Points to choose from, and what stays the same from one choice to the next.

    ``order`` depends on what is in the rows alone: equal rows become neighbours; ``norm``
    (n, 1) is squared.
    """

    points: Points
    order: Tensor
    norm: Tensor

    @classmethod
    def of(cls, points: Points) -> "Ground":
        """Look at the points once."""
        order = _keys(points).argsort(stable=True)
        return cls(points, order, points.z.square().sum(1, keepdim=True))

    def squared_distances(self, centers: Points) -> Tensor:
        """Squared distance of every point to every centre, (n, k)."""
        distance = _less_norm(self.points, centers).add_(self.norm)
        same = _SAME * (self.norm + centers.z.square().sum(1))
        return distance.masked_fill_(distance <= same, 0.0)


def nearest(points: Points, centers: Points) -> Tensor:
    """Number of the nearest centre of every point, (n,)."""
    size = _chunk(len(centers.z))
    parts = [points.take(slice(i, i + size)) for i in range(0, max(1, len(points.z)), size)]
    return torch.cat([_less_norm(part, centers).argmin(1) for part in parts])


def _less_norm(points: Points, centers: Points) -> Tensor:
    """Squared distances less each point's squared norm, (n, k)."""
    square = centers.z.square()
    if points.observed is None:
        distance = square.sum(1) - points.z @ (2 * centers.z).T
    else:
        distance = points.observed.to(square.dtype) @ square.T - points.z @ (2 * centers.z).T
    for code, center in zip(points.codes.T, centers.codes.T, strict=True):
        distance += (code[:, None] != center) & (code[:, None] >= 0) & (center >= 0)
    return distance


Choice = Callable[["Points", int, np.random.Generator, Emitter], "Points"]


def spread_out(
    points: Points, k: int, rng: np.random.Generator, events: Emitter = SILENT
) -> Points:
    """Choose k points, each likely by its squared distance to those chosen before.

    k-means++ (Arthur & Vassilvitskii 2007), the best of 2 + log k candidates each.
    """
    return _spread_out(Ground.of(points), k, rng)


def _spread_out(ground: Ground, k: int, rng: np.random.Generator) -> Points:
    return _choose(ground, k, rng, lambda distance: distance, 2 + int(np.log(k)))


def any_rows(points: Points, k: int, rng: np.random.Generator, events: Emitter = SILENT) -> Points:
    """Choose k distinct points by their weight."""

    def differs(distance: Tensor) -> Tensor:
        return (distance > 0).to(distance.dtype)

    return _choose(Ground.of(points), k, rng, differs, 1)


def k_means(points: Points, k: int, rng: np.random.Generator, events: Emitter = SILENT) -> Points:
    """Choose k points by k-means++, and move each to the middle of what is nearest to it.

    Lloyd 1982; the middle is the mean of reals and the mode of codes (k-prototypes). The
    best of some tries goes on until it has arrived.
    """
    shown = events.at("k-means")
    shown.progress(0, _MAX_MOVES, unit="moves")
    ground = Ground.of(points)
    tries = [_tried(ground, k, rng) for _ in range(_TRIES)]
    centers = min(tries, key=partial(_inertia, points))
    for move in range(_FIRST_MOVES, _MAX_MOVES):
        shown.progress(move, _MAX_MOVES, unit="moves")
        moved = _middles(points, nearest(points, centers), centers)
        shift = (moved.z - centers.z).square().sum()
        settled = shift < _STILL and torch.equal(moved.codes, centers.codes)
        centers = moved
        if settled:
            break
    shown.progress(_MAX_MOVES, _MAX_MOVES, unit="moves")
    return centers


def _tried(ground: Ground, k: int, rng: np.random.Generator) -> Points:
    points, centers = ground.points, _spread_out(ground, k, rng)
    for _ in range(_FIRST_MOVES):
        centers = _middles(points, nearest(points, centers), centers)
    return centers


def _inertia(points: Points, centers: Points) -> float:
    """Sum of squared distances to the nearest centre, up to a constant."""
    return float(points.weight @ _less_norm(points, centers).amin(1))


def _choose(
    ground: Ground,
    k: int,
    rng: np.random.Generator,
    appeal: Callable[[Tensor], Tensor],
    n_candidates: int,
) -> Points:
    points, order, _ = ground
    chosen = _draw(points.weight, order, 1, rng)
    distance = ground.squared_distances(points.take(chosen))[:, 0]
    while len(chosen) < k:
        mass = points.weight * appeal(distance)
        if not mass.any():  # fewer distinct rows than components
            return points.take(chosen.repeat(k)[:k])
        candidates = _draw(mass, order, n_candidates, rng)
        closer = ground.squared_distances(points.take(candidates)).minimum(distance[:, None])
        best = int((points.weight @ closer).argmin())
        chosen, distance = torch.cat([chosen, candidates[best, None]]), closer[:, best]
    return points.take(chosen)


def _keys(points: Points) -> Tensor:
    """A number for each row that equal rows share, (n,)."""
    observed = torch.ones_like(points.z) if points.observed is None else points.observed
    cells = torch.cat([points.z, observed.to(points.z), points.codes.to(points.z)], 1)
    direction = torch.arange(1, cells.shape[1] + 1, dtype=cells.dtype, device=cells.device).sin()
    return (cells * direction).sum(1)


def thinned(space: Space, rows: Rows, k: int, rng: np.random.Generator) -> Rows:
    """Enough rows to place k centres by: systematic draws in proportion to the weights."""
    enough = max(_FEWEST, _EACH * k)
    if len(rows) <= enough:
        return rows
    keys = rows.weight.new_empty(len(rows), dtype=torch.float64)
    for part, batch in zip(keys.split(_TOGETHER), rows.batches(_TOGETHER), strict=True):
        part.copy_(_keys(space.points(batch)))
    # sorting by numpy takes a third of the memory
    order = torch.from_numpy(keys.cpu().numpy().argsort(kind="stable")).to(keys.device)
    steps = (np.arange(enough) + rng.random()) / enough
    chosen = rows.take(_at(steps, rows.weight.double(), order))
    return replace(chosen, weight=torch.ones_like(chosen.weight))


def _draw(mass: Tensor, order: Tensor, n: int, rng: np.random.Generator) -> Tensor:
    return _at(rng.random(n), mass, order)


def _at(levels: np.ndarray, mass: Tensor, order: Tensor) -> Tensor:
    """Find the rows at which the cumulative mass passes levels between 0 and 1."""
    cumulative = mass[order].cumsum_(0)
    at = torch.from_numpy(levels).to(mass.device) * cumulative[-1]
    return order[torch.searchsorted(cumulative, at, right=True).clamp(max=len(order) - 1)]


def _middles(points: Points, label: Tensor, centers: Points) -> Points:
    k = len(centers.z)
    members = torch.nn.functional.one_hot(label, k).to(points.z) * points.weight[:, None]
    count = members.sum(0)[:, None]
    if points.observed is not None:
        count = members.T @ points.observed.to(members.dtype)
    z = torch.where(count > 0, members.T @ points.z / count, centers.z)
    codes = centers.codes.clone()
    for i, code in enumerate(points.codes.T):
        codes[:, i] = _modes(code, label, points.weight, k)
    return centers._replace(z=z, codes=codes, observed=None)


def _modes(code: Tensor, label: Tensor, weight: Tensor, k: int) -> Tensor:
    size = int(code.max().clamp(min=0)) + 1
    count = weight.new_zeros(k * size)
    count.index_add_(0, label * size + code.clamp(min=0), weight * (code >= 0))
    return count.view(k, size).argmax(1)


def _chunk(k: int) -> int:
    return max(1, _AT_ONCE // k)
