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
def smallest(values: np.ndarray, but: np.ndarray, index: np.ndarray) -> None:
    """Write the places of the smallest finite values of each row (n, m), in order, (n, k).

    Place ``but[i]`` of row i is left out.
    """
    k = index.shape[1]
    least = np.empty(k, values.dtype)
    for i in range(len(values)):
        least[:] = np.inf
        bound = least[k - 1]
        for j in range(values.shape[1]):
            value = values[i, j]
            if value < bound and j != but[i]:
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


@njit(cache=True, nogil=True)
def resample(x: np.ndarray, lengths: np.ndarray, is_code: np.ndarray, out: np.ndarray) -> None:
    """Write sequences with other numbers of steps, (n, S, w), the first and last step in place.

    ``x`` (n, T, w) are their steps, ``lengths`` (n, 2) how many there are and will be. A number
    is on the line between the steps before and after; a code, and a number that one of these
    two lacks, is that of the nearer step. What is behind the last step becomes NaN.
    """
    for i in range(len(x)):
        last, new = lengths[i, 0] - 1, lengths[i, 1]
        out[i, new:] = np.nan
        for t in range(new):
            place = t * last / (new - 1) if new > 1 else last / 2
            before = int(place)
            after = min(before + 1, last)
            share = place - before
            nearer = after if share > 0.5 else before
            for c in range(x.shape[2]):
                value = x[i, before, c] + share * (x[i, after, c] - x[i, before, c])
                is_between = not (is_code[c] or np.isnan(value))
                out[i, t, c] = value if is_between else x[i, nearer, c]
