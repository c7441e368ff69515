"""A chain's first parameters: those that a first guess of the states implies."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...rows import Batch, Rows, Sequences, SequenceStream
from ..columns import Columns
from ..loop import accumulate
from ..mixtures import starting as mixtures
from ..mixtures.mixture import Mixture
from ..mixtures.outline import Outline, outline, single
from ..normals.covariance import COVARIANCES
from .chain import Chain, bounds_of

_AT_ONCE = 16384  # steps in a batch of a pass


class Look(NamedTuple):
    """What a guess looks at: steps as rows, where sequences begin, columns, number of states."""

    rows: Rows
    bounds: np.ndarray
    overall: Outline
    n_states: int


Guess = Callable[[Look, np.random.Generator, Emitter], Tensor]


def start_chain(
    x: Tensor,
    lengths: Tensor,
    weight: Tensor,
    columns: Columns,
    *,
    allowed: Tensor,
    begins: Tensor,
    covariance: str = "diag",
    n_mixture: int = 1,
    added: Tensor | float = 0.0,
    guess: str = "kmeans",
    rng: np.random.Generator,
    events: Emitter = SILENT,
) -> Chain:
    """Guess each step's state, and take the parameters that this implies.

    ``x`` (N, width) are the steps of sequences of ``lengths`` (m,) with ``weight`` (m,);
    ``allowed`` (S, S) and ``begins`` (S,) tell where there may be transitions and starts,
    and ``added`` goes on variances.
    """
    bounds, n_states = bounds_of(lengths), len(begins)
    rows = _steps(x, lengths, weight)
    overall = outline(columns, partial(rows.batches, _AT_ONCE), 0, x.device, events)
    look = Look(rows, bounds, overall, n_states)
    states = GUESSES[guess](look, rng, events).to(x.device)
    moves, first = _counts(states, bounds, weight, n_states)
    if guess != "segments":
        states, moves, first = _ordered(states, moves, first, allowed)
    labelled = replace(rows, cond=torch.nn.functional.one_hot(states, n_states).double())
    classes = outline(columns, partial(labelled.batches, _AT_ONCE), n_states, x.device)
    template = _template(classes, covariance, n_mixture, added)
    emissions = _emissions(labelled, classes, template, rng)
    possible = allowed.to(moves)
    mass = (first + 1) * begins.to(first)
    return Chain(
        start=mass / mass.sum(),
        transitions=(moves + 1) * possible / ((moves + 1) * possible).sum(1, keepdim=True),
        emissions=emissions,
        allowed=allowed.to(x.device),
    )


def spread_of(data: Sequences | SequenceStream, columns: Columns) -> Tensor:
    """Variance of each real column over all steps, (d,)."""

    def batches() -> Iterator[Batch]:
        for batch in data.batches(_AT_ONCE):
            rows = _steps(batch.x, batch.lengths, batch.weight)
            yield Batch(rows.x, rows.cond, rows.weight)

    return outline(columns, batches, 0, next(batches()).x.device).spread


def _steps(x: Tensor, lengths: Tensor, weight: Tensor) -> Rows:
    """All steps as rows that weigh what their sequence does."""
    each = weight.double().repeat_interleave(lengths.to(weight.device))
    return Rows(x.double(), x.new_zeros((len(x), 0), dtype=torch.float64), each)


def _by_centers(choice: str) -> Guess:
    """Each state has a centre; a step is in the state of the nearest."""

    def guess(look: Look, rng: np.random.Generator, events: Emitter) -> Tensor:
        start = mixtures.STARTS[choice](look.rows, look.overall, look.n_states, rng, events)
        shares = start.shares()
        return torch.cat([shares(batch).float().argmax(0) for batch in look.rows.batches(_AT_ONCE)])

    return guess


def _by_segments(look: Look, rng: np.random.Generator, events: Emitter) -> Tensor:
    """Cut each sequence into as many equal parts as there are states, in order."""
    lengths = np.diff(look.bounds)
    place = np.arange(look.bounds[-1]) - np.repeat(look.bounds[:-1], lengths)
    return torch.from_numpy(place * look.n_states // np.repeat(lengths, lengths))


GUESSES: dict[str, Guess] = {
    "kmeans": _by_centers("kmeans"),
    "k-means++": _by_centers("k-means++"),
    "random": _by_centers("random"),
    "random_from_data": _by_centers("random_from_data"),
    "segments": _by_segments,
}


def _counts(states: Tensor, bounds: np.ndarray, weight: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Weighted counts of moves between states, (n, n), and of first states, (n,)."""
    weight = weight.double()
    each = weight.repeat_interleave(torch.from_numpy(np.diff(bounds)).to(weight.device))
    begins = torch.zeros(len(states), dtype=torch.bool, device=states.device)
    begins[torch.from_numpy(bounds[:-1][np.diff(bounds) > 0]).to(states.device)] = True
    moved = ~begins[1:]
    pair = (states[:-1] * n + states[1:])[moved]
    moves = torch.bincount(pair, each[1:][moved], n * n).view(n, n)
    return moves, torch.bincount(states[begins], each[begins], n)


