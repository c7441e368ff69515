"""Stepwise EM: parameters move after every batch, so that few passes are enough.

Sums are a running mean over batches, S <- (1 - e) S + e s with e = (t + 2)^-0.7 at step t
(Cappe & Moulines 2009, arXiv:0712.4273; Liang & Klein 2009). The parameters determine the
running sums, so that nothing else has to be kept between two calls.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...rows import Batch, Encoded, Rows
from ..loop import Course, has_converged
from ..normals.dense import DenseNormals
from ..normals.normal import Moments, Normals
from .mixture import Mixture, Sums

EXPONENT = 0.7  # slower forgetting than 1, faster than .5: Liang & Klein's best is between


def implied(mixture: Mixture, weight: Tensor) -> Sums:
    """Sums over rows that weigh ``weight`` (n_classes,), whose update is the mixture."""
    mass = mixture.weights * weight.repeat_interleave(mixture.n_components)
    counts = []
    tables = mixture.tables
    for table, pseudo in zip(tables.probabilities, tables.pseudo, strict=True):
        prior = pseudo[:, None]
        observed = (table * (mass + prior.sum()) - prior).clamp(min=0)
        counts.append(torch.cat([observed, torch.zeros_like(table[:1])]))
    zero = mixture.weights.new_zeros(())
    return Sums(mass, _moments(mixture, mass), tuple(counts), zero, weight.sum())


def stepped(mixture: Mixture, batch: Batch, step: int, total: float) -> tuple[Mixture, float]:
    """Move by one batch of rows that weigh ``total`` in all; give its mean objective, too."""
    sums = mixture.statistics(batch)
    if not sums.weight > 0:
        return mixture, float("nan")
    share = (step + 2) ** -EXPONENT
    of_class = sums.mass.view(mixture.n_classes, -1).sum(1)
    old = implied(mixture, torch.where(of_class > 0, of_class, 1.0))
    # the tables' prior weighs against all rows, not against a batch
    scale = total / float(sums.weight)
    objective = float(sums.log_likelihood / sums.weight)
    return mixture.update(blended(old, sums, share, scale)), objective


def walked(
    mixture: Mixture,
    batches: Iterable[Batch],
    total: float,
    first: int = 0,
    events: Emitter = SILENT,
) -> tuple[Mixture, float, int]:
    """Pass over batches once: the mixture, the mean objective on the way, the steps done."""
    sums, weight, step = 0.0, 0.0, first
    for step, batch in enumerate(batches, first + 1):
        mixture, objective = stepped(mixture, batch, step - 1, total)
        if np.isfinite(objective):
            part = float(batch.weight.sum())
            sums, weight = sums + part * objective, weight + part
        for note in mixture.notes:
            events.warning(note)
    return mixture, sums / max(weight, 1e-300), step


def iterate_stepwise(
    start: Mixture,
    data: Encoded,
    batch_size: int,
    *,
    max_iter: int,
    tol: float,
    rng: np.random.Generator,
    events: Emitter = SILENT,
) -> Course[Mixture]:
    """Pass over the rows until a pass changes the mean objective by less than ``tol``.

    Rows in memory come in a random order, a stream's in its own. Ctrl-C keeps what a
    whole pass has led to.
    """
    objectives: list[float] = []
    converged, mixture, step = False, start, 0
    total = float(sum(float(batch.weight.sum()) for batch in data.batches(batch_size)))
    passes = _shuffled(data, batch_size, rng)
    try:
        for i in range(1, max_iter + 1):
            mixture, objective, step = walked(mixture, passes(), total, step, events)
            objectives.append(objective)
            converged = has_converged(objectives, tol)
            events.metric("log_likelihood", objective, i, unit="nats a row")
            events.progress(i, i if converged else max_iter, unit="passes")
            if converged:
                break
    except KeyboardInterrupt:
        events.warning(f"interrupted in pass {len(objectives) + 1}: keeping the last parameters")
        return Course(mixture, tuple(objectives), converged=False, interrupted=True)
    return Course(mixture, tuple(objectives), converged)


def _shuffled(data: Encoded, size: int, rng: np.random.Generator) -> Callable[[], Iterator[Batch]]:
    if not isinstance(data, Rows):
        return partial(data.batches, size)

    def passing() -> Iterator[Batch]:
        order = torch.from_numpy(rng.permutation(len(data))).to(data.x.device)
        for rows in order.split(size):
            yield Batch(data.x[rows], data.cond[rows], data.weight[rows])

    return passing


def _moments(mixture: Mixture, mass: Tensor) -> Moments:
    """Moments about the means that the covariances imply, less what an update adds."""
    normals, guard = mixture.normals, mixture.normals.guard
    first = torch.zeros_like(normals.means)
    if isinstance(normals, DenseNormals):
        owner = torch.tensor(normals.owner, device=mass.device)
        shared = mass.new_zeros(len(normals.covariances)).index_add_(0, owner, mass)
        bare = normals.covariances - torch.diag_embed(guard.added)
        return Moments(mass.clone(), first, shared[:, None, None] * bare)
    bare = (normals.variances - guard.added - guard.cell).clamp(min=0)
    each = mass[:, None].expand_as(bare).clone()
    return Moments(each, first, each * bare)


def blended(old: Sums, new: Sums, share: float, scale: float) -> Sums:
    """Give ``share`` to the new sums, and the rest to the old ones."""

    def mixed(a: Tensor, b: Tensor) -> Tensor:
        return scale * ((1 - share) * a + share * b)

    moments = Moments(*map(mixed, old.moments, new.moments))
    # an unobserved cell leaves less mass than its component has: each column by itself
    counts = tuple(map(mixed, old.counts, new.counts))
    return Sums(mixed(old.mass, new.mass), moments, counts, new.log_likelihood, new.weight)


def with_classes(mixture: Mixture, fresh: Mixture, classes: list[int]) -> Mixture:
    """Give some classes the components that they have in another mixture of the same sizes."""

    def taken(mine: Tensor, theirs: Tensor) -> Tensor:
        each = len(mine) // mixture.n_classes
        rows = [c * each + j for c in classes for j in range(each)]
        out = mine.clone()
        out[rows] = theirs[rows]
        return out

    mine, theirs = mixture.normals, fresh.normals
    tables = zip(mixture.tables.probabilities, fresh.tables.probabilities, strict=True)
    return replace(
        mixture,
        weights=taken(mixture.weights, fresh.weights),
        normals=replace(
            mine,
            means=taken(mine.means, theirs.means),
            covariances=taken(mine.covariances, theirs.covariances),
            floors=_floors(mine, theirs, taken),
        ),
        tables=replace(mixture.tables, probabilities=tuple(taken(a.T, b.T).T for a, b in tables)),
    )


def _floors(
    mine: Normals, theirs: Normals, taken: Callable[[Tensor, Tensor], Tensor]
) -> Tensor | None:
    if not (isinstance(mine, DenseNormals) and isinstance(theirs, DenseNormals)):
        return None
    return taken(mine.least, theirs.least) if len(mine.least) == len(theirs.least) else None
