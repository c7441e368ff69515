"""The search for nearest rows, compiled: numbers and categories side by side.

Rows lie in panels of sixteen, column under column, as products in registers want them.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..networks.chains.octets import EIGHT, larger, largest_of, load
from ..networks.chains.products import COLUMNS, ROWS, multiply

_TILE = 16 * COLUMNS  # rows compared at once with each of so many others
_TOGETHER = 10 * ROWS
_GROUP = 4 * EIGHT  # rows looked at together
_SPARE = 3  # neighbours more than asked for


class Panels(NamedTuple):
    """Rows in standard deviations from the mean, float32, and below them their squared norms, less than 0.

    ``points`` (n_panels (d + 1), 16). What is missing is 0; a row that only fills the last tile is
    infinitely long. ``middle`` and ``unit`` (d,) are the mean, and one over the deviation.
    """

    points: np.ndarray
    middle: np.ndarray
    unit: np.ndarray


@njit(cache=True, nogil=True)
def standardised(numbers: np.ndarray) -> Panels:
    """Panels of rows (n, d)."""
    n, d = numbers.shape
    middle, unit = _moments(numbers)
    n_panels = -(-n // _TILE) * (_TILE // COLUMNS)
    points = np.zeros((n_panels * (d + 1), COLUMNS), np.float32)
    for i in range(n_panels * COLUMNS):
        top, lane = i // COLUMNS * (d + 1), i % COLUMNS
        norm = np.float32(0 if i < n else -np.inf)
        if i < n:
            for c in range(d):
                value = np.float32((numbers[i, c] - middle[c]) * unit[c])
                value = np.float32(0) if np.isnan(value) else value
                points[top + c, lane] = value
                norm -= value * value
        points[top + d, lane] = norm
    return Panels(points, middle, unit)


@njit(cache=True, nogil=True)
def tiled(codes: np.ndarray) -> np.ndarray:
    """Tiles of codes (n, c)."""
    n, c = codes.shape
    out = np.full((-(-n // _TILE), c, _TILE), -1, np.int32)
    for i in range(n):
        out[i // _TILE, :, i % _TILE] = codes[i]
    return out


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
            is_known = value == value  # noqa: PLR0124 - lane by lane, as isnan is not
            value = value if is_known else 0.0
            total[c] += value
            squares[c] += value * value
            count[c] += 1.0 if is_known else 0.0
    count = np.maximum(count, 1)
    mean = total / count
    spread = np.sqrt(np.maximum(squares / count - mean * mean, 0))
    return first + mean, 1 / np.where(spread > 0, spread, 1.0)


@njit(cache=True, nogil=True)
def nearest(  # noqa: PLR0917
    panels: Panels,
    numbers: np.ndarray,
    codes: np.ndarray,
    code_tiles: np.ndarray,
    rows: np.ndarray,
    near: np.ndarray,
) -> None:
    """Write the numbers of the rows nearest to each of ``rows``, but for itself, (m, k).

    A category that differs counts as much as a distance of 1. There are more rows than ``k``.
    Products choose ``_SPARE`` more, of which differences, which lose no digits, take the nearest.
    """
    points, depth = panels.points, numbers.shape[1] + 1
    m, n_others = len(rows), len(numbers) - 1
    found = np.zeros((m, min(near.shape[1] + _SPARE, n_others)), np.int64)
    high = np.full(found.shape, -np.inf, np.float32)
    own = _doubled(points, depth, rows)
    scores = np.empty((_TOGETHER, _TILE), np.float32)
    for start in range(0, len(points) // depth * COLUMNS, _TILE):
        for first in range(0, m, _TOGETHER):
            n = min(_TOGETHER, m - first)
            for j in range(0, _TILE, COLUMNS):
                top = (start + j) // COLUMNS * depth
                multiply(own[first:], 0, n, depth, points, top, 0, scores, j)
            if codes.shape[1]:
                _take_differences(
                    code_tiles[start // _TILE], codes, rows[first : first + n], scores
                )
            for i in range(n):
                if start <= rows[first + i] < start + _TILE:
                    scores[i, rows[first + i] - start] = -np.inf
            _keep_highest(scores, start, high[first : first + n], found[first : first + n])
    for i in range(m):
        _sort_exactly(panels, numbers, codes, rows[i], found[i], near[i])


@njit(cache=True, nogil=True)
def _doubled(points: np.ndarray, depth: int, rows: np.ndarray) -> np.ndarray:
    """Rows times 2 with a 1 behind: products with panels are a constant less squared distances."""
    own = np.zeros((-(-len(rows) // ROWS) * ROWS, depth), np.float32)
    for i, row in enumerate(rows):
        top, lane = row // COLUMNS * depth, row % COLUMNS
        own[i] = np.float32(2) * points[top : top + depth, lane]
        own[i, depth - 1] = 1
    return own


@njit(cache=True, nogil=True)
def _take_differences(
    tile: np.ndarray, codes: np.ndarray, rows: np.ndarray, scores: np.ndarray
) -> None:
    """Take 1 off for each code of a tile (c, size) that is not that of a row."""
    for i, row in enumerate(rows):
        for c in range(len(tile)):
            own = codes[row, c]
            for j in range(tile.shape[1]):
                scores[i, j] -= np.float32(tile[c, j] != own)


@njit(inline="always")
def _highest(scores: np.ndarray, i: int, j: int) -> np.float32:
    """Highest of a group of scores, from [i, j] on."""
    left = larger(load(scores, i, j), load(scores, i, j + EIGHT))
    right = larger(load(scores, i, j + 2 * EIGHT), load(scores, i, j + 3 * EIGHT))
    return largest_of(larger(left, right))


@njit(cache=True, nogil=True)
def _keep_highest(scores: np.ndarray, start: int, high: np.ndarray, near: np.ndarray) -> None:
    """Let the highest scores of a tile (n, size) into each row's sorted list of those so far."""
    last = high.shape[1] - 1
    for i in range(len(high)):
        for group in range(0, scores.shape[1], _GROUP):
            if _highest(scores, i, group) <= high[i, last]:
                continue
            for octet in range(group, group + _GROUP, EIGHT):
                if largest_of(load(scores, i, octet)) > high[i, last]:
                    for j in range(octet, octet + EIGHT):
                        if scores[i, j] > high[i, last]:
                            _let_in(scores[i, j], start + j, high, near, i)


