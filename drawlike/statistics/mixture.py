"""Mixtures whose components are a normal times categorical tables, by class.

    p(x | y) = sum_j w_j N(reals; m_j, S_j) prod_c table_jc[code_c],   j of class y

A fit without labels has one class. The components of class y are y k, ..., y k + k - 1, so
that one mixture holds every class; a row's responsibilities are those within its class.
EM: Dempster, Laird & Rubin 1977.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..rows import Batch
from .categorical import Tables, cumulative, pick
from .columns import Columns
from .missing import Reals
from .normal import Moments, Normals, positive

_EMPTY = 1e-10  # share of its class below which a component is empty
_POINT = 1e-20  # share of the overall variance below which a component is a point


class Sums(NamedTuple):
    """What one pass over the rows leaves; sums of parts add up."""

    mass: Tensor
    moments: Moments
    counts: tuple[Tensor, ...]
    log_likelihood: Tensor
    weight: Tensor


class Part(NamedTuple):
    """Rows of a batch that belong to one class, split into reals and codes."""

    rows: Tensor | slice
    components: range
    reals: Reals
    codes: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture a class; ``weights`` (C,) sum to 1 within each class.

    ``spread`` (d,) is the variance of all rows, to tell narrow from wide; ``mended`` counts
    how often a component was re-seeded, and ``notes`` says what the last update mended.
    """

    columns: Columns
    n_classes: int
    weights: Tensor
    normals: Normals
    tables: Tables
    spread: Tensor
    mended: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def n_components(self) -> int:
        """Number of components of each class."""
        return len(self.weights) // self.n_classes

    @property
    def n_free(self) -> int:
        """Number of free parameters."""
        tables = sum(p.shape[1] * (p.shape[0] - 1) for p in self.tables.probabilities)
        weights = len(self.weights) - self.n_classes
        return self.normals.means.numel() + self.normals.n_free + weights + tables

    @property
    def is_exact(self) -> bool:
        """Whether ``log_prob`` is a density; with rounded values it is a lower bound."""
        return not bool(self.normals.guard.cell.any())

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.weights.device

    def log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        """Log-density of encoded rows within their class, nats, (n,)."""
        out = x.new_empty(len(x))
        for part in self._parts(Batch(x, cond, x.new_ones(len(x)))):
            out[part.rows] = self._joint(part).logsumexp(0)
        return out

    def responsibilities(self, x: Tensor, cond: Tensor) -> Tensor:
        """Probability of each component of a row's class given the row, (n, k)."""
        out = x.new_empty((len(x), self.n_components))
        for part in self._parts(Batch(x, cond, x.new_ones(len(x)))):
            out[part.rows] = self._joint(part).softmax(0).T
        return out

    def statistics(self, batch: Batch) -> Sums:
        """E step: sums weighted by the responsibilities, and the log-likelihood."""
        sums = self._zeros()
        for part in self._parts(batch):
            joint = self._joint(part)
            log_prob = joint.logsumexp(0)
            sums.log_likelihood.add_(part.weight @ log_prob)
            self._add(part, joint.sub_(log_prob).exp_(), sums)
        return sums

    def assigned(self, batch: Batch, shares: Tensor) -> Sums:
        """Sums weighted by given responsibilities (k, n) within each row's class."""
        sums = self._zeros()
        for part in self._parts(batch):
            self._add(part, shares[:, part.rows].clone(), sums)
        return sums

    def update(self, sums: Sums) -> "Mixture":
        """M step; components that lost their rows start again beside the heaviest one."""
        within = sums.mass.view(self.n_classes, -1)
        total = within.sum(1, keepdim=True)
        old = self.weights.view_as(within)
        weights = torch.where(total > 0, within / positive(total), old).flatten()
        updated = replace(
            self,
            weights=weights,
            normals=self.normals.update(sums.moments),
            tables=self.tables.update(sums.counts),
            notes=(),
        )
        return updated._mend()

    def continuing(self, last: "Mixture") -> "Mixture | None":
        """Take the parameters of another fit; None where they do not fit in."""
        mine, theirs = self.normals, last.normals
        if last.columns != self.columns or mine.covariances.shape != theirs.covariances.shape:
            return None
        if mine.means.shape != theirs.means.shape or self.n_classes != last.n_classes:
            return None
        means, covariances = (t.to(self.device) for t in (theirs.means, theirs.covariances))
        tables = tuple(table.to(self.device) for table in last.tables.probabilities)
        return replace(
            self,
            weights=last.weights.to(self.device),
            normals=replace(mine, means=means, covariances=covariances),
            tables=replace(self.tables, probabilities=tables),
        )

    def objective(self, sums: Sums) -> float:
        """Mean log-likelihood plus the tables' log-prior, nats a row."""
        return float((sums.log_likelihood + self.tables.log_prior()) / sums.weight)

    def sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw one encoded row per row of ``cond``, (n, width)."""
        label = cond.argmax(1) if cond.shape[1] else cond.new_zeros(len(cond), dtype=torch.long)
        n, d, m = len(cond), len(self.spread), len(self.tables.probabilities)
        draws = (rng.random(n), rng.standard_normal((n, d)), rng.random((n, m)))
        which, noise, uniform = (torch.from_numpy(draw).to(self.device) for draw in draws)
        component = label * self.n_components + pick(self._cumulative, label, which)
        codes = self.tables.sample(component, uniform)
        return self.columns.join(self.normals.sample(component, noise), codes)

    @cached_property
    def _cumulative(self) -> Tensor:
        return cumulative(self.weights.view(self.n_classes, -1))

    def _parts(self, batch: Batch) -> Iterator[Part]:
        """Cut a batch by class."""
        k = self.n_components
        if not batch.cond.shape[1]:
            reals, codes = self.columns.split(batch.x)
            yield Part(slice(None), range(k), Reals(reals), codes, batch.weight)
            return
        label = batch.cond.argmax(1)
        for c in label.unique().tolist():
            rows = (label == c).nonzero()[:, 0]
            reals, codes = self.columns.split(batch.x[rows])
            components = range(c * k, (c + 1) * k)
            yield Part(rows, components, Reals(reals), codes, batch.weight[rows])

    def _joint(self, part: Part) -> Tensor:
        """Log of weight times density for each component of the class, (k, n)."""
        joint = self.normals.log_prob(part.reals, part.components)
        self.tables.add_log_prob(part.codes, part.components, joint)
        joint.add_(self.weights[part.components.start : part.components.stop].log()[:, None])
        # a row beyond the reach of float64 is unlikely under every component, never NaN
        return joint.clamp_(min=-1e300)

    def _zeros(self) -> Sums:
        zero = self.weights.new_zeros(())
        mass = torch.zeros_like(self.weights)
        return Sums(mass, self.normals.zeros(), self.tables.zeros(), zero, zero.clone())

    def _add(self, part: Part, shares: Tensor, sums: Sums) -> None:
        """Add a part's rows; ``shares`` (k, n) is used up."""
        shares = shares.mul_(part.weight)
        sums.weight.add_(part.weight.sum())
        sums.mass[part.components.start : part.components.stop] += shares.sum(1)
        self.normals.add_moments(part.reals, shares, part.components, sums.moments)
        self.tables.add_counts(part.codes, shares, part.components, sums.counts)

    def _mend(self) -> "Mixture":
        """Re-seed components that are empty or sit on one point, once each.

        A point that holds half of a fair share or more is what the data say.
        """
        if self.n_components == 1 or not len(self.spread):
            return self
        lost = ((self.weights < _EMPTY) | self._on_points()).nonzero()[:, 0].tolist()
        mixture = self
        for j in lost:
            if not self.mended[j]:
                mixture = mixture._split_heaviest(j)
        return mixture

    def _on_points(self) -> Tensor:
        guard = self.normals.guard
        excess = self.normals.variances - guard.added - guard.cell - 2 * guard.smallest
        varies = self.spread > 2 * guard.smallest
        at_point = (excess <= _POINT * self.spread)[:, varies].all(1) & varies.any()
        return at_point & (self.weights < 0.5 / self.n_components)

    def _split_heaviest(self, j: int) -> "Mixture":
        first = j - j % self.n_components
        heaviest = first + int(self.weights[first : first + self.n_components].argmax())
        weights = self.weights.clone()
        weights[heaviest] = weights[j] = (weights[heaviest] + weights[j]) / 2
        source = torch.arange(len(weights), device=weights.device)
        source[j] = heaviest
        return replace(
            self,
            weights=weights,
            normals=self.normals.split(heaviest, j, self.spread),
            tables=self.tables.take(source),
            mended=tuple(count + (i == j) for i, count in enumerate(self.mended)),
            notes=(*self.notes, f"component {j} had lost its rows: it takes half of {heaviest}'s"),
        )
