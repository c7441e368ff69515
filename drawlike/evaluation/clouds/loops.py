"""Loops over neighbours that numpy would do in many passes, compiled."""

import numpy as np
from numba import njit


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
def nearest_within(
    squared: np.ndarray,
    near: np.ndarray,
    rows: np.ndarray,
    inside: np.ndarray,
    found: tuple[np.ndarray, np.ndarray],
) -> None:
    """Fill in distances and positions of the neighbours of ``rows`` that are ``inside``.

    ``near`` (n, l) lists neighbours, nearest first; as many are taken as ``found``, (m, k) each,
    has room for.
    """
    distance, index = found
    for place, row in enumerate(rows):
        count = 0
        for other in near[row]:
            if inside[other]:
                distance[place, count], index[place, count] = squared[row, other], other
                count += 1
                if count == index.shape[1]:
                    break


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