@njit(inline="always")
def _let_in(score: np.float32, row: int, high: np.ndarray, near: np.ndarray, i: int) -> None:
    """Put a row where its score belongs in the sorted list ``i``; the last one falls out."""
    place = high.shape[1] - 1
    while place > 0 and high[i, place - 1] < score:
        high[i, place], near[i, place] = high[i, place - 1], near[i, place - 1]
        place -= 1
    high[i, place], near[i, place] = score, row


@njit(cache=True, nogil=True)
def _sort_exactly(  # noqa: PLR0917
    panels: Panels,
    numbers: np.ndarray,
    codes: np.ndarray,
    row: int,
    found: np.ndarray,
    near: np.ndarray,
) -> None:
    """Write the nearest of those found, in the order of their distances, (k,)."""
    exact = np.full(len(near), np.inf)
    for candidate in found:
        total = 0.0
        for c in range(numbers.shape[1]):
            own = numbers[row, c] - panels.middle[c]
            its = numbers[candidate, c] - panels.middle[c]
            own, its = 0.0 if np.isnan(own) else own, 0.0 if np.isnan(its) else its
            total += ((own - its) * panels.unit[c]) ** 2
        for c in range(codes.shape[1]):
            total += codes[row, c] != codes[candidate, c]
        place = len(near) - 1
        if total < exact[place]:
            while place > 0 and exact[place - 1] > total:
                exact[place], near[place] = exact[place - 1], near[place - 1]
                place -= 1
            exact[place], near[place] = total, candidate
