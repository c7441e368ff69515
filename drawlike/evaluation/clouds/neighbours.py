"""Distances between rows of points, computed a block at a time.

Squared distances come from one matrix product, |a|^2 + |b|^2 - 2 a.b, which loses digits
between near-equal rows; what a decision hangs on is computed again from the differences.
"""

from collections.abc import Callable

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ...statistics.threads import blocks, in_threads
from .loops import nearest_within, radii_within, smallest

PROBES_AT_ONCE = 500
SCREENED = 5000  # from so many points on float32 looks first
CANDIDATES = 16
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


class Centred:
    """Rows (n, d) around their mean; tells how far each is from the mean of any of them."""

    def __init__(self, rows: np.ndarray) -> None:
        self._points = rows - rows.mean(0)
        self._squares = (self._points * self._points).sum(1)

    def squared_from(self, some: np.ndarray) -> np.ndarray:
        """Squared distance of each row to the mean of some rows, given by positions, (n,)."""
        n, d = self._points.shape
        centre = np.bincount(some, minlength=n) / len(some) @ self._points
        norms = self._squares + centre @ centre
        squared = norms - 2 * (self._points @ centre)
        squared[squared < ROUNDING * d * norms] = 0.0
        return squared


def nearest(probes: np.ndarray, points: np.ndarray, k: int = 1, tell: Tell | None = None) -> Near:
    """Distances and indices of the ``k`` nearest points of every probe, each (n, k)."""
    k = min(k, len(points))
    search = Search(points, k) if len(points) >= SCREENED else Search(points, k, candidates=0)
    distance, index = np.empty((len(probes), k)), np.empty((len(probes), k), np.int64)
    parts = blocks(len(probes), PROBES_AT_ONCE)
    found = in_threads(lambda part: search(probes[part]), parts)
    for part, (distance[part], index[part]) in zip(parts, found, strict=True):
        if tell is not None:
            tell(part.stop, len(probes))
    return distance, index


class Search:
    """Finds the ``k`` nearest of many points.

    Products in float32 choose ``candidates``, of which float64 takes the nearest. Where their
    rounding could have lost a nearer point, all are compared in float64.
    """

    def __init__(self, points: np.ndarray, k: int, candidates: int = CANDIDATES) -> None:
        self._points, self._k, self._candidates = points, k, candidates
        self._centre = points.mean(0)
        self._all = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points - self._centre)
        if candidates:
            self._rough = (points - self._centre).astype(np.float32)
            self._norms = (self._rough * self._rough).sum(1)

    def __call__(self, probes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give distances and indices, each (n, k)."""
        if not self._candidates:
            return self._ranked(probes, self._among_all(probes))
        rough = (probes - self._centre).astype(np.float32)
        index = np.zeros((len(probes), self._candidates), np.int64)
        scores = (-2 * rough) @ self._rough.T
        scores += self._norms
        worst = smallest(scores, index)
        distance, index = self._ranked(probes, index)
        own = np.einsum("ij,ij->i", rough, rough).astype(float)
        doubtful = distance[:, -1] ** 2 - own > worst - self._rounding(own)
        if doubtful.any():
            again = self._among_all(probes[doubtful])
            distance[doubtful], index[doubtful] = self._ranked(probes[doubtful], again)
        return distance, index

    def _rounding(self, own: np.ndarray) -> np.ndarray:
        """Bound the error of |b|^2 - 2 a.b in float32, (n,)."""
        largest = float(self._norms.max())
        steps = 2 * self._points.shape[1] + 16
        return steps * np.finfo(np.float32).eps * (np.sqrt(own * largest) + largest + own)

    def _among_all(self, probes: np.ndarray) -> np.ndarray:
        return self._all.kneighbors(probes - self._centre, return_distance=False)

    def _ranked(self, probes: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Order candidates (n, m) by exact distances and keep ``k``."""
        distance = np.stack([row_distances(probes, self._points[near]) for near in index.T], 1)
        return nearest_first(distance, index, self._k)


def nearest_first(distance: np.ndarray, index: np.ndarray, k: int) -> Near:
    """Order candidates (n, m) by distance and keep ``k``; of equally near ones the first."""
    order = distance.argsort(1, kind="stable")[:, :k]
    return np.take_along_axis(distance, order, 1), np.take_along_axis(index, order, 1)


def least(distances: np.ndarray, k: int) -> Near:
    """Give the ``k`` least of each row of distances (n, m), in order, and where they are."""
    k = min(k, distances.shape[1])
    index = np.argpartition(distances, k - 1, axis=1)[:, :k]
    return nearest_first(np.take_along_axis(distances, index, 1), index, k)


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
        self.near = np.zeros((len(squared), min(self.LISTED, len(squared))), np.int64)
        smallest(squared, self.near)

    def within(self, rows: np.ndarray, k: int) -> np.ndarray:
        """Squared radius of each of ``rows`` to its ``k``-th other row among them, (m,)."""
        k = min(k, len(rows) - 1)
        inside = np.zeros(len(self._squared), bool)
        inside[rows] = True
        radius = radii_within(self._squared, self.near, rows, inside, k)
        short = np.flatnonzero(radius < 0)
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
        distance, index = np.full((len(rows), k), np.inf), np.full((len(rows), k), others[0])
        nearest_within(self._squared, self.near, rows, inside, (distance, index))
        return distance, index