def _ordered(
    states: Tensor, moves: Tensor, first: Tensor, allowed: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Number the states so that many of the guessed moves are allowed ones."""
    if allowed.all():
        return states, moves, first
    order = torch.from_numpy(best_order(moves.cpu().numpy(), allowed.cpu().numpy()))
    order = order.to(states.device)
    return order.argsort()[states], moves[order][:, order], first[order]


def best_order(moves: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Find an order of the states under which allowed moves are many, (S,).

    From each state, go on to where most moves lead; take the best of these orders, and swap
    pairs as long as that helps.
    """
    orders = [_most_travelled(moves, first) for first in range(len(moves))]
    order = max(orders, key=lambda order: _kept(moves, allowed, order))
    improved = True
    while improved:
        improved = False
        for i, j in zip(*np.triu_indices(len(order), 1), strict=True):
            swapped = order.copy()
            swapped[[i, j]] = swapped[[j, i]]
            if _kept(moves, allowed, swapped) > _kept(moves, allowed, order) * (1 + 1e-9):
                order, improved = swapped, True
    return order


def _most_travelled(moves: np.ndarray, first: int) -> np.ndarray:
    order, left = [first], set(range(len(moves))) - {first}
    while left:
        order.append(max(sorted(left), key=lambda j: moves[order[-1], j]))
        left.remove(order[-1])
    return np.array(order)


def _kept(moves: np.ndarray, allowed: np.ndarray, order: np.ndarray) -> float:
    return float(moves[np.ix_(order, order)][allowed].sum())


def _emissions(
    labelled: Rows, classes: Outline, template: Mixture, rng: np.random.Generator
) -> Mixture:
    """A mixture for each state, of the steps that are guessed to be in it."""
    batches = partial(labelled.batches, _AT_ONCE)
    if template.n_components == 1:
        return template.update(accumulate(single(template), batches))
    choice = "k-means++" if (labelled.cond.sum(0) > 0).all() else "random"
    start = mixtures.STARTS[choice](labelled, classes, template.n_components, rng)
    return replace(mixtures.begin(template, start, batches, SILENT), notes=())


def _template(first: Outline, covariance: str, n_mixture: int, added: Tensor | float) -> Mixture:
    """All components like their state; a tied covariance is that of all states."""
    template = first.mixture(covariance, n_mixture, added)
    old = template.normals
    normals = COVARIANCES[covariance].start(old.means, old.variances, 1, old.guard)
    return replace(template, normals=normals)


def with_parameters(chain: Chain, **given: Tensor) -> Chain:
    """Put parameters in: start, transitions, weights, means, covariances of the chain's shapes.

    Transitions of 0 will stay 0.
    """
    given = {name: value.to(chain.start) for name, value in given.items()}
    normals, emissions = chain.emissions.normals, chain.emissions
    transitions = given.get("transitions", chain.transitions)
    normals = replace(
        normals,
        means=given.get("means", normals.means),
        covariances=given.get("covariances", normals.covariances),
        floors=None if "covariances" in given else normals.floors,
    )
    weights = given.get("weights", emissions.weights)
    return replace(
        chain,
        start=given.get("start", chain.start),
        transitions=transitions,
        emissions=replace(emissions, normals=normals, weights=weights),
        allowed=chain.allowed & (transitions > 0),
    )
