"""Balls around rows, and which rows of another cloud lie in them.

Float32 products decide all pairs but the borderline ones, whose distances are computed again
in float64 from the differences: the counts are those of float64, at a third of the time.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numba import njit

from .neighbours import squared_distances
from .pairs import ROWS_AT_ONCE, Cloud, products, squared_apart

SPARE = 8  # neighbours listed beyond the k-th, among which the true one is


@dataclass(frozen=True, eq=False)
class Balls:
    """A cloud whose rows have balls that reach to their ``k``-th other row.

    ``radii`` are squared, (n,) float64. With fewer than ``k`` other rows a ball reaches to
    the farthest of them; alone, a row has radius 0.
    """

    cloud: Cloud
    radii: np.ndarray
    centre: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, k: int, centre: np.ndarray | None = None) -> Self:
        """Measure the balls of points (n, d)."""
        centre = points.mean(0, dtype=np.float64) if centre is None else centre
        cloud = Cloud.around(points, centre)
        return cls(cloud, squared_radii(cloud, k), centre)


@dataclass(frozen=True)
class Held:
    """Which rows of two clouds lie in each other's balls; a point on a rim is inside.

    around : (n_b,) number of balls of ``a`` that hold a row of ``b``
    holds : (n_a,) whether a row's ball holds a row of ``b``
    within : (n_a,) whether a row lies in a ball of ``b``
    """

    around: np.ndarray
    holds: np.ndarray
    within: np.ndarray


def squared_radii(cloud: Cloud, k: int) -> np.ndarray:
    """Squared distance of each row to its ``k``-th other row, (n,) float64."""
    n, points = len(cloud), cloud.points
    k = min(k, n - 1)
    if k < 1:
        return np.zeros(n)
    lower, near = _lists(cloud, min(k + SPARE, n - 1))
    radii = _kth(points, np.arange(n), near, k)
    if near.shape[1] < n - 1:
        unsure = np.flatnonzero(radii > lower[:, -1])  # a row not listed may be nearer
        if len(unsure):
            radii[unsure] = _radii_again(points, unsure, k)
    return radii


def held(a: Balls, b: Balls) -> Held:
    """Find which rows lie in whose balls; both around the same centre."""
    found = Held(np.zeros(len(b.radii), int), *np.zeros((2, len(a.radii)), bool))
    slack = a.cloud.slack
    for left, right, block in products(a.cloud, b.cloud):
        i, j = _decide(
            block,
            (a.cloud.squares[left], b.cloud.squares[right]),
            (a.radii[left], b.radii[right]),
            slack,
            (found.around[right], found.holds[left], found.within[left]),
        )
        _decide_again(a, b, i + left.start, j + right.start, found)
    return found


def held_of(
    squared: np.ndarray,
    near: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    radii: tuple[np.ndarray, np.ndarray],
) -> Held:
    """Find the same for two disjoint sets of rows of which all distances are known.

    ``near`` are positions of each row's nearest rows in ascending order, (n, listed); a ball
    that reaches beyond its list is searched among all rows.
    """
    left, right = (np.full(len(squared), -1) for _ in rows)
    for place, own in zip((left, right), rows, strict=True):
        place[own] = np.arange(len(own))
    counts = np.zeros((2, len(rows[0])), np.int64)
    around, nothing = np.zeros((2, len(rows[1])), np.int64)
    _count(squared, near, (rows[0], radii[0]), right, (counts[0], around))
    _count(squared, near, (rows[1], radii[1]), left, (nothing, counts[1]))
    return Held(around, counts[0] > 0, counts[1] > 0)


def _decide_again(a: Balls, b: Balls, i: np.ndarray, j: np.ndarray, found: Held) -> None:
    """Decide borderline pairs by their distances in float64."""
    squared = squared_apart(a.cloud.points, b.cloud.points, i, j)
    in_a = squared <= a.radii[i]
    np.add.at(found.around, j[in_a], 1)
    found.holds[i[in_a]] = True
    found.within[i[squared <= b.radii[j]]] = True


def _lists(cloud: Cloud, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows near to each row by the lowest that their squared distance can be.

    Gives these lowest values in ascending order and the rows' positions, each (n, length).
    """
    lower = np.full((len(cloud), length), np.inf)
    near = np.zeros((len(cloud), length), np.int64)
    farthest = np.full(len(cloud), np.inf)
    squares = (1 - cloud.slack) * cloud.squares
    for left, right, block in products(cloud, cloud):
        _offer(block, squares, left.start, right.start, (lower, near, farthest))
    return lower, near


