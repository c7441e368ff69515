"""The search for nearest rows, compiled: numbers and categories side by side.

Rows lie in tiles: columns (n_tiles, d, size) of rows that fit a cache together.
"""

import numpy as np
from numba import njit

_TILE, _SMALL_TILE = 2048, 512  # rows compared at once: of many rows, of few
_GROUP = 32  # rows looked at together
_SPARE = 3  # neighbours more than asked for


@njit(cache=True, nogil=True)
def standardised(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tiles of columns in standard deviations from their mean, and of squared norms, float32.

    What is missing is 0, and infinitely long what only fills the last tile.
    """
    n, d = numbers.shape
    middle, unit = _moments(numbers)
    size = _tile(n)
    out = np.zeros((-(-n // size), d, size), np.float32)
    norms = np.full((len(out), size), np.inf, np.float32)
    for i in range(n):
        norm = np.float32(0)
        for c in range(d):
            value = np.float32((numbers[i, c] - middle[c]) * unit[c])
            value = np.float32(0) if np.isnan(value) else value
            out[i // size, c, i % size] = value
            norm += value * value
        norms[i // size, i % size] = norm
    return out, norms


@njit(cache=True, nogil=True)
def tiled(codes: np.ndarray) -> np.ndarray:
    """Tiles of codes (n, c)."""
    n, c = codes.shape
    size = _tile(n)
    out = np.full((-(-n // size), c, size), -1, np.int32)
    for i in range(n):
        out[i // size, :, i % size] = codes[i]
    return out


@njit(cache=True, nogil=True)
def _tile(n: int) -> int:
    return _TILE if n > 4 * _TILE else _SMALL_TILE


@njit(cache=True, nogil=True)
def _moments(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each column, and one over its standard deviation, or 1 where that is 0."""
    n, d = numbers.shape
    total, squares, count = np.zeros(d), np.zeros(d), np.zeros(d)
    first = np.zeros(d)  # near the mean, so that squares keep their digits
    for c in range(d):
        if n and not np.isnan(numbers[0, c]):
            first[c] = numbers[0, c]
    for i in range(n):
        for c in range(d):
            value = numbers[i, c] - first[c]
            if not np.isnan(value):
                total[c] += value
                squares[c] += value * value
                count[c] += 1
    count = np.maximum(count, 1)
    mean = total / count
    spread = np.sqrt(np.maximum(squares / count - mean * mean, 0))
    return first + mean, 1 / np.where(spread > 0, spread, 1.0)


@njit(cache=True, nogil=True)
def nearest(
    points: np.ndarray, norms: np.ndarray, codes: np.ndarray, rows: np.ndarray, near: np.ndarray
) -> None:
    """Write the numbers of the rows nearest to each of ``rows``, but for itself, (m, k).

    A category that differs counts as much as a distance of 1. There are more rows than ``k``.
    Products choose ``_SPARE`` more, of which differences, which lose no digits, take the nearest.
    """
    m, k = near.shape
    n_others = np.isfinite(norms).sum() - 1
    d, last = points.shape[1], len(rows) - 1
    found = np.zeros((m, min(k + _SPARE, n_others)), np.int64)
    least = np.full(found.shape, np.inf, np.float32)
    size = norms.shape[1]
    squared = np.empty((2, size), np.float32)
    own = np.empty((m, d), np.float32)
    for i in range(m):
        for c in range(d):
            own[i, c] = np.float32(-2) * points[rows[i] // size, c, rows[i] % size]
    for tile in range(len(points)):
        for i in range(0, m, 2):  # rows in pairs: what is loaded serves both
            second = min(i + 1, last)
            _measure(points[tile], norms[tile], own[i], own[second], squared)
            for j in range(i, second + 1):
                _add_differences(codes, tile, rows[j], squared[j - i])
                _keep_least(squared[j - i], tile * size, least[j], found[j])
    for i in range(m):
        _sort_exactly(points, codes, rows[i], found[i], near[i])


@njit(cache=True, nogil=True, fastmath={"contract"})
def _measure(
    points: np.ndarray, norms: np.ndarray, own: np.ndarray, other: np.ndarray, squared: np.ndarray
) -> None:
    """Write squared distances of columns (d, size) to two rows, but for the norms of these.

    The rows (d,) come times -2.
    """
    d, first, second = len(own), squared[0], squared[1]
    first[:], second[:] = norms, norms
    for c in range(0, d - 3, 4):  # four at once, so that sums stay in registers
        p0, p1, p2, p3 = points[c], points[c + 1], points[c + 2], points[c + 3]
        a0, a1, a2, a3 = own[c], own[c + 1], own[c + 2], own[c + 3]
        b0, b1, b2, b3 = other[c], other[c + 1], other[c + 2], other[c + 3]
        for j in range(len(first)):
            first[j] += p0[j] * a0 + p1[j] * a1 + p2[j] * a2 + p3[j] * a3
            second[j] += p0[j] * b0 + p1[j] * b1 + p2[j] * b2 + p3[j] * b3
    for c in range(d - d % 4, d):
        p0, a0, b0 = points[c], own[c], other[c]
        for j in range(len(first)):
            first[j] += p0[j] * a0
            second[j] += p0[j] * b0


@njit(cache=True, nogil=True)
def _add_differences(codes: np.ndarray, tile: int, row: int, squared: np.ndarray) -> None:
    """Add 1 for each code that is not the row's own; the row itself is infinitely far."""
    size = len(squared)
    for c in range(codes.shape[1]):
        each, own = codes[tile, c], codes[row // size, c, row % size]
        for j in range(size):
            squared[j] += np.float32(each[j] != own)
    if row // size == tile:
        squared[row % size] = np.inf


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"})
def _least(values: np.ndarray) -> np.float32:
    least = np.float32(np.inf)
    for value in values:
        least = min(least, value)
    return least


@njit(cache=True, nogil=True)
def _keep_least(squared: np.ndarray, start: int, least: np.ndarray, near: np.ndarray) -> None:
    """Let the least of a tile into the sorted lists of those so far."""
    last = len(least) - 1
    for group in range(0, len(squared), _GROUP):
        if _least(squared[group : group + _GROUP]) >= least[last]:
            continue
        for j in range(group, group + _GROUP):
            value = squared[j]
            if value < least[last]:
                place = last
                while place > 0 and least[place - 1] > value:
                    least[place], near[place] = least[place - 1], near[place - 1]
                    place -= 1
                least[place], near[place] = value, start + j


@njit(cache=True, nogil=True)
def _sort_exactly(
    points: np.ndarray, codes: np.ndarray, row: int, found: np.ndarray, near: np.ndarray
) -> None:
    """Write the nearest of those found, in the order of their distances, (k,)."""
    size = points.shape[2]
    exact = np.full(len(near), np.inf)
    for candidate in found:
        total = 0.0
        for c in range(points.shape[1]):
            own, its = (
                points[row // size, c, row % size],
                points[candidate // size, c, candidate % size],
            )
            total += (own - its) ** 2
        for c in range(codes.shape[1]):
            total += (
                codes[row // size, c, row % size] != codes[candidate // size, c, candidate % size]
            )
        place = len(near) - 1
        if total < exact[place]:
            while place > 0 and exact[place - 1] > total:
                exact[place], near[place] = exact[place - 1], near[place - 1]
                place -= 1
            exact[place], near[place] = total, candidate
