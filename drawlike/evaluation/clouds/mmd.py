"""Maximum mean discrepancy by kernels, unbiased over all pairs of rows.

.. math:: MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y)

with x != x' and y != y' (Gretton et al. 2012, jmlr.org/papers/v13/gretton12a.html). Products
are in float32, sums in float64; of the symmetric parts one half is computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .neighbours import squared_distances
from .pairs import Cloud, products

# on three scales, since the faults of a cloud may be wider or narrower than its spread
WIDTHS = (4.0, 1.0, 0.25)


class Kernel(Protocol):
    """A likeness of two rows, from their product and squared lengths around a centre."""

    def __call__(self, block: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Turn products (n, m) into likenesses, in place where that is quicker."""
        ...


@dataclass(frozen=True)
class Polynomial:
    """(gamma x.y + 1)^3, that of KID (Binkowski et al. 2018, arXiv:1801.01401)."""

    gamma: float

    def __call__(self, block: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Give the cubes."""
        block *= np.float32(self.gamma)
        block += np.float32(1)
        cubed = block * block
        cubed *= block
        return cubed


@dataclass(frozen=True)
class Gaussians:
    """Mean of exp(-|x - y|^2 / (2 w s)) over the widths w = 4, 1 and 1/4; ``scale`` is s."""

    scale: float

    def __call__(self, block: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Give the means; the narrower kernels are powers of the widest."""
        widest = 1 / (2 * WIDTHS[0] * self.scale)
        block *= np.float32(2 * widest)
        block -= (widest * left).astype(np.float32)[:, None]
        block -= (widest * right).astype(np.float32)
        np.minimum(block, 0, out=block)  # rounding
        np.exp(block, out=block)
        fourth = np.square(block)
        np.square(fourth, out=fourth)
        block += fourth
        np.square(fourth, out=fourth)
        np.square(fourth, out=fourth)
        block += fourth
        block *= np.float32(1 / len(WIDTHS))
        return block


def mmd2(a: Cloud, b: Cloud, kernel: Kernel) -> float:
    """Squared maximum mean discrepancy of two clouds around one centre; about 0 if alike."""
    return within(a, kernel) + within(b, kernel) - 2 * between(a, b, kernel)


def within(cloud: Cloud, kernel: Kernel) -> float:
    """Mean likeness of two different rows of a cloud."""
    total, n = 0.0, len(cloud)
    for left, right, block in products(cloud, cloud):
        values = kernel(block, cloud.squares[left], cloud.squares[right])
        if left == right:
            total += _sum(values) - float(np.trace(values, dtype=np.float64))
        else:
            total += 2 * _sum(values)
    return total / (n * (n - 1))


def between(a: Cloud, b: Cloud, kernel: Kernel) -> float:
    """Mean likeness of a row of one cloud and one of the other."""
    total = sum(
        _sum(kernel(block, a.squares[left], b.squares[right]))
        for left, right, block in products(a, b)
    )
    return total / (len(a) * len(b))


def kid(a: np.ndarray, b: np.ndarray) -> float:
    """Kernel distance of features (n, d) and (m, d), with gamma = 1 / d as published.

    A mean over subsets, as others take it, estimates the same and is less exact.
    """
    left, right = Cloud.around(a, 0.0), Cloud.around(b, 0.0)
    return mmd2(left, right, Polynomial(1 / a.shape[1]))


def likenesses(cloud: Cloud, kernel: Kernel) -> np.ndarray:
    """Kernel of all pairs of rows, (n, n) float32, 0 on the diagonal."""
    matrix = np.empty((len(cloud), len(cloud)), np.float32)
    for left, right, block in products(cloud, cloud):
        matrix[left, right] = kernel(block, cloud.squares[left], cloud.squares[right])
        matrix[right, left] = matrix[left, right].T
    np.fill_diagonal(matrix, 0)
    return matrix


def dealt_mmd2(matrix: np.ndarray, deals: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Squared discrepancies of pairs of disjoint sets of rows, given their likenesses."""
    sides = np.zeros((2, len(matrix), len(deals)), np.float32)
    for place, deal in enumerate(deals):
        for side, rows in zip(sides, deal, strict=True):
            side[rows, place] = 1
    (n, m), (a, b) = (len(rows) for rows in deals[0]), sides.astype(np.float64)
    like_a, like_b = ((matrix @ side).astype(np.float64) for side in sides)
    own = (a * like_a).sum(0) / (n * (n - 1)) + (b * like_b).sum(0) / (m * (m - 1))
    return own - 2 * (a * like_b).sum(0) / (n * m)


def median_square(points: np.ndarray, most: int = 1000) -> float:
    """Median squared distance of two of the first ``most`` rows; their mean, if that is 0."""
    some = points[:most].astype(np.float64)
    apart = squared_distances(some, some)[np.triu_indices(len(some), 1)]
    return float(np.median(apart) or apart.mean())


def _sum(values: np.ndarray) -> float:
    """Sum in float64 of rows that were summed pairwise in float32."""
    return float(values.sum(1).sum(dtype=np.float64))
