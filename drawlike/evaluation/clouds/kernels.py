"""Loops over rows and pairs that numpy would do in many passes, compiled."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def table_distances(
    left: np.ndarray, right: np.ndarray, sizes: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Total variation distances of two-way tables of codes (k, n) and (k, m), (k, k).

    Of the pairs ``wanted`` (k, k); the others are NaN.
    """
    k = len(sizes)
    distances = np.full((k, k), np.nan)
    for i in range(k):
        for j in range(k):
            if wanted[i, j]:
                cells = sizes[i] * sizes[j]
                counts = np.zeros((cells, 2))
                _count(left[i], left[j], sizes[j], counts[:, 0])
                _count(right[i], right[j], sizes[j], counts[:, 1])
                n, m, gap = left.shape[1], right.shape[1], 0.0
                for cell in range(cells):
                    gap += abs(counts[cell, 0] / n - counts[cell, 1] / m)
                distances[i, j] = gap / 2
    return distances


@njit(cache=True, nogil=True, inline="always")
def _count(a: np.ndarray, b: np.ndarray, size: int, counts: np.ndarray) -> None:
    for row in range(len(a)):
        counts[a[row] * size + b[row]] += 1


@njit(cache=True, nogil=True)
def radii_within(
    squared: np.ndarray, near: np.ndarray, rows: np.ndarray, inside: np.ndarray, k: int
) -> np.ndarray:
    """Squared radius of each of ``rows`` to its ``k``-th other row that is ``inside``, (m,).

    ``near`` (n, l) lists neighbours, nearest first; where too few are inside it is -1.
    """
    radii = np.full(len(rows), -1.0, squared.dtype)
    for place, row in enumerate(rows):
        count = 0
        for other in near[row]:
            # a row finds itself first, unless an equal one comes before: the distance is 0 anyway
            count += inside[other]
            if count > k:
                radii[place] = squared[row, other]
                break
    return radii


@njit(cache=True, nogil=True)
def smallest(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Fill in where the smallest values of each row (n, m) are, (n, l), in order.

    Gives the largest of them, (n,); of equal ones the first are taken.
    """
    last = index.shape[1] - 1
    worst = np.empty(len(values), values.dtype)
    best = np.empty(last + 1, values.dtype)
    for i in range(len(values)):
        best[:] = np.inf
        for j in range(values.shape[1]):
            value = values[i, j]
            if value < best[last]:
                place = last
                while place > 0 and best[place - 1] > value:
                    best[place], index[i, place] = best[place - 1], index[i, place - 1]
                    place -= 1
                best[place], index[i, place] = value, j
        worst[i] = best[last]
    return worst
