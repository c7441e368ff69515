"""Mixtures whose components are a normal times categorical tables, by class.

    p(x | y) = sum_j w_j N(reals; m_j, S_j) prod_c table_jc[code_c],   j of class y

A fit without labels has one class. The components of class y are y k, ..., y k + k - 1, so
that one mixture holds every class; a row's responsibilities are those within its class.
EM: Dempster, Laird & Rubin 1977.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...rows import Batch
from ..columns import Columns
from ..normals.missing import Reals
from ..normals.normal import Moments, Normals, positive
from ..threads import blocks, in_threads
from .categorical import Tables, cumulative, pick
from .expectation import Cells, expect
from .parts import Part, parts

_EMPTY = 1e-10  # share of its class below which a component is empty
_POINT = 1e-20  # share of the overall variance below which a component is a point


class Sums(NamedTuple):
    """What one pass over the rows leaves; sums of parts add up."""

    mass: Tensor
    moments: Moments
    counts: tuple[Tensor, ...]
    log_likelihood: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture a class; ``weights`` (C,) sum to 1 within each class.

    ``spread`` (d,) is the variance of all rows, to tell narrow from wide; ``mended`` counts
    how often a component was re-seeded, and ``notes`` says what the last update mended. A
    ``toll`` (C,) is paid by each component at every row.
    """

    columns: Columns
    n_classes: int
    weights: Tensor
    normals: Normals
    tables: Tables
    spread: Tensor
    mended: tuple[int, ...]
    notes: tuple[str, ...] = ()
    toll: Tensor | None = None

    @property
    def n_components(self) -> int:
        """Number of components of each class."""
        return len(self.weights) // self.n_classes

    @property
    def all(self) -> range:
        """Numbers of all components."""
        return range(len(self.weights))

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

    @torch.no_grad()
    def log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        """Log-density of encoded rows within their class, nats, (n,) float64."""
        out = x.new_empty(len(x), dtype=torch.float64)

        def fill(part: Part) -> None:
            cells = self._cells(x[part.rows])
            out[part.rows] = self.of_class(part.label).joint(cells).logsumexp(0)

        for _ in in_threads(fill, parts(cond)):
            pass
        return out

    @torch.no_grad()
    def responsibilities(self, x: Tensor, cond: Tensor) -> Tensor:
        """Probability of each component of a row's class given the row, (n, k) float64."""
        return self.log_joint(x, cond).softmax(1)

    @torch.no_grad()
    def log_joint(self, x: Tensor, cond: Tensor) -> Tensor:
        """Log of weight times density of each component of a row's class, (n, k) float64."""
        out = x.new_empty((len(x), self.n_components), dtype=torch.float64)

        def fill(part: Part) -> None:
            cells = self._cells(x[part.rows])
            out[part.rows] = self.of_class(part.label).joint(cells).T

        for _ in in_threads(fill, parts(cond)):
            pass
        return out

    def statistics(self, batch: Batch) -> Sums:
        """E step: sums weighted by the responsibilities, and the log-likelihood."""

        def sums(part: Part) -> Sums:
            mixture, weight = self.of_class(part.label), batch.weight[part.rows]
            return expect(mixture.penalised, self._cells(batch.x[part.rows]), weight)

        return self._total(sums, parts(batch.cond))

    def assigned(self, batch: Batch, shares: Tensor) -> Sums:
        """Sums weighted by given responsibilities (k, n) within each row's class."""

        def sums(part: Part) -> Sums:
            mixture, weight = self.of_class(part.label), batch.weight[part.rows].double()
            cells, mine = self._cells(batch.x[part.rows]), shares[:, part.rows]
            total = mixture.zeros()
            for rows in blocks(len(weight), self.columns.exact_size):
                mixture.add_weighted(cells.at(rows), mine[:, rows] * weight[rows], total)
            total.weight.add_(weight.sum())
            return total

        return self._total(sums, parts(batch.cond))

    def update(self, sums: Sums, named: str = "component", each: int = 1) -> "Mixture":
        """M step; components that lost their rows start again beside the heaviest one.

        Notes speak of what is ``named`` so, of which every one has ``each`` components.
        """
        within = sums.mass.view(self.n_classes, -1)
        total = within.sum(1, keepdim=True)
        old = self.weights.view_as(within)
        weights = torch.where(total > 0, within / positive(total), old).flatten()
        normals = self.normals.update(sums.moments)
        raised = sorted({j // each for j in normals.raised(self.normals)})
        updated = replace(
            self,
            weights=weights,
            normals=normals,
            tables=self.tables.update(sums.counts),
            notes=(_raised_note(named, raised),) if raised else (),
        )
        return updated._mend()

    def objective(self, sums: Sums) -> float:
        """Mean log-likelihood plus the tables' log-prior, less the toll, nats a row."""
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

    def of_class(self, label: int) -> "Mixture":
        """Mixture of one class alone."""
        return self._classes[label]

    @cached_property
    def _classes(self) -> list["Mixture"]:
        if self.n_classes == 1:
            return [self]
        return [self._only(range(first, first + self.n_components)) for first in self._firsts]

    @property
    def _firsts(self) -> range:
        return range(0, len(self.weights), self.n_components)

    def _only(self, components: range) -> "Mixture":
        chosen = slice(components.start, components.stop)
        return replace(
            self,
            n_classes=1,
            weights=self.weights[chosen],
            normals=self.normals.part(components),
            tables=self.tables.part(chosen),
            mended=self.mended[chosen],
        )

    def _cells(self, x: Tensor) -> Cells:
        reals, codes = self.columns.split(x)
        return Cells(Reals(reals), codes)

    def joint(self, cells: Cells) -> Tensor:
        """Log of weight times density for each component of the only class, (k, n)."""
        joint = self.normals.log_prob(cells.reals, self.all)
        return self._finished(joint, cells.codes)

    def exact_joint(self, cells: Cells) -> Tensor:
        """Give the same by deviations from each mean."""
        return self._finished(self.normals.exact_log_prob(cells.reals.double()), cells.codes)

    @cached_property
    def penalised(self) -> "Mixture":
        """What an E step sees: densities that pay for what updates add to variances."""
        return replace(self, normals=self.normals.penalised, toll=self.normals.toll)

    @cached_property
    def log_weights(self) -> Tensor:
        """Logs of the weights, less the toll, (C,)."""
        log_weights = self.weights.log()
        return log_weights if self.toll is None else log_weights + self.toll

    def _finished(self, joint: Tensor, codes: Tensor) -> Tensor:
        self.tables.add_log_prob(codes, self.all, joint)
        joint.add_(self.log_weights[:, None])
        # a row beyond the reach of float64 is unlikely under every component, never NaN
        return joint.clamp_(min=-1e300)

    def weighted(self, cells: Cells, shares: Tensor, weight: Tensor) -> Sums:
        """Sums of rows, weighted by shares (k, n), that belong to the only class."""
        sums = self.zeros()
        sums.weight.add_(weight)
        self.add_weighted(cells, shares, sums)
        return sums

    def add_weighted(self, cells: Cells, shares: Tensor, into: Sums) -> None:
        """Add rows of the only class, weighted by shares (k, n), to sums but their weight."""
        into.mass.add_(shares.sum(1))
        self.normals.add_moments(cells.reals, shares, self.all, into.moments)
        self.tables.add_counts(cells.codes, shares, self.all, into.counts)

    def zeros(self) -> Sums:
        """Sums over no rows."""
        zero = self.weights.new_zeros(())
        mass = torch.zeros_like(self.weights)
        return Sums(mass, self.normals.zeros(), self.tables.zeros(), zero, zero.clone())

    def _total(self, sums: Callable[[Part], Sums], parts: list[Part]) -> Sums:
        """Sums over all classes of what the parts give."""
        total = self.zeros()
        for part, some in zip(parts, in_threads(sums, parts), strict=True):
            first = part.label * self.n_components
            components = range(first, first + self.n_components)
            chosen = slice(components.start, components.stop)
            total.mass[chosen] += some.mass
            self.normals.add_part(some.moments, components, total.moments)
            for count, more in zip(total.counts, some.counts, strict=True):
                count[:, chosen] += more
            total.log_likelihood.add_(some.log_likelihood)
            total.weight.add_(some.weight)
        return total

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


def _raised_note(named: str, numbers: list[int]) -> str:
    *first, last = map(str, numbers)
    who = f"{named}s {', '.join(first)} and {last} have" if first else f"{named} {last} has"
    return f"{who} columns that determine others: their variances are raised"
