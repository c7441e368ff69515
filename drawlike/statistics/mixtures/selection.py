"""How many components a mixture needs: grow it by splitting while a criterion gets better."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from ...events import SILENT, Emitter
from ...rows import Rows
from ..loop import Course, accumulate, iterate
from .mixture import Mixture

_PATIENCE = 2  # sizes in a row that may be no better before the search ends
_VALIDATED = 0.2  # share of the rows that judge in a search by validation

Grow = Callable[[int], Mixture]  # a fresh start of so many components
_Penalty = Callable[[Mixture, float, Rows], float]
_Tried = dict[int, tuple[float, Mixture]]  # the criterion and the mixture of each size
_Attempt = Callable[[int, Mixture | None], None]


def bic(mixture: Mixture, weight: float, rows: Rows) -> float:
    """Penalty of Schwarz (1978), nats: half a logarithm of the rows a parameter."""
    return 0.5 * mixture.n_free * math.log(max(weight, 1.0))


def aic(mixture: Mixture, weight: float, rows: Rows) -> float:
    """Penalty of Akaike (1974), nats: one a parameter."""
    return float(mixture.n_free)


def icl(mixture: Mixture, weight: float, rows: Rows) -> float:
    """Penalty of Biernacki, Celeux & Govaert (2000): bic's, and how unsure components are."""
    entropy = 0.0
    for batch in rows.batches(mixture.columns.batch_size):
        share = mixture.responsibilities(batch.x, batch.cond)
        entropy -= float((torch.xlogy(share, share).sum(1) * batch.weight.double()).sum())
    return bic(mixture, weight, rows) + entropy


def nothing(mixture: Mixture, weight: float, rows: Rows) -> float:
    """No penalty: rows that were left out of the fit judge."""
    return 0.0


CRITERIA: dict[str, _Penalty] = {"bic": bic, "aic": aic, "icl": icl, "validation": nothing}


@dataclass(frozen=True)
class Search:
    """Search for the number of components of each class, 1 to ``most``."""

    criterion: str
    most: int
    max_iter: int
    tol: float

    def best(
        self,
        template: Callable[[int], Mixture],
        start: Callable[[int, Rows], Mixture],
        rows: Rows,
        rng: np.random.Generator,
        events: Emitter = SILENT,
    ) -> Mixture:
        """Mixture of the best size; each starts from a smaller one and from anew."""
        learn, judge = self._parts(rows, rng)
        tried: _Tried = {}

        def attempt(k: int, smaller: Mixture | None) -> None:
            starts = [start(k, learn)]
            if smaller is not None:
                starts.append(grown(smaller, template(k)))
            courses = [self._course(mixture, learn) for mixture in starts]
            mixture = max(courses, key=lambda course: course.objectives[-1:]).model
            tried[k] = self._value(mixture, judge), mixture
            events.at("size").metric(self.criterion, tried[k][0], k, unit="nats a row")

        try:
            self._go_through(attempt, tried, min(self.most, max(1, len(learn))))
        except KeyboardInterrupt:
            if not tried:
                raise
            events.warning("interrupted: takes the best number of components so far")
        return tried[_best(tried)][1]

    def _go_through(self, attempt: _Attempt, tried: _Tried, most: int) -> None:
        for k in _sizes(most):
            attempt(k, tried[max(tried)][1] if tried else None)
            if sum(size > _best(tried) for size in tried) >= _PATIENCE:
                break
        for k in _between(sorted(tried), _best(tried)):
            attempt(k, tried[max(size for size in tried if size < k)][1])

    def _parts(self, rows: Rows, rng: np.random.Generator) -> tuple[Rows, Rows]:
        if self.criterion != "validation" or len(rows) < 4:
            return rows, rows
        order = torch.from_numpy(rng.permutation(len(rows))).to(rows.x.device)
        n = max(1, round(_VALIDATED * len(rows)))
        return rows.take(order[n:].sort().values), rows.take(order[:n].sort().values)

    def _course(self, mixture: Mixture, rows: Rows) -> Course[Mixture]:
        batches = partial(rows.batches, mixture.columns.batch_size)
        course = iterate(mixture, batches, max_iter=self.max_iter, tol=self.tol)
        if course.interrupted:
            raise KeyboardInterrupt  # it is the search that is to end
        return course

    def _value(self, mixture: Mixture, rows: Rows) -> float:
        """Penalised mean log-likelihood, nats a row, the higher the better."""
        batches = partial(rows.batches, mixture.columns.batch_size)
        sums = accumulate(mixture.statistics, batches)
        weight = float(sums.weight)
        penalty = CRITERIA[self.criterion](mixture, weight, rows)
        return (float(sums.log_likelihood) - penalty) / weight


def grown(mixture: Mixture, template: Mixture) -> Mixture:
    """Fill a template of more components by halving the heaviest of each class."""
    old, new = mixture.n_components, template.n_components
    sources = []
    for first in range(0, len(mixture.weights), old):
        order = mixture.weights[first : first + old].argsort(descending=True, stable=True)
        halved = first + order.repeat(-(-new // old))[: new - old]
        sources.append(torch.cat([first + torch.arange(old, device=order.device), halved]))
    source = torch.cat(sources)
    weights, normals = mixture.weights[source], mixture.normals
    covariances = normals.covariances
    if len(covariances) == len(mixture.weights):
        covariances = covariances[source]
    fresh = replace(template.normals, means=normals.means[source], covariances=covariances)
    position = {(j // new, int(s)): j for j, s in reversed(list(enumerate(source.tolist())))}
    for j, s in enumerate(source.tolist()):
        parent = position[j // new, s]
        if parent != j:
            fresh = fresh.split(parent, j, template.spread)
            weights[parent] = weights[parent] / 2
            weights[j] = weights[parent]
    tables = replace(template.tables, probabilities=mixture.tables.take(source).probabilities)
    return replace(template, weights=weights, normals=fresh, tables=tables)


def _best(tried: _Tried) -> int:
    return max(tried, key=lambda size: tried[size][0])


def _sizes(most: int) -> Iterator[int]:
    """1, 2, 3, 4, then half as many more each time, up to the most."""
    k = 1
    while k < most:
        yield k
        k = k + max(1, k // 2) if k >= 4 else k + 1
    yield most


def _between(tried: list[int], best: int) -> list[int]:
    """At most four sizes around the best that were leapt over."""
    at = tried.index(best)
    below = range(tried[at - 1] + 1, best) if at else range(0)
    above = range(best + 1, tried[at + 1]) if at + 1 < len(tried) else range(0)
    return sorted({*_two(list(below)), *_two(list(above))})


def _two(sizes: list[int]) -> list[int]:
    n = len(sizes)
    return sizes if n <= 2 else [sizes[n // 3], sizes[2 * n // 3]]
