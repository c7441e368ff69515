"""A normal of each class from sums that add up: rows may come in any number of parts.

All sums are taken about points that the first rows fix, so that they add up whatever comes
later. Unobserved cells of a dense normal enter by what the last parameters tell of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...rows import Batch
from ..columns import Columns
from ..loop import Batches, accumulate, add
from ..mixtures.mixture import Mixture, Sums
from ..mixtures.outline import Outline, of_each_class, single, unseen
from .dense import DenseNormals
from .normal import Moments, Normals
from .shrinkage import Quartics


class Seen(NamedTuple):
    """Sums for independent columns of all rows, for each class's normal, for shrinkage."""

    overall: Sums
    classes: Sums
    quartics: Quartics


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """Sums about the means of ``overall``, one component, and of ``classes``, one each."""

    overall: Mixture
    classes: Mixture
    sums: Seen

    @classmethod
    def about(cls, first: Outline, covariance: str) -> "ClosedForm":
        """Sums over no rows, about the means of the rows that were outlined."""
        classes = first.mixture(covariance, 1, 0.0)
        quartics = Quartics.zeros(classes.normals.means)
        return cls(first.overall, classes, Seen(first.overall.zeros(), classes.zeros(), quartics))

    @property
    def has_gaps(self) -> bool:
        """Whether a real cell of some row was not observed."""
        complete, total = self.sums.quartics.mass.sum(), self.sums.classes.weight
        return bool(complete < total * (1 - 1e-12))

    def with_rows(
        self, batches: Batches, current: Mixture | None = None, events: Emitter = SILENT
    ) -> "ClosedForm":
        """Add rows; ``current`` tells what their unobserved cells may be."""
        parts = accumulate(partial(self._look, current or self.classes), batches, events)
        add(parts, self.sums)
        return replace(self, sums=parts)

    def settled(self, covariance: str, share: float) -> Mixture:
        """Parameters of greatest likelihood; ``share`` of a unit's square goes on variances."""
        overall = self.overall.update(self.sums.overall)
        first = Outline(overall, of_each_class(overall, self.classes.n_classes))
        template = first.mixture(covariance, 1, share * first.unit.square())
        normals = template.normals.at(self.classes.normals.means, template.normals.variances)
        return replace(template, normals=normals).update(self.sums.classes)

    def state(self) -> dict[str, Any]:
        """Plain arrays."""
        return {
            "overall": self.overall.normals.means.cpu().numpy(),
            "classes": self.classes.normals.means.cpu().numpy(),
            "sums": [leaf.cpu().contiguous().numpy() for leaf in _leaves(self.sums)],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any], columns: Columns, covariance: str) -> "ClosedForm":
        """Rebuild from :meth:`state`, on the CPU."""
        mean, means = (torch.from_numpy(state[name]) for name in ("overall", "classes"))
        overall = unseen(columns, mean.device)
        overall = replace(overall, normals=overall.normals.at(mean, torch.ones_like(mean)))
        empty = cls.about(Outline(overall, of_each_class(overall, len(means))), covariance)
        normals = empty.classes.normals.at(means, torch.ones_like(means))
        leaves = (torch.from_numpy(np.asarray(leaf)) for leaf in state["sums"])
        for mine, kept in zip(_leaves(empty.sums), leaves, strict=True):
            mine.copy_(kept)
        return replace(empty, classes=replace(empty.classes, normals=normals))

    def _look(self, current: Mixture, batch: Batch) -> Seen:
        means = self.classes.normals.means
        classes = single(current)(batch)
        moments = moved(classes.moments, current.normals, current.normals.means - means)
        return Seen(
            single(self.overall)(batch._replace(cond=batch.cond[:, :0])),
            classes._replace(moments=moments),
            Quartics.of(current.columns.split(batch.x)[0], batch.cond, batch.weight, means),
        )


def moved(moments: Moments, normals: Normals, shift: Tensor) -> Moments:
    """Moments about points that are ``shift`` (C, d) below the means that they are about."""
    if not shift.any():
        return moments
    mass, first, second = moments
    if not isinstance(normals, DenseNormals):
        return Moments(mass, first + mass * shift, second + shift * (2 * first + mass * shift))
    cross = shift[:, :, None] * (first + 0.5 * mass[:, None] * shift)[:, None]
    owner = torch.tensor(normals.owner, device=shift.device)
    second = second.index_add(0, owner, cross + cross.mT)
    return Moments(mass, first + mass[:, None] * shift, second)


def _leaves(sums: Any) -> Iterator[Tensor]:
    if isinstance(sums, Tensor):
        yield sums
        return
    for part in sums:
        yield from _leaves(part)
