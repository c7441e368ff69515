"""A mixture's first parameters: those that the rows' first responsibilities imply."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...rows import Batch, Rows
from ..loop import Batches, accumulate
from ..normals.diagonal import DiagonalNormals
from ..normals.normal import Normals
from ..threads import in_threads, one_thread
from .mixture import Mixture, Sums
from .outline import Outline
from .parts import Part, parts
from .seeding import Choice, Points, Space, any_rows, k_means, nearest, spread_out, thinned

_FAR = 1e4  # variances
_TOGETHER = 4096  # rows whose distances stay in the cache

Shares = Callable[[Batch], Tensor]  # responsibilities (k, n) of a pass's batches, in order


@dataclass(frozen=True, eq=False)
class Nearest:
    """Responsibilities that give each row to the nearest centre of its class."""

    space: Space
    centers: list[Points]

    @property
    def means(self) -> Tensor:
        """Real columns of all centres in the units of the data, (C, d)."""
        return torch.cat([self.space.locate(points) for points in self.centers])

    def shares(self) -> Shares:
        """Zeros and ones."""
        return self._of

    def _of(self, batch: Batch) -> Tensor:
        shape = len(self.centers[0].z), len(batch.x)
        out = batch.x.new_zeros(shape, dtype=torch.uint8)
        numbers = torch.arange(len(batch.x), device=batch.x.device)

        def fill(part: Part) -> None:
            for rows in numbers[part.rows].split(_TOGETHER):
                points = self.space.points(batch.take(rows))
                out[nearest(points, self.centers[part.label]), rows] = 1

        for _ in in_threads(fill, parts(batch.cond)):
            pass
        return out


@dataclass(frozen=True, eq=False)
class Anyhow:
    """Random responsibilities around the means of the classes."""

    means: Tensor
    n_components: int
    seed: int

    def shares(self) -> Shares:
        """Random numbers that sum to 1 over components, the same in every pass."""
        rng = np.random.default_rng(self.seed)

        def of(batch: Batch) -> Tensor:
            shares = torch.from_numpy(rng.random((self.n_components, len(batch.x))))
            return (shares / shares.sum(0)).to(batch.x.device)

        return of


Start = Nearest | Anyhow


class StartBy(Protocol):
    """A way to give rows to k components of each class at first."""

    def __call__(
        self,
        rows: Rows,
        outline: Outline,
        k: int,
        rng: np.random.Generator,
        events: Emitter = SILENT,
    ) -> Start:
        """Look at the rows, and give their first responsibilities."""
        ...


def start_at(means: Tensor, outline: Outline) -> Nearest:
    """Start from given means (C, d)."""
    space = Space.of(outline)
    return Nearest(space, [space.at(part) for part in means.chunk(outline.n_classes)])


def begin(template: Mixture, start: Start, batches: Batches, events: Emitter) -> Mixture:
    """Take the parameters that the rows' first responsibilities imply.

    Sums are taken about the start's means, and once more about those that they give where
    these are far away, or where cells are unobserved: what they are is a guess at first.
    """
    seen = _Seen()
    guessed = template.normals.at(start.means, template.normals.variances)
    first = replace(template, normals=guessed)
    sums = accumulate(partial(_assigned, first, seen.watching(start.shares())), batches, events)
    mixture = first.update(sums)
    if not (seen.gaps or _is_far(mixture.normals, guessed)):
        return mixture
    return _begin_twice(template, start, batches, events)


def _begin_twice(template: Mixture, start: Start, batches: Batches, events: Emitter) -> Mixture:
    """Take means and variances of independent columns first, then covariances about them."""
    guard, variances = template.normals.guard, template.normals.variances
    normals: Normals = DiagonalNormals(start.means, variances, guard)
    for passing in (normals, template.normals):
        mixture = replace(template, normals=passing.at(normals.means, normals.variances))
        sums = accumulate(partial(_assigned, mixture, start.shares()), batches, events)
        mixture = mixture.update(sums)
        normals = mixture.normals
    return mixture


@dataclass
class _Seen:
    """Whether a pass met unobserved cells."""

    gaps: bool = False

    def watching(self, shares: Shares) -> Shares:
        """Give the same shares, and look at their batches."""

        def of(batch: Batch) -> Tensor:
            self.gaps = self.gaps or bool(batch.x.sum().isnan())
            return shares(batch)

        return of


def _is_far(normals: Normals, guessed: Normals) -> bool:
    """Whether sums about the guess lost digits of the covariances."""
    shift = (normals.means - guessed.means).square()
    guard = normals.guard  # a column that does not vary moves by rounding alone
    width = normals.variances - guard.added - guard.cell + guard.smallest
    return bool((shift > _FAR * width).any())


def _assigned(mixture: Mixture, shares: Shares, batch: Batch) -> Sums:
    return mixture.assigned(batch, shares(batch))


def _start_by(choose: Choice) -> StartBy:
    def start(
        rows: Rows, outline: Outline, k: int, rng: np.random.Generator, events: Emitter = SILENT
    ) -> Start:
        space = Space.of(outline)
        centers = []
        for members in _rows_by_class(rows.cond):
            # a class that is known and has not come yet starts among all rows
            some = rows.take(members)
            points = space.points(thinned(space, some if len(some) else rows, k, rng))
            with one_thread():
                centers.append(choose(points, k, rng, events))
        return Nearest(space, centers)

    return start


def _start_anyhow(
    rows: Rows, outline: Outline, k: int, rng: np.random.Generator, events: Emitter = SILENT
) -> Start:
    return Anyhow(
        outline.classes.normals.means.repeat_interleave(k, 0), k, int(rng.integers(2**63))
    )


def _rows_by_class(cond: Tensor) -> list[Tensor | slice]:
    """Row numbers of every class."""
    if not cond.shape[1]:
        return [slice(None)]
    return [(column > 0).nonzero()[:, 0] for column in cond.T]


STARTS: dict[str, StartBy] = {
    "kmeans": _start_by(k_means),
    "k-means++": _start_by(spread_out),
    "random": _start_anyhow,
    "random_from_data": _start_by(any_rows),
}
