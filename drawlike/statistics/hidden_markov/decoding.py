"""The most probable path of states (Viterbi 1967)."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def best_paths(
    log_emission: np.ndarray,
    bounds: np.ndarray,
    log_law: tuple[np.ndarray, np.ndarray],
    states: np.ndarray,
    log_prob: np.ndarray,
) -> None:
    """Fill in the best path of each sequence, (N,), and its log-probability, (m,).

    ``log_emission`` (N, S) is used up. The way back looks for the best predecessor of the
    states on the path alone, so that the way there needs no more than the greatest value.
    """
    log_start, log_transitions = log_law
    n = len(log_start)
    for i in range(len(bounds) - 1):
        first, last = bounds[i], bounds[i + 1] - 1
        if last < first:
            log_prob[i] = 0.0
            continue
        log_emission[first] += log_start
        for t in range(first + 1, last + 1):
            _extend(log_emission[t - 1], log_transitions, log_emission[t])
        states[last] = log_emission[last].argmax()
        log_prob[i] = log_emission[last, states[last]]
        for t in range(last - 1, first - 1, -1):
            best = -np.inf
            states[t] = 0
            for j in range(n):
                value = log_emission[t, j] + log_transitions[j, states[t + 1]]
                if value > best:
                    best, states[t] = value, j


@njit(cache=True, nogil=True, inline="always")
def _extend(before: np.ndarray, log_transitions: np.ndarray, now: np.ndarray) -> None:
    """Add to each state's log-density that of the best way to it."""
    n = len(now)
    best = np.full(n, -np.inf)
    for i in range(n):
        reached = before[i]
        for j in range(n):
            value = reached + log_transitions[i, j]
            best[j] = max(best[j], value)
    for j in range(n):
        now[j] += best[j]
