"""Distances between rows of points, computed a block at a time.

Squared distances come from one matrix product, |a|^2 + |b|^2 - 2 a.b, which loses digits
between near-equal rows; what a decision hangs on is computed again from the differences.
"""

from collections.abc import Callable

import numpy as np
from sklearn.neighbors import NearestNeighbors

PROBES_AT_ONCE = 1000
ROUNDING = 1e-13  # relative error of a squared distance from a product in float64

Tell = Callable[[int, int], None]
Near = tuple[np.ndarray, np.ndarray]  # distances and positions of the nearest rows, (n, k) each


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances of all pairs of rows, (len(a), len(b)); equal rows give 0."""
    centre = b.mean(0) if len(b) else 0.0
    a, b = a - centre, b - centre
    norms = (a * a).sum(1)[:, None] + (b * b).sum(1)
    squared = norms - 2 * a @ b.T
    # a true distance below rounding cannot be told from none
    squared[squared < ROUNDING * a.shape[1] * norms] = 0.0
    return squared


def nearest(probes: np.ndarray, points: np.ndarray, k: int = 1, tell: Tell | None = None) -> Near:
    """Distances and indices of the ``k`` nearest points of every probe, each (n, k)."""
    centre = points.mean(0)
    search = NearestNeighbors(n_neighbors=min(k, len(points)), algorithm="brute")
    search.fit(points - centre)
    found = []
    for start in range(0, len(probes), PROBES_AT_ONCE):
        part = probes[start : start + PROBES_AT_ONCE] - centre
        found.append(search.kneighbors(part, return_distance=False))
        if tell is not None:
            tell(start + len(part), len(probes))
    index = np.concatenate(found)
    distance = np.stack([row_distances(probes, points[near]) for near in index.T], 1)
    order = distance.argsort(1, kind="stable")
    return np.take_along_axis(distance, order, 1), np.take_along_axis(index, order, 1)


def row_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distance of each row of ``a`` to the same row of ``b``, (n,)."""
    difference = a - b
    return np.sqrt(np.einsum("ij,ij->i", difference, difference))


class Radii:
    """Distances to the ``k``-th neighbour within any subset of the same rows.

    Sorted lists of ``near`` neighbours, (n, listed), are made once; a subset reads its radii
    from them.
    """

    LISTED = 80

    def __init__(self, squared: np.ndarray) -> None:
        self._squared = squared
        listed = min(self.LISTED, len(squared))
        near = np.argpartition(squared, listed - 1, axis=1)[:, :listed]
        order = np.take_along_axis(squared, near, 1).argsort(1)
        self.near = np.take_along_axis(near, order, 1)

    def within(self, rows: np.ndarray, k: int) -> np.ndarray:
        """Squared radius of each of ``rows`` to its ``k``-th other row among them, (m,)."""
        k = min(k, len(rows) - 1)
        inside = np.zeros(len(self._squared), bool)
        inside[rows] = True
        near = self.near[rows]
        count = inside[near].cumsum(1)
        # a row finds itself first, unless an equal one comes before: the distance is 0 anyway
        place = (count > k).argmax(1)
        radius = self._squared[rows, near[np.arange(len(rows)), place]]
        short = np.flatnonzero(count[:, -1] <= k)
        if len(short):
            part = self._squared[np.ix_(rows[short], rows)]
            radius[short] = np.partition(part, k, axis=1)[:, k]
        return radius

    def nearest(self, rows: np.ndarray, others: np.ndarray, k: int) -> Near:
        """Squared distances and positions of the ``k`` nearest ``others`` of ``rows``, (m, k).

        Only listed neighbours are looked at; where they hold fewer, the distance is infinite.
        """
        inside = np.zeros(len(self._squared), bool)
        inside[others] = True
        near = self.near[rows]
        hit = inside[near]
        first = np.argsort(~hit, axis=1, kind="stable")[:, :k]
        index = np.take_along_axis(near, first, 1)
        found = np.take_along_axis(hit, first, 1)
        return np.where(found, self._squared[rows[:, None], index], np.inf), index
