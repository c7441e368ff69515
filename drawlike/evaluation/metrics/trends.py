"""Column shapes and pair trends, exactly as sdmetrics defines them.

KSComplement, TVComplement, CorrelationSimilarity and ContingencySimilarity of sdmetrics
(https://docs.sdv.dev/sdmetrics), computed on integer codes, so that a table of 26,000 rows
takes milliseconds. sdmetrics is an oracle of the tests.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numba import njit

from ..inputs.columns import Columns, joined

N_BINS = 10
MOST_CELLS = 1_000_000
_DECIMALS = 14  # sdmetrics rounds so before it compares numbers


# which bin each rank of a number falls into, and at the end, where rank -1 looks, a missing one
Bins = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Coded:
    """Columns as codes that several sets of rows share.

    ``ranks`` (n, p) point into ``values``, the sorted distinct values of each number, and are
    -1 where missing; ``codes`` (n, q) are categories, the missing one being 0.
    """

    numbers: np.ndarray
    ranks: np.ndarray
    values: tuple[np.ndarray, ...]
    codes: np.ndarray
    sizes: tuple[int, ...]

    def take(self, rows: np.ndarray) -> "Coded":
        """Give some of the rows."""
        parts = (np.take(part, rows, axis=0) for part in (self.numbers, self.ranks, self.codes))
        numbers, ranks, codes = parts
        return Coded(numbers, ranks, self.values, codes, self.sizes)

    @property
    def n_columns(self) -> int:
        """Numbers and categories."""
        return self.ranks.shape[1] + self.codes.shape[1]


def code(columns: Columns) -> Coded:
    """Code all rows that are to be compared, together."""
    values, ranks = [], np.full(columns.numbers.shape, -1, np.int32)
    for i, column in enumerate(columns.numbers.T):
        known = ~np.isnan(column)
        distinct, rank = np.unique(np.round(column[known], _DECIMALS), return_inverse=True)
        ranks[known, i] = rank
        values.append(distinct)
    codes = columns.codes + 1
    sizes = tuple(int(column.max(initial=0)) + 1 for column in codes.T)
    return Coded(columns.numbers, ranks, tuple(values), codes, sizes)


def code_pair(real: Columns, synthetic: Columns) -> tuple[Coded, Coded]:
    """Code two sets of rows together."""
    both, n = code(joined([real, synthetic])), len(real)
    return both.take(np.arange(n)), both.take(np.arange(n, n + len(synthetic)))


def column_scores(real: Coded, synthetic: Coded) -> np.ndarray:
    """Likeness of each column, numbers first, (p + q,); NaN where a side is all missing.

    A number's is 1 minus the Kolmogorov-Smirnov distance, a category's 1 minus the total
    variation distance; both leave missing values out.
    """
    numbers = [
        _ks_complement(real.ranks[:, i], synthetic.ranks[:, i], len(values))
        for i, values in enumerate(real.values)
    ]
    categories = [
        _tv_complement(real.codes[:, i], synthetic.codes[:, i], size)
        for i, size in enumerate(real.sizes)
    ]
    return np.array(numbers + categories)


def pair_scores(real: Coded, synthetic: Coded) -> np.ndarray:
    """Likeness of each pair of columns, in the order of ``itertools.combinations``.

    Two numbers: 1 - |difference of Pearson's correlations| / 2. Else 1 minus the total
    variation distance of the two-way tables; there a number falls into ten equal bins from
    its lowest to its highest value, of each side by itself, as in sdmetrics.
    """
    return both_pair_scores(real, synthetic)[0]


def both_pair_scores(real: Coded, synthetic: Coded) -> tuple[np.ndarray, np.ndarray]:
    """:func:`pair_scores`, and keener ones: an outlier moves all equal bins.

    The others cut the numbers of both sides at the :func:`deciles` of the real rows.
    """
    p = real.ranks.shape[1]
    plain = 1 - _table_distances(real, synthetic)
    plain[:p, :p] = 1 - np.abs(correlation(real) - correlation(synthetic)) / 2
    keen = plain.copy()
    keen[:p, p:] = 1 - _table_distances(real, synthetic, deciles(real), last=p)[:p, p:]
    pairs = np.triu_indices(real.n_columns, 1)
    return plain[pairs], keen[pairs]


def correlation(rows: Coded) -> np.ndarray:
    """Pearson's correlation of all numbers over complete pairs, (p, p); NaN for constants."""
    known = ~np.isnan(rows.numbers)
    highest = rows.ranks.max(0, initial=-1)
    lowest = np.where(rows.ranks < 0, highest, rows.ranks).min(0, initial=len(rows.ranks) + 1)
    varies = (lowest != highest) | (highest < 0)
    centred = np.where(known, rows.numbers, 0.0)
    count = known.sum(0)
    centred -= np.where(known, centred.sum(0) / np.maximum(count, 1), 0.0)
    mask = known.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = mask.T @ mask
        mean = centred.T @ mask / n
        square = (centred**2).T @ mask / n - mean**2
        r = (centred.T @ centred / n - mean * mean.T) / np.sqrt(square * square.T)
    r[:, ~varies] = r[~varies] = np.nan
    return r


def association(rows: Coded) -> np.ndarray:
    """Strength of all pairs, (p + q, p + q): correlation of numbers, else Cramer's V."""
    p, discrete = rows.ranks.shape[1], _discrete(rows)
    sizes = [N_BINS + 2] * p + list(rows.sizes)
    strength = np.eye(len(sizes))
    strength[:p, :p] = correlation(rows)
    for i, j in combinations(range(len(sizes)), 2):
        if j >= p:
            strength[i, j] = strength[j, i] = _cramer(discrete[i], discrete[j], sizes[i], sizes[j])
    return strength