def _radii_again(points: np.ndarray, rows: np.ndarray, k: int) -> np.ndarray:
    """Squared radii of some rows, among those nearest by float64 products with all rows."""
    everything, radii = points.astype(np.float64), np.empty(len(rows))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        squared = squared_distances(everything[part], everything)
        squared[np.arange(len(part)), part] = np.inf
        near = np.argpartition(squared, k + SPARE - 1, axis=1)[:, : k + SPARE]
        radii[start : start + ROWS_AT_ONCE] = _kth(points, part, near, k)
    return radii


def _kth(points: np.ndarray, rows: np.ndarray, near: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each of some rows to the ``k``-th of those near it, (m,)."""
    each = np.repeat(rows, near.shape[1])
    squared = squared_apart(points, points, each, near.ravel()).reshape(near.shape)
    return np.partition(squared, k - 1, axis=1)[:, k - 1]


@njit(cache=True)
def _offer(
    block: np.ndarray,
    squares: np.ndarray,
    first_row: int,
    first_column: int,
    lists: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Offer each pair of a block to the lists of both its rows."""
    lower, near, farthest = lists
    for i in range(block.shape[0]):
        row = first_row + i
        for j in range(block.shape[1]):
            column = first_column + j
            low = squares[row] + squares[column] - 2.0 * block[i, j]
            if low < farthest[row] and row != column:
                _insert(low, column, lower[row], near[row])
                farthest[row] = lower[row, -1]
            # a block on the diagonal has each pair twice
            if low < farthest[column] and first_row != first_column:
                _insert(low, row, lower[column], near[column])
                farthest[column] = lower[column, -1]


@njit(cache=True)
def _insert(value: float, position: int, values: np.ndarray, positions: np.ndarray) -> None:
    """Put a value into an ascending list, whose last one drops out."""
    place = len(values) - 1
    while place > 0 and values[place - 1] > value:
        values[place], positions[place] = values[place - 1], positions[place - 1]
        place -= 1
    values[place], positions[place] = value, position


@njit(cache=True)
def _count(
    squared: np.ndarray,
    near: np.ndarray,
    balls: tuple[np.ndarray, np.ndarray],
    places: np.ndarray,
    counts: tuple[np.ndarray, np.ndarray],
) -> None:
    """Count how many rows each ball holds, and how many balls hold each row.

    ``places`` are the positions of rows that may be held, or -1.
    """
    for ball, row in enumerate(balls[0]):
        radius = balls[1][ball]
        whole = squared[row, near[row, -1]] <= radius
        for step in range(len(squared) if whole else near.shape[1]):
            column = step if whole else near[row, step]
            if squared[row, column] > radius:
                if whole:
                    continue
                break
            if places[column] >= 0:
                counts[0][ball] += 1
                counts[1][places[column]] += 1


@njit(cache=True)
def _decide(
    block: np.ndarray,
    squares: tuple[np.ndarray, np.ndarray],
    radii: tuple[np.ndarray, np.ndarray],
    slack: float,
    found: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Count the pairs that are sure; give the positions of the others."""
    around, holds, within = found
    borderline = [(0, 0) for _ in range(0)]
    for i in range(block.shape[0]):
        for j in range(block.shape[1]):
            both = squares[0][i] + squares[1][j]
            squared, error = both - 2.0 * block[i, j], slack * both
            if squared - error > max(radii[0][i], radii[1][j]):
                continue
            if abs(squared - radii[0][i]) <= error or abs(squared - radii[1][j]) <= error:
                borderline.append((i, j))
                continue
            if squared < radii[0][i]:
                around[j] += 1
                holds[i] = True
            if squared < radii[1][j]:
                within[i] = True
    pairs = np.empty((2, len(borderline)), np.int64)
    for place, (i, j) in enumerate(borderline):
        pairs[0, place], pairs[1, place] = i, j
    return pairs[0], pairs[1]
