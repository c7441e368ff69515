"""What sequences tell about their hidden states, from the densities of their steps.

Sequence i has the steps bounds[i] .. bounds[i + 1].
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from torch import Tensor

from ..threads import in_threads
from . import logarithmic
from .decoding import best_paths
from .emitting import parts_of
from .recursions import LANES, Sequences, Way, combine, run_lanes, run_one, sum_of_products, widened

_LONG = 2048  # steps of a sequence that is worth cutting
_CERTAIN = 1e-60  # if no move is less likely, no state is lost for good


@dataclass(frozen=True, eq=False)
class Law:
    """How states begin, ``start`` (S,), and follow each other, ``transitions`` (S, S)."""

    start: np.ndarray
    transitions: np.ndarray

    @classmethod
    def of(cls, start: Tensor, transitions: Tensor) -> "Law":
        """Take the parameters to where the recursions run."""
        arrays = (np.ascontiguousarray(t.detach().cpu().numpy()) for t in (start, transitions))
        return cls(*arrays)

    @cached_property
    def onward(self) -> Way:
        """How states are reached."""
        return Way(1, widened(self.transitions), self.start)

    @cached_property
    def back(self) -> Way:
        """How states are left."""
        return Way(-1, widened(self.transitions.T), np.ones_like(self.start))

    @cached_property
    def log(self) -> tuple[np.ndarray, np.ndarray]:
        """Logs of start and transitions."""
        with np.errstate(divide="ignore"):
            return np.log(self.start), np.log(self.transitions)

    @cached_property
    def mixes(self) -> bool:
        """Whether every state may follow, and begin: then a lost state comes back at once."""
        return min(self.start.min(), self.transitions.min()) > _CERTAIN


class Smoothed(NamedTuple):
    """Expectations under the posterior, and log p(x_t | x_<t), (N,).

    The posterior (N, S), the expected first states (S,) and moves (S, S) are weighted.
    """

    posterior: np.ndarray
    start: np.ndarray
    moves: np.ndarray
    step_log_prob: np.ndarray


class Filtered(NamedTuple):
    """p(state_t | x_1 .. x_t), (N, S), and log p(x_t | x_<t), (N,)."""

    state: np.ndarray
    step_log_prob: np.ndarray


class Densities(NamedTuple):
    """Densities (N, S) over the greatest of each step, and the log of that, (N,).

    ``logs`` gives the log-densities (T, S) of some steps.
    """

    relative: np.ndarray
    top: np.ndarray
    logs: Callable[[slice], np.ndarray]


def smooth(densities: Densities, bounds: np.ndarray, weight: np.ndarray, law: Law) -> Smoothed:
    """Forward and backward over all sequences, and what the M step needs.

    The relative densities are used up.
    """
    emission = densities.relative
    ahead, back, lost = _both_ways(Sequences(emission, bounds, weight), law)
    (u, c), (posterior, _) = ahead, back
    moves = law.transitions * _sum_of_products(u, emission)
    step_log_prob = densities.top + np.log(c)
    for i in lost:
        steps = slice(bounds[i], bounds[i + 1])
        again = smooth_in_logs(densities.logs(steps), law)
        posterior[steps] = weight[i] * again.posterior
        moves += weight[i] * again.moves
        step_log_prob[steps] = again.step_log_prob
    begins = bounds[:-1][np.diff(bounds) > 0]
    return Smoothed(posterior, posterior[begins].sum(0), moves, step_log_prob)


def run_filter(densities: Densities, bounds: np.ndarray, law: Law) -> Filtered:
    """Forward over all sequences; backward too where a state could get lost.

    The relative densities are used up.
    """
    emission = densities.relative
    sequences = Sequences(emission, bounds, np.ones(len(bounds) - 1))
    if law.mixes:
        u, c = _run(law.onward, sequences, law)
        lost = np.zeros(0, np.int64)
    else:
        (u, c), _, lost = _both_ways(sequences, law)
    u /= c[:, None]
    step_log_prob = densities.top + np.log(c)
    for i in lost:
        steps = slice(bounds[i], bounds[i + 1])
        state, step_log_prob[steps] = logarithmic.log_forward(densities.logs(steps), *law.log)
        u[steps] = np.exp(state)
    return Filtered(u, step_log_prob)


def decode(log_emission: np.ndarray, bounds: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
    """Log-probability of each sequence's best path, (m,), and its states, (N,).

    ``log_emission`` (N, S) is used up.
    """
    states = np.empty(len(log_emission), np.int64)
    log_prob = np.empty(len(bounds) - 1)
    best_paths(log_emission, bounds, law.log, states, log_prob)
    return log_prob, states


def sums_of_sequences(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sum over the steps of each sequence, (m,); 0 for an empty one."""
    total = np.zeros(len(bounds) - 1)
    filled = np.diff(bounds) > 0
    if filled.any():
        total[filled] = np.add.reduceat(values, bounds[:-1][filled])
    return total