def _ks_complement(real: np.ndarray, synthetic: np.ndarray, size: int) -> float:
    steps = [np.bincount(ranks[ranks >= 0], minlength=size) for ranks in (real, synthetic)]
    if not all(step.sum() for step in steps):
        return np.nan
    left, right = (step.cumsum() / step.sum() for step in steps)
    return float(1 - np.abs(left - right).max())


def _tv_complement(real: np.ndarray, synthetic: np.ndarray, size: int) -> float:
    counts = [np.bincount(codes, minlength=size)[1:] for codes in (real, synthetic)]
    if not all(count.sum() for count in counts):
        return np.nan
    left, right = (count / count.sum() for count in counts)
    return float(1 - np.abs(left - right).sum() / 2)


def deciles(rows: Coded) -> Bins:
    """Cut each number into tenths of its rows; a value is never cut, missing ones stay apart."""
    bins = []
    for values, ranks in zip(rows.values, rows.ranks.T, strict=True):
        counts = np.bincount(ranks[ranks >= 0], minlength=len(values))
        middle = (counts.cumsum() - counts / 2) / max(counts.sum(), 1)
        tenth = (middle * N_BINS).astype(int).clip(max=N_BINS - 1)
        bins.append(np.append(tenth, N_BINS))
    return tuple(bins)


def _discrete(rows: Coded, bins: Bins | None = None) -> np.ndarray:
    """Codes of all columns, (p + q, n) int32: numbers in bins, missing ones in the last."""
    bins = _equal_bins(rows) if bins is None else bins
    codes, p = np.empty((rows.n_columns, len(rows.codes)), np.int32), rows.ranks.shape[1]
    for i, bin_of in enumerate(bins):
        codes[i] = bin_of[rows.ranks[:, i]]
    codes[p:] = rows.codes.T
    return codes


def _equal_bins(rows: Coded) -> Bins:
    """Ten equal bins from the lowest to the highest value, as numpy's histograms have them."""
    highest = rows.ranks.max(0, initial=-1)
    lowest = np.where(rows.ranks < 0, highest, rows.ranks).min(0, initial=len(rows.ranks) + 1)
    ends = np.zeros((2, len(rows.values)))
    for i, values in enumerate(rows.values):
        if highest[i] >= 0:
            ends[:, i] = values[[lowest[i], highest[i]]]
    ends += np.where(ends[0] == ends[1], [[-0.5], [0.5]], 0.0)
    bins = []
    for values, edges in zip(rows.values, np.linspace(ends[0], ends[1], N_BINS + 1).T, strict=True):
        # how many edges lie at or below each of the sorted values
        at = np.bincount(np.searchsorted(values, edges), minlength=len(values))
        bins.append(np.append(at[: len(values)].cumsum(), len(edges)))
    return tuple(bins)


def _table_distances(
    real: Coded, synthetic: Coded, bins: Bins | None = None, last: int | None = None
) -> np.ndarray:
    """Total variation distances of two-way tables, (p + q, p + q).

    Those of pairs (i, j) with i < j, where j is a category and i is below ``last``.
    """
    left, right = _discrete(real, bins), _discrete(synthetic, bins)
    p, last = real.ranks.shape[1], real.n_columns if last is None else last
    sizes = np.array([N_BINS + 2] * p + list(real.sizes), np.int64)
    wanted = np.triu(np.ones((len(sizes), len(sizes)), bool), 1)
    wanted[:, :p] = wanted[last:] = False
    large = np.outer(sizes, sizes) > MOST_CELLS
    distances = _dense_distances(left, right, sizes, wanted & ~large)
    for i, j in np.argwhere(wanted & large):
        distances[i, j] = _sparse_distance(left[[i, j]], right[[i, j]], sizes[j])
    return distances


@njit(cache=True, nogil=True)
def _dense_distances(
    left: np.ndarray, right: np.ndarray, sizes: np.ndarray, wanted: np.ndarray
) -> np.ndarray:
    """Total variation distances of two-way tables of codes (k, n) and (k, m), laid out, (k, k).

    Of the pairs ``wanted`` (k, k); the others are NaN. numpy would pass over the rows many times.
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


def _sparse_distance(left: np.ndarray, right: np.ndarray, size: int) -> float:
    """Total variation distance of two-way tables too large to be laid out."""
    cells = np.concatenate([left, right], axis=1).astype(np.int64)
    _, both = np.unique(cells[0] * size + cells[1], return_inverse=True)
    n, m = left.shape[1], right.shape[1]
    share = np.bincount(both[:n], minlength=len(both)) / n
    share -= np.bincount(both[n:], minlength=len(both)) / m
    return float(np.abs(share).sum() / 2)


def _cramer(a: np.ndarray, b: np.ndarray, size_a: int, size_b: int) -> float:
    """Cramer's V of two coded columns; NaN when one is constant or the table is too large."""
    if size_a * size_b > MOST_CELLS:
        return np.nan
    table = np.bincount(a.astype(np.int64) * size_b + b, minlength=size_a * size_b)
    table = table.reshape(size_a, size_b)
    table = table[table.any(1)][:, table.any(0)]
    if min(table.shape) < 2:
        return np.nan
    expected = np.outer(table.sum(1), table.sum(0)) / table.sum()
    chi2 = ((table - expected) ** 2 / expected).sum()
    return float(np.sqrt(chi2 / table.sum() / (min(table.shape) - 1)))
