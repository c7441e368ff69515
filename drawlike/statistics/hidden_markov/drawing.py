"""Drawing paths of states, by the alias method (Walker 1977; Vose 1991)."""

import numpy as np
from numba import njit


def draw_states(
    start: np.ndarray, transitions: np.ndarray, bounds: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """States (N,) of sequences whose first states have the probabilities ``start`` (m, S)."""
    states = np.empty(bounds[-1], np.int64)
    _walk(start, _alias_tables(transitions), bounds, rng.random(len(states)), states)
    return states


@njit(cache=True, nogil=True)
def _alias_tables(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A row each: how much of cell j is j's own, (S, S), and whose the rest is, (S, S)."""
    rows, n = probabilities.shape
    level, other = np.ones((rows, n)), np.zeros((rows, n), np.int64)
    for r in range(rows):
        scaled = probabilities[r] * (n / probabilities[r].sum())
        small, large = np.empty(n, np.int64), np.empty(n, np.int64)
        n_small = n_large = 0
        for j in range(n):
            other[r, j] = j
            if scaled[j] < 1.0:
                small[n_small] = j
                n_small += 1
            else:
                large[n_large] = j
                n_large += 1
        while n_small and n_large:
            n_small -= 1
            poor, rich = small[n_small], large[n_large - 1]
            level[r, poor], other[r, poor] = scaled[poor], rich
            scaled[rich] -= 1.0 - scaled[poor]
            if scaled[rich] < 1.0:
                n_large -= 1
                small[n_small] = rich
                n_small += 1
        for k in range(n_small):  # rounding left a little: no cell of probability 0 may win
            j = small[k]
            if probabilities[r, j] == 0.0:
                level[r, j], other[r, j] = 0.0, probabilities[r].argmax()
    return level, other


@njit(cache=True, nogil=True)
def _walk(
    start: np.ndarray,
    alias: tuple[np.ndarray, np.ndarray],
    bounds: np.ndarray,
    uniform: np.ndarray,
    states: np.ndarray,
) -> None:
    level, other = alias
    n = level.shape[1]
    for i in range(len(bounds) - 1):
        for t in range(bounds[i], bounds[i + 1]):
            if t == bounds[i]:
                states[t] = _first(start[i], uniform[t])
                continue
            at = uniform[t] * n
            cell, before = int(at), states[t - 1]
            own = at - cell < level[before, cell]
            states[t] = cell if own else other[before, cell]


@njit(cache=True, nogil=True)
def _first(probabilities: np.ndarray, uniform: float) -> int:
    left, chosen = uniform * probabilities.sum(), 0
    for j in range(len(probabilities)):
        if probabilities[j] > 0:
            chosen = j
            left -= probabilities[j]
            if left < 0:
                break
    return chosen
