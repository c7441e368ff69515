"""Classes of rows of codes, within which columns are independent, by stepwise EM.

Latent class analysis (Lazarsfeld 1950). Sums of blocks are mixed with those so far (Cappe and
Moulines 2009, arXiv:0712.4273), so that some passes over the rows are enough.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from ...events import SILENT, Emitter

_BLOCK, _SLOWING = 2048, 0.6
_NEGLIGIBLE = np.float32(-14.0)  # log of odds that are not counted
_FEWEST_STEPS = 72  # a small table takes more passes


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
    prior_rows: float = 10.0,
    events: Emitter = SILENT,
) -> LatentClasses:
    """Fit classes to rows of codes (n, d), -1 where unobserved, of ``sizes`` codes a column.

    Each class has ``prior_rows`` of the whole table's law beside its own. A small table is passed
    over more often.
    """
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
    passes = max(passes, -(-_FEWEST_STEPS // blocks))
    step = 0
    for done in range(passes):
        events.progress(done, passes, unit="passes")
        order = rng.permutation(n)
        for block in np.array_split(order, blocks):
            step += 1
            rate = (1 + step) ** -_SLOWING
            model = _fitted(sizes_of, sums, law, prior_rows)
            found, sums_of_block = _expected(places[block], mass[block], model)
            scale = rate * total / max(float(mass[block].sum()), 1e-30)
            sizes_of = (1 - rate) * sizes_of + scale * found
            sums = (1 - rate) * sums + scale * sums_of_block
    events.progress(passes, passes, unit="passes")
    shares, tables = _fitted(sizes_of, sums, law, prior_rows)
    of_columns = np.add.reduceat(tables, starts[:-1])  # not 1 where cells lack
    return LatentClasses(shares, tables / np.repeat(of_columns, sizes, 0))


def _expected(
    places: np.ndarray, mass: np.ndarray, model: LatentClasses
) -> tuple[np.ndarray, np.ndarray]:
    """What the rows of a block weigh in each class, (k,), and their codes, (n_codes, k)."""
    logs = LatentClasses(*(np.log(part).astype(np.float32) for part in model))
    sums = LatentClasses(*(np.zeros_like(part) for part in logs))
    _add_block(places, mass, logs, sums)
    return sums.shares, sums.tables


def _law(places: np.ndarray, mass: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Share of each code in its column, none of them 0."""
    seen = places >= 0
    weights = np.broadcast_to(mass[:, None], places.shape)
    law = np.bincount(places[seen], weights[seen], starts[-1]) + 1e-3
    column = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    return law / np.bincount(column, law)[column]


def _fitted(
    sizes: np.ndarray, sums: np.ndarray, law: np.ndarray, prior_rows: float
) -> LatentClasses:
    shares = (sizes + 1e-3) / (sizes + 1e-3).sum()
    tables = (sums + prior_rows * law[:, None]) / np.maximum(sizes + prior_rows, 1e-30)
    return LatentClasses(shares, np.maximum(tables, 1e-9))


@njit(cache=True, fastmath=True, nogil=True)
def _add_block(
    places: np.ndarray, mass: np.ndarray, logs: LatentClasses, sums: LatentClasses
) -> None:
    """Add each row to the sums of its codes, parted by its probability of the classes."""
    n_classes = len(logs.shares)
    belief, share = np.empty(n_classes, np.float32), np.empty(n_classes, np.float32)
    some = np.empty(n_classes, np.int64)
    for r in range(len(places)):
        belief[:] = logs.shares
        for place in places[r]:
            if place >= 0:
                belief += logs.tables[place]
        m, total = _likely(belief, some, share)
        for i in range(m):
            share[i] *= mass[r] / total
            sums.shares[some[i]] += share[i]
        for place in places[r]:
            if place >= 0:
                row = sums.tables[place]
                for i in range(m):
                    row[some[i]] += share[i]


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _likely(belief: np.ndarray, some: np.ndarray, share: np.ndarray) -> tuple[int, np.float32]:
    """Find classes that are not a million times less likely than the likeliest, and their odds."""
    largest = belief.max()
    m = 0
    for k in range(len(belief)):
        some[m] = k
        m += belief[k] > largest + _NEGLIGIBLE
    total = np.float32(0.0)
    for i in range(m):
        share[i] = np.exp(belief[some[i]] - largest)
        total += share[i]
    return m, total
