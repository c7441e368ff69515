"""Classes of rows of codes, within which columns are independent, by stepwise EM.

Latent class analysis (Lazarsfeld 1950). Sums of blocks are mixed with those so far (Cappe and
Moulines 2009, arXiv:0712.4273), so that some passes over the rows are enough.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

_BLOCK, _SLOWING = 2048, 0.6
_PRIOR_ROWS = 10.0  # of the whole table's law, that each class has beside its own


class LatentClasses(NamedTuple):
    """Shares of the classes, (k,), and probability of each code in each class, (n_codes, k)."""

    shares: np.ndarray
    tables: np.ndarray


def fit_classes(
    codes: np.ndarray,
    sizes: Sequence[int],
    n_classes: int,
    rng: np.random.Generator,
    *,
    weight: np.ndarray | None = None,
    passes: int = 6,
) -> LatentClasses:
    """Fit classes to rows of codes (n, d), -1 where unobserved, of ``sizes`` codes a column."""
    n, starts = len(codes), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    places = np.where(codes < 0, -1, codes + starts[:-1])
    mass = np.ones(n, np.float32) if weight is None else weight.astype(np.float32)
    law = _law(places, mass, starts)
    total = float(mass.sum())
    sums = np.repeat(law[:, None], n_classes, 1)
    first = rng.choice(n, n_classes, replace=n < n_classes)
    for k, row in enumerate(places[first]):
        sums[row[row >= 0], k] += 1.0
    sizes_of = np.full(n_classes, 2.0)
    blocks = max(1, n // _BLOCK)
    step = 0
    for _ in range(passes):
        order = rng.permutation(n)
        for block in np.array_split(order, blocks):
            found = np.zeros((len(law), n_classes), np.float32), np.zeros(n_classes, np.float32)
            fitted = _fitted(sizes_of, sums, law)
            logs = (np.log(part).astype(np.float32) for part in fitted)
            add_block(places[block], mass[block], *logs, *found)
            step += 1
            rate = (1 + step) ** -_SLOWING
            scale = rate * total / max(float(mass[block].sum()), 1e-30)
            sums = (1 - rate) * sums + scale * found[0]
            sizes_of = (1 - rate) * sizes_of + scale * found[1]
    return _fitted(sizes_of, sums, law)


def _law(places: np.ndarray, mass: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Share of each code in its column, none of them 0."""
    seen = places >= 0
    weights = np.broadcast_to(mass[:, None], places.shape)
    law = np.bincount(places[seen], weights[seen], starts[-1]) + 1e-3
    column = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return law / np.bincount(column, law)[column]


def _fitted(sizes: np.ndarray, sums: np.ndarray, law: np.ndarray) -> LatentClasses:
    shares = (sizes + 1e-3) / (sizes + 1e-3).sum()
    tables = (sums + _PRIOR_ROWS * law[:, None]) / (sizes + _PRIOR_ROWS)
    return LatentClasses(shares, np.maximum(tables, 1e-9))


@njit(cache=True, fastmath=True, nogil=True)
def add_block(
    places: np.ndarray,
    mass: np.ndarray,
    log_shares: np.ndarray,
    log_tables: np.ndarray,
    sums: np.ndarray,
    sizes: np.ndarray,
) -> None:
    """Add each row to its codes' sums (n_codes, k), parted by its probability of the classes."""
    k = len(log_shares)
    share = np.empty(k, np.float32)
    for r in range(len(places)):
        share[:] = log_shares
        for place in places[r]:
            if place >= 0:
                for c in range(k):
                    share[c] += log_tables[place, c]
        share -= share.max()
        total = np.float32(0.0)
        for c in range(k):
            share[c] = np.exp(share[c])
            total += share[c]
        scale = mass[r] / total
        for c in range(k):
            share[c] *= scale
            sizes[c] += share[c]
        for place in places[r]:
            if place >= 0:
                for c in range(k):
                    sums[place, c] += share[c]