Found = tuple[np.ndarray, np.ndarray]


def _both_ways(sequences: Sequences, law: Law) -> tuple[Found, Found, np.ndarray]:
    """Both recursions, combined; what is lost in float64 is 0, and listed."""
    ways = (law.onward, law.back)
    ahead, back = in_threads(lambda way: _run(way, sequences, law), ways)
    sound = np.empty(len(sequences.weight), np.bool_)
    combine(sequences, ahead, back, sound)
    lost = np.flatnonzero(~sound)
    for i in lost:
        steps = slice(sequences.bounds[i], sequences.bounds[i + 1])
        ahead[0][steps] = sequences.emission[steps] = 0.0
        ahead[1][steps] = 1.0
    return ahead, back, lost


def _run(way: Way, sequences: Sequences, law: Law) -> Found:
    """Fill a row for each step, (N, S), and its sum, (N,)."""
    emission, bounds, _ = sequences
    out, sums = np.empty_like(emission), np.empty(len(emission))
    pieces, goes_on = _pieces(bounds, way.stride, mixes=law.mixes)
    if len(pieces) < LANES:
        for first, count in pieces:
            run_one(way, emission, first, count, out, sums, False)
        return out, sums
    run_lanes(way, emission, pieces, out, sums)
    for first, count in pieces[goes_on]:  # it began as if nothing had gone before
        run_one(way, emission, first, count, out, sums, True)
    return out, sums


def _pieces(bounds: np.ndarray, stride: int, *, mixes: bool) -> tuple[np.ndarray, np.ndarray]:
    """First steps and numbers of steps, (m, 2), and which pieces go on with those before.

    Long sequences are cut, where states mix, by their lengths alone.
    """
    lengths = np.diff(bounds)
    n_parts = np.where(mixes & (lengths >= _LONG), LANES, np.minimum(lengths, 1))
    whose = np.repeat(np.arange(len(lengths)), n_parts)
    part = np.arange(len(whose)) - (np.cumsum(n_parts) - n_parts)[whose]
    first = bounds[whose] + lengths[whose] * part // n_parts[whose]
    end = bounds[whose] + lengths[whose] * (part + 1) // n_parts[whose]
    if stride > 0:
        return np.stack([first, end - first], 1), part > 0
    pieces = np.stack([end - 1, end - first], 1)
    return pieces[::-1].copy(), (part < n_parts[whose] - 1)[::-1]


def _sum_of_products(u: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Sum over steps of each u times the next w, (S, S)."""
    total = np.zeros((u.shape[1], u.shape[1]))
    for part in in_threads(lambda r: sum_of_products(u[:-1][r], w[1:][r]), parts_of(len(u) - 1)):
        total += part
    return total


def smooth_in_logs(log_emission: np.ndarray, law: Law) -> Smoothed:
    """Smooth a single sequence (T, S)."""
    log_start, log_transitions = law.log
    ahead, step_log_prob = logarithmic.log_forward(log_emission, log_start, log_transitions)
    back = logarithmic.log_backward(log_emission, log_transitions)
    posterior = logarithmic.log_posteriors(ahead, back)
    moves = logarithmic.log_moves(log_emission, log_transitions, ahead, back)
    return Smoothed(posterior, posterior[0], moves, step_log_prob)
