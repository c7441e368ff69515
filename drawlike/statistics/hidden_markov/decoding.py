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
    arriving = log_transitions.T.copy()
    best = np.empty_like(log_start)
    for i in range(len(bounds) - 1):
        first, last = bounds[i], bounds[i + 1] - 1
        if last < first:
            log_prob[i] = 0.0
            continue
        log_emission[first] += log_start
        for t in range(first + 1, last + 1):
            _extend(log_emission[t - 1], log_transitions, best, log_emission[t])
        states[last] = log_emission[last].argmax()
        log_prob[i] = log_emission[last, states[last]]
        for t in range(last - 1, first - 1, -1):
            states[t] = _best_way(log_emission[t], arriving[states[t + 1]])


@njit(cache=True, nogil=True, inline="always")
def _extend(
    before: np.ndarray, log_transitions: np.ndarray, best: np.ndarray, now: np.ndarray
) -> None:
    """Add the log-probability of the best way to each state; four rows at a time.

    Comparisons, and not max(): these become vector instructions.
    """
    n = len(before)
    whole = n - n % 4
    first = before[0]
    for j in range(n):
        best[j] = first + log_transitions[0, j]
    for i in range(0, whole, 4):
        a, b, c, d = before[i], before[i + 1], before[i + 2], before[i + 3]
        for j in range(n):
            by_a, by_b = a + log_transitions[i, j], b + log_transitions[i + 1, j]
            by_c, by_d = c + log_transitions[i + 2, j], d + log_transitions[i + 3, j]
            ab = by_a if by_a > by_b else by_b  # noqa: FURB136
            cd = by_c if by_c > by_d else by_d  # noqa: FURB136
            more = best[j] if best[j] > ab else ab  # noqa: FURB136
            best[j] = cd if cd > more else more  # noqa: FURB136
    for i in range(whole, n):
        for j in range(n):
            way = before[i] + log_transitions[i, j]
            best[j] = way if way > best[j] else best[j]  # noqa: FURB136
    for j in range(n):
        now[j] += best[j]


@njit(cache=True, nogil=True, inline="always")
def _best_way(before: np.ndarray, arriving: np.ndarray) -> int:
    """Find the state before, the first of equals."""
    chosen, best = 0, -np.inf
    for j in range(len(before)):
        way = before[j] + arriving[j]
        if way > best:
            chosen, best = j, way
    return chosen
