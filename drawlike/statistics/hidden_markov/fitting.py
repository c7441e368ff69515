"""A chain learned from sequences: from several starts, or from given parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...events import Emitter
from ...rows import Sequences, SequenceStream
from ..columns import Columns
from ..loop import Course, iterate
from .chain import PARAMETERS, Chain
from .priors import NormalPrior
from .starting import spread_of, start_chain, with_parameters
from .transitions import first_states, pattern

_LOOKED_AT = 1 << 18  # steps of a stream that a start is guessed from


class Part(NamedTuple):
    """The sequences of a class, what their columns are, and its number."""

    data: Sequences | SequenceStream
    columns: Columns
    label: int = 0

    @property
    def n_steps(self) -> float:
        """Weight of all steps."""
        return float(self.data.weight.double() @ self.data.lengths.double())


@dataclass(frozen=True)
class Plan:
    """How chains are learned.

    ``structure`` and ``width`` tell which transitions there may be; variances stay above the
    share ``floor`` of those of all steps; ``tol`` is in nats of all data. ``given`` are
    parameters to start from, those of each class first.
    """

    covariance: str
    n_mixture: int = 1
    structure: Any = "full"
    width: int = 1
    guess: str = "kmeans"
    floor: float = 0.0
    pseudo_start: Tensor | float = 0.0
    pseudo_transitions: Tensor | float = 0.0
    prior: NormalPrior | None = None
    learned: tuple[str, ...] = PARAMETERS
    n_init: int = 1
    max_iter: int = 100
    tol: float = 1e-2
    given: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def is_fixed(self) -> bool:
        """Whether nothing of a start is left to guess."""
        needed = set(PARAMETERS) - ({"weights"} if self.n_mixture == 1 else set())
        return needed <= set(self.given)

    def start(self, part: Part, n_states: int, rng: np.random.Generator, events: Emitter) -> Chain:
        """First parameters of the chain of a class."""
        data = _looked_at(part.data, rng)
        is_left_right = isinstance(self.structure, str) and self.structure == "left-right"
        chain = start_chain(
            data.x,
            data.lengths,
            data.weight,
            part.columns,
            allowed=pattern(self.structure, n_states, self.width),
            begins=first_states(self.structure, n_states),
            covariance=self.covariance,
            n_mixture=self.n_mixture,
            guess="segments" if is_left_right else self.guess,
            rng=rng,
            events=events,
        )
        if len(data) < len(part.data):  # floors are shares of the spread of all
            spread = spread_of(part.data, part.columns)
            chain = replace(chain, emissions=replace(chain.emissions, spread=spread))
        given = {name: value[part.label] for name, value in self.given.items()}
        return self.going_on(with_parameters(_guarded(chain, self.floor), **given))

    def going_on(self, chain: Chain) -> Chain:
        """Let a chain be learned by this plan, where it is."""
        at = chain.device
        return replace(
            chain,
            pseudo_start=_at(at, self.pseudo_start),
            pseudo_transitions=_at(at, self.pseudo_transitions),
            prior=None if self.prior is None else self.prior.to(at),
            learned=self.learned,
            notes=(),
        )


def fit_chain(
    part: Part, n_states: int, plan: Plan, rng: np.random.Generator, events: Emitter
) -> Course[Chain]:
    """Go from every start; keep the course with the best last objective."""
    batches = partial(part.data.batches, part.columns.batch_size)
    tol = plan.tol / part.n_steps
    best: Course[Chain] | None = None
    for _ in range(1 if plan.is_fixed else plan.n_init):
        start = plan.start(part, n_states, rng, events)
        course = iterate(start, batches, max_iter=plan.max_iter, tol=tol, events=events)
        if best is None or course.objectives[-1:] > best.objectives[-1:]:
            best = course
        if course.interrupted:
            break
    assert best is not None
    return best


def _looked_at(data: Sequences | SequenceStream, rng: np.random.Generator) -> Sequences:
    """Sequences to start from: all; of a long stream some, in proportion to their weights."""
    if not data.streamed or int(data.lengths.sum()) <= _LOOKED_AT:
        return data.gather()
    # the first to arrive, at rates that are their weights (Efraimidis & Spirakis 2006)
    order = np.argsort(rng.exponential(size=len(data)) / data.weight.double().cpu().numpy())
    within = data.lengths.cpu().numpy()[order].cumsum() <= _LOOKED_AT
    chosen = data.take(order[: max(1, int(within.sum()))]).gather()
    return replace(chosen, weight=torch.ones_like(chosen.weight))


def _at(device: torch.device, counts: Tensor | float) -> Tensor | float:
    return counts.to(device) if isinstance(counts, Tensor) else counts


def _guarded(chain: Chain, share: float) -> Chain:
    """Keep variances above a share of each column's own: by a floor, or by a ridge if dense."""
    normals, floor = chain.emissions.normals, share * chain.emissions.spread
    if normals.covariances.ndim == 3:
        guard = normals.guard._replace(added=normals.guard.added + floor)
        covariances = normals.covariances + torch.diag_embed(floor)
    else:
        guard = normals.guard._replace(smallest=normals.guard.smallest.maximum(floor))
        width = normals.covariances.shape[1]
        least = floor if width == len(floor) else floor.mean().expand(width)
        covariances = normals.covariances.maximum(least)
    guarded = replace(normals, covariances=covariances, guard=guard)
    return replace(chain, emissions=replace(chain.emissions, normals=guarded))
