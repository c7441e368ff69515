"""The space in which rows of tables and arrays are near or far."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from .columns import MISSING, Columns

MOST_BUCKETS = 64
OWN_BUCKETS = 48  # the most frequent categories keep a bucket of their own


class Cells(NamedTuple):
    """Rows as distances see them, column by column: what is summed over the columns.

    ``numbers`` (n, p) are scaled, 0 where ``absent`` (n, p); ``buckets`` (n, q) stand for
    categories.
    """

    numbers: np.ndarray
    absent: np.ndarray
    buckets: np.ndarray


@dataclass(frozen=True, eq=False)
class Space:
    """Turns columns into points whose Euclidean distance compares whole rows.

    A number becomes asinh((x - median) / scale), which keeps gaps and tames tails; the scale
    is that of a normal with the same interquartile range, or the standard deviation where
    most values are equal. A category becomes a unit vector, so that two different ones lie
    sqrt(2) apart; rare ones share a few directions. A missing number is the median, one unit
    aside. Nothing is whitened: what whitens the training rows makes all other rows odd.
    """

    centre: np.ndarray
    scale: np.ndarray
    may_miss: np.ndarray
    sizes: tuple[int, ...]

    @classmethod
    def fit(cls, columns: Columns) -> Self:
        """Learn centres and scales."""
        numbers, codes = columns.numbers, columns.codes
        fitted = [_centre_and_scale(column) for column in numbers.T]
        sizes = [min(int(column.max(initial=0)) + 3, MOST_BUCKETS) for column in codes.T]
        return cls(
            np.array([centre for centre, _ in fitted]),
            np.array([scale for _, scale in fitted]),
            np.isnan(numbers).any(0),
            tuple(sizes),
        )

    def encode(self, columns: Columns) -> np.ndarray:
        """Points (n, d)."""
        numbers, absent, buckets = self.cells(columns)
        parts = [numbers, absent[:, self.may_miss].astype(float)]
        for column, size in zip(buckets.T, self.sizes, strict=True):
            parts.append(np.eye(size)[column])
        return np.concatenate(parts, axis=1)

    def cells(self, columns: Columns) -> Cells:
        """Scaled numbers, what is missing, and buckets of categories."""
        absent = np.isnan(columns.numbers)
        numbers = np.arcsinh((columns.numbers - self.centre) / self.scale)
        numbers[absent] = 0.0
        buckets = np.empty(columns.codes.shape, np.int64)
        for place, size in enumerate(self.sizes):
            buckets[:, place] = _bucket(columns.codes[:, place], size)
        return Cells(numbers, absent & self.may_miss, buckets)


def _centre_and_scale(column: np.ndarray) -> tuple[float, float]:
    known = column[~np.isnan(column)]
    if not len(known):
        return 0.0, 1.0
    low, centre, high = np.quantile(known, [0.25, 0.5, 0.75])
    spread = (high - low) / 1.349 or known.std()
    return float(centre), float(spread) or 1.0


def _bucket(codes: np.ndarray, size: int) -> np.ndarray:
    """Missing values take the last bucket, categories beyond the buckets share some."""
    if size < MOST_BUCKETS:
        bucket = np.minimum(codes, size - 2)
    else:
        bucket = np.where(
            codes < OWN_BUCKETS, codes, OWN_BUCKETS + codes % (size - 1 - OWN_BUCKETS)
        )
    return np.where(codes == MISSING, size - 1, bucket)
