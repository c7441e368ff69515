"""Where the components of a mixture start.

Distances count a real cell in units of its column's standard deviation, so that they do
not depend on the units of the data, and 1 for a code that differs (as k-prototypes do:
Huang 1998); an unobserved cell counts nothing. A row of weight 2 is chosen as two equal
rows would be, whatever their order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..events import Emitter
from ..rows import Batch, Rows
from .columns import Columns
from .loop import Batches, accumulate
from .mixture import Mixture
from .outline import Outline

_SAME = 1e-14  # rows at a smaller squared distance, against their norms, are one
_AT_ONCE = 1 << 20  # distances computed at once
_MAX_MOVES = 100
_STILL = 1e-4  # centres that move less, in squared units altogether, have arrived


class Points(NamedTuple):
    """Rows in units in which distances make sense.

    Unobserved reals are 0, unobserved codes -1.
    """

    z: Tensor
    observed: Tensor
    codes: Tensor
    weight: Tensor

    def take(self, index: Tensor) -> "Points":
        """Some of the points."""
        return Points(*(part[index] for part in self))


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
        return self.at(reals)._replace(codes=codes, weight=rows.weight)

    def at(self, reals: Tensor) -> Points:
        """Put real columns (n, d) alone into the space."""
        z = (reals - self.center) / self.unit
        codes = torch.full((len(z), len(self.columns.sizes)), -1, device=z.device)
        return Points(z.nan_to_num(nan=0.0), ~z.isnan(), codes, z.new_ones(len(z)))

    def locate(self, points: Points) -> Tensor:
        """Real columns of points in the units of the data, (n, d)."""
        return points.z * self.unit + self.center


def squared_distances(points: Points, centers: Points) -> Tensor:
    """Squared distance of every point to every centre, (n, k)."""
    square = centers.z.square()
    distance = points.z.square().sum(1, keepdim=True) - 2 * points.z @ centers.z.T
    distance += points.observed.to(square.dtype) @ square.T
    for code, center in zip(points.codes.T, centers.codes.T, strict=True):
        distance += (code[:, None] != center) & (code[:, None] >= 0) & (center >= 0)
    same = _SAME * (points.z.square().sum(1, keepdim=True) + square.sum(1))
    return distance.masked_fill_(distance <= same, 0.0)


def nearest(points: Points, centers: Points) -> Tensor:
    """Number of the nearest centre of every point, (n,)."""
    parts = zip(*(part.split(_chunk(len(centers.z))) for part in points), strict=True)
    return torch.cat([squared_distances(Points(*p), centers).argmin(1) for p in parts])


Choice = Callable[["Points", int, np.random.Generator], "Points"]


def spread_out(points: Points, k: int, rng: np.random.Generator) -> Points:
    """Choose k points, each likely by its squared distance to those chosen before.

    k-means++ (Arthur & Vassilvitskii 2007), the best of 2 + log k candidates each.
    """
    return _choose(points, k, rng, lambda distance: distance, 2 + int(np.log(k)))


def any_rows(points: Points, k: int, rng: np.random.Generator) -> Points:
    """Choose k distinct points by their weight."""
    return _choose(points, k, rng, lambda distance: (distance > 0).to(distance.dtype), 1)


def k_means(points: Points, k: int, rng: np.random.Generator) -> Points:
    """Choose k points by k-means++, and move each to the middle of what is nearest to it.

    Lloyd 1982; the middle is the mean of reals and the mode of codes (k-prototypes).
    """
    centers = spread_out(points, k, rng)
    for _ in range(_MAX_MOVES):
        moved = _middles(points, nearest(points, centers), centers)
        shift = (moved.z - centers.z).square().sum()
        settled = shift < _STILL and torch.equal(moved.codes, centers.codes)
        centers = moved
        if settled:
            break
    return centers


def _choose(
    points: Points,
    k: int,
    rng: np.random.Generator,
    appeal: Callable[[Tensor], Tensor],
    n_candidates: int,
) -> Points:
    order = _canonical_order(points)
    chosen = _draw(points.weight, order, 1, rng)
    distance = squared_distances(points, points.take(chosen))[:, 0]
    while len(chosen) < k:
        mass = points.weight * appeal(distance)
        if not mass.any():  # fewer distinct rows than components
            return points.take(chosen.repeat(k)[:k])
        candidates = _draw(mass, order, n_candidates, rng)
        closer = squared_distances(points, points.take(candidates)).minimum(distance[:, None])
        best = int((points.weight @ closer).argmin())
        chosen, distance = torch.cat([chosen, candidates[best, None]]), closer[:, best]
    return points.take(chosen)


def _canonical_order(points: Points) -> Tensor:
    """Order that depends on what is in the rows alone: equal rows become neighbours."""
    cells = torch.cat([points.z, points.observed.to(points.z), points.codes.to(points.z)], 1)
    direction = torch.arange(1, cells.shape[1] + 1, dtype=cells.dtype, device=cells.device).sin()
    return (cells * direction).sum(1).argsort(stable=True)


def _draw(mass: Tensor, order: Tensor, n: int, rng: np.random.Generator) -> Tensor:
    cumulative = mass[order].cumsum(0)
    at = torch.from_numpy(rng.random(n)).to(mass.device) * cumulative[-1]
    return order[torch.searchsorted(cumulative, at, right=True).clamp(max=len(order) - 1)]


def _middles(points: Points, label: Tensor, centers: Points) -> Points:
    k = len(centers.z)
    total, count = torch.zeros_like(centers.z), torch.zeros_like(centers.z)
    total.index_add_(0, label, points.z * points.weight[:, None])
    count.index_add_(0, label, points.observed * points.weight[:, None])
    z = torch.where(count > 0, total / count, centers.z)
    codes = centers.codes.clone()
    for i, code in enumerate(points.codes.T):
        codes[:, i] = _modes(code, label, points.weight, k)
    return centers._replace(z=z, codes=codes, observed=torch.ones_like(centers.observed))


def _modes(code: Tensor, label: Tensor, weight: Tensor, k: int) -> Tensor:
    size = int(code.max().clamp(min=0)) + 1
    count = weight.new_zeros(k * size)
    count.index_add_(0, label * size + code.clamp(min=0), weight * (code >= 0))
    return count.view(k, size).argmax(1)


def _chunk(k: int) -> int:
    return max(1, _AT_ONCE // k)


@dataclass(frozen=True, eq=False)
class Nearest:
    """Responsibilities that give each row to the nearest centre of its class."""

    space: Space
    centers: list[Points]

    @property
    def means(self) -> Tensor:
        """Real columns of all centres in the units of the data, (C, d)."""
        return torch.cat([self.space.locate(points) for points in self.centers])

    def __call__(self, batch: Batch) -> Tensor:
        """Zeros and ones, (k, n)."""
        points = self.space.points(batch)
        out = points.z.new_zeros((len(self.centers[0].z), len(batch.x)))
        for rows, centers in zip(_rows_by_class(batch.cond), self.centers, strict=True):
            out[nearest(points.take(rows), centers), rows] = 1.0
        return out


@dataclass(frozen=True, eq=False)
class Anyhow:
    """Random responsibilities around the means of the classes."""

    means: Tensor
    n_components: int
    rng: np.random.Generator

    def __call__(self, batch: Batch) -> Tensor:
        """Random numbers, (k, n), that sum to 1 over components."""
        shares = torch.from_numpy(self.rng.random((self.n_components, len(batch.x))))
        return (shares / shares.sum(0)).to(batch.x.device)


Start = Nearest | Anyhow


def start_at(means: Tensor, outline: Outline) -> Nearest:
    """Start from given means (C, d)."""
    space = Space.of(outline)
    return Nearest(space, [space.at(part) for part in means.chunk(outline.n_classes)])


def begin(template: Mixture, start: Start, batches: Batches, events: Emitter) -> Mixture:
    """Take the parameters that the rows' first responsibilities imply."""
    # sums about the centres keep their digits where components are narrow
    centred = replace(template, normals=replace(template.normals, means=start.means))
    return centred.update(
        accumulate(lambda batch: centred.assigned(batch, start(batch)), batches, events)
    )


def _start_by(choose: Choice) -> Callable[[Rows, Outline, int, np.random.Generator], Start]:
    def start(rows: Rows, outline: Outline, k: int, rng: np.random.Generator) -> Start:
        space = Space.of(outline)
        points = space.points(rows)
        members = _rows_by_class(rows.cond)
        return Nearest(space, [choose(points.take(some), k, rng) for some in members])

    return start


def _start_anyhow(rows: Rows, outline: Outline, k: int, rng: np.random.Generator) -> Start:
    return Anyhow(outline.classes.normals.means.repeat_interleave(k, 0), k, rng)


def _rows_by_class(cond: Tensor) -> list[Tensor]:
    """Row numbers of every class."""
    if not cond.shape[1]:
        return [torch.arange(len(cond), device=cond.device)]
    return [(column > 0).nonzero()[:, 0] for column in cond.T]


STARTS = {
    "kmeans": _start_by(k_means),
    "k-means++": _start_by(spread_out),
    "random": _start_anyhow,
    "random_from_data": _start_by(any_rows),
}
