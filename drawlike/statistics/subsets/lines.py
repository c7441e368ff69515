"""Loops over rows that write no array but the result, compiled."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def between(
    x: np.ndarray, near: np.ndarray, base: np.ndarray, place: np.ndarray, out: np.ndarray
) -> None:
    """Write points on the lines between rows and their neighbours, (n, width).

    ``x`` (m, width) are rows, ``near`` (m, k) the numbers of their neighbours, ``base`` (n,)
    those of the rows to begin from. ``place`` (n,), uniform in [0, 1), says towards which of
    the k neighbours, and how far. A cell that one of both lacks is the first one's.
    """
    for i in range(len(base)):
        scaled = place[i] * near.shape[1]
        which = int(scaled)
        own, other, share = x[base[i]], x[near[base[i], which]], scaled - which
        for c in range(x.shape[1]):
            moved = own[c] + share * (other[c] - own[c])
            out[i, c] = own[c] if np.isnan(moved) else moved


@njit(cache=True, nogil=True)
def smallest(values: np.ndarray, index: np.ndarray) -> None:
    """Write the places of the smallest finite values of each row (n, m), in order, (n, k)."""
    k = index.shape[1]
    least = np.empty(k, values.dtype)
    for i in range(len(values)):
        least[:] = np.inf
        bound = least[k - 1]
        for j in range(values.shape[1]):
            value = values[i, j]
            if value < bound:
                place = k - 1
                while place > 0 and least[place - 1] > value:
                    least[place], index[i, place] = least[place - 1], index[i, place - 1]
                    place -= 1
                least[place], index[i, place] = value, j
                bound = least[k - 1]


@njit(cache=True, nogil=True)
def sort_exactly(
    points: np.ndarray, rows: np.ndarray, index: np.ndarray, squared: np.ndarray
) -> None:
    """Put candidates ``index`` (n, k) for ``rows`` (n,) in the order of their distances.

    The distances (n, k) come from the differences of the ``points`` (m, p), squared.
    """
    for i in range(len(rows)):
        for j in range(index.shape[1]):
            candidate, total = index[i, j], 0.0
            for c in range(points.shape[1]):
                total += (points[candidate, c] - points[rows[i], c]) ** 2
            place = j
            while place > 0 and squared[i, place - 1] > total:
                squared[i, place], index[i, place] = squared[i, place - 1], index[i, place - 1]
                place -= 1
            squared[i, place], index[i, place] = total, candidate
