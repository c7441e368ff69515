"""A first look at the rows, column by column: where EM can start from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...rows import Batch
from ..columns import Columns
from ..loop import Batches, accumulate
from ..normals.covariance import EVERY
from ..normals.diagonal import DiagonalNormals
from ..normals.normal import Guard, Moments
from .categorical import Tables
from .mixture import Mixture, Sums

PSEUDO_ROWS = 1.0  # weight of the prior of a component's tables, in rows
_FAR = 1e4  # squared standard deviations
_SMALLEST = 1e-40  # variance of a column of zeros


@dataclass(frozen=True, eq=False)
class Outline:
    """Independent columns: of all rows (``overall``), and of each class (``classes``)."""

    overall: Mixture
    classes: Mixture

    @property
    def columns(self) -> Columns:
        """The columns."""
        return self.overall.columns

    @property
    def n_classes(self) -> int:
        """Number of classes, 1 when unlabelled."""
        return self.classes.n_classes

    @cached_property
    def center(self) -> Tensor:
        """Mean of each real column, (d,)."""
        return self.overall.normals.means[0]

    @property
    def spread(self) -> Tensor:
        """Variance of each real column, (d,)."""
        return self.overall.normals.variances[0]

    @cached_property
    def unit(self) -> Tensor:
        """Standard deviation of each real column, one for a whole image, (d,)."""
        unit = self.spread.sqrt()
        for pool in self.columns.pools:
            if len(pool) > 1:
                unit[pool] = self.spread[pool].mean().sqrt()
        return torch.where(unit > 0, unit, 1.0)

    def mixture(self, covariance: str, n_components: int, added: Tensor | float) -> Mixture:
        """Mixtures whose components are all like their class; ``added`` goes on variances."""
        guard = Guard(
            added=torch.zeros_like(self.spread) + added,
            smallest=_resolution(self.center.abs() + self.spread.sqrt()),
            cell=self.classes.normals.guard.cell,
        )
        n_classes = self.n_classes
        each = torch.arange(n_classes, device=self.center.device).repeat_interleave(n_components)
        means, variances = self.classes.normals.means[each], self.classes.normals.variances[each]
        variances = (variances + guard.added).maximum(guard.smallest)
        return Mixture(
            columns=self.columns,
            n_classes=n_classes,
            weights=torch.full_like(each, 1, dtype=means.dtype) / n_components,
            normals=EVERY[covariance].start(means, variances, n_classes, guard),
            tables=self.classes.tables.take(each),
            spread=self.spread,
            mended=(False,) * len(each),
        )


def outline(
    columns: Columns,
    batches: Batches,
    n_classes: int,
    device: torch.device | str = "cpu",
    events: Emitter = SILENT,
) -> Outline:
    """Read the rows once, and again only where their means are far from the first batch's.

    A column without an observed value in a class is there as it is overall.
    """
    n = max(1, n_classes)
    middle = _middle_of_first(columns, batches, torch.device(device))
    sums = accumulate(single(of_each_class(middle, n, pseudo=0.0)), batches, events)
    overall = middle.update(_merged(sums))

    def unlabelled() -> Iterator[Batch]:
        return (batch._replace(cond=batch.cond[:, :0]) for batch in batches())

    if _is_far(overall, middle):
        overall = overall.update(accumulate(single(overall), unlabelled, events))
    blank = of_each_class(overall, n, pseudo=PSEUDO_ROWS)
    if not n_classes:
        return Outline(overall, blank)
    about = replace(blank, normals=replace(blank.normals, means=middle.normals.means.repeat(n, 1)))
    classes = _filled(about.update(sums), blank, sums)
    if _is_far(classes, middle):
        classes = classes.update(accumulate(single(classes), batches, events))
    return Outline(overall, classes)


def _middle_of_first(columns: Columns, batches: Batches, device: torch.device) -> Mixture:
    """One component at the means of the first batch."""
    blank = unseen(columns, device)
    first = next(iter(batches()))
    moved = blank.update(single(blank)(first._replace(cond=first.cond[:, :0])))
    means = moved.normals.means
    return replace(blank, normals=replace(blank.normals, means=means))


def _merged(sums: Sums) -> Sums:
    """Sums of all classes, about a point that they share."""
    moments = Moments(*(part.sum(0, keepdim=True) for part in sums.moments))
    counts = tuple(count.sum(1, keepdim=True) for count in sums.counts)
    return sums._replace(mass=sums.mass.sum(0, keepdim=True), moments=moments, counts=counts)


def _is_far(mixture: Mixture, middle: Mixture) -> bool:
    """Whether sums about the middle lost digits of the variances."""
    normals = mixture.normals
    shift = normals.means - middle.normals.means
    return bool((shift.square() > _FAR * (normals.variances - normals.guard.cell)).any())


def _filled(mixture: Mixture, blank: Mixture, sums: Sums) -> Mixture:
    """Take columns that a class has not observed from the blank."""
    seen, mine, other = sums.moments.mass > 0, mixture.normals, blank.normals
    means = torch.where(seen, mine.means, other.means)
    variances = torch.where(seen, mine.variances, other.variances)
    return replace(mixture, normals=replace(mine, means=means, covariances=variances))


def single(mixture: Mixture) -> Callable[[Batch], Sums]:
    """Statistics of a mixture of one component a class, which need no density."""
    return lambda batch: mixture.assigned(batch, batch.weight.new_ones((1, len(batch.x))))


def unseen(columns: Columns, device: torch.device) -> Mixture:
    """Give one component of mean 0 and variance 1 that has seen no rows."""
    zero = torch.zeros(len(columns.reals), dtype=torch.float64, device=device)
    guard = Guard(zero, zero, columns.cell_variance.to(device))
    normals = DiagonalNormals(zero[None], torch.ones_like(zero)[None], guard)
    tables = Tables.uniform(columns.sizes, device)
    return Mixture(columns, 1, zero.new_ones(1), normals, tables, normals.variances[0], (False,))


def of_each_class(overall: Mixture, n_classes: int, *, pseudo: float = PSEUDO_ROWS) -> Mixture:
    """Give classes that are all like the whole; ``pseudo`` rows of it are their tables' prior."""
    each = torch.zeros(n_classes, dtype=torch.long, device=overall.weights.device)
    normals = overall.normals
    tables = overall.tables.take(each)
    prior = tuple(pseudo * table[:, 0] for table in overall.tables.probabilities)
    return replace(
        overall,
        n_classes=n_classes,
        weights=overall.weights[each],
        normals=replace(normals, means=normals.means[each], covariances=normals.variances[each]),
        tables=replace(tables, pseudo=prior),
        spread=normals.variances[0],
        mended=(False,) * n_classes,
    )


def _resolution(magnitude: Tensor) -> Tensor:
    """Square of a few of float64's steps at a magnitude."""
    return (4 * torch.finfo(magnitude.dtype).eps * magnitude).square().clamp(min=_SMALLEST)
