"""Classes of rows of codes, within which columns are independent, by stepwise EM.

Latent class analysis (Lazarsfeld 1950). Sums of blocks are mixed with those so far (Cappe and
Moulines 2009, arXiv:0712.4273), so that some passes over the rows are enough.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ...events import SILENT, Emitter
from ..threads import blocks
from .neighbours import Neighbours

_BLOCK, _LARGEST_BLOCK = 2048, 8192  # rows of a step; where tables are large, more rows share it
_CODES_OF_A_ROW = 4
_SLOWING = 0.6
_NEGLIGIBLE = np.float32(-14.0)  # log of odds that are not counted
_FEWEST_STEPS = 72  # a small table takes more passes
_LEFT_OUT = 1000  # rows, a tenth at most, that choose what neighbours share
_MANY_ROWS = 20_000  # of which rare codes have enough for a class
_LANES = 2  # sums of a block, each the work of a thread
_TOGETHER = 64  # rows that read a column's table while it is near

Each = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]


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
    n_ordered: Sequence[int] = (),
    events: Emitter = SILENT,
    each: Each = map,
) -> LatentClasses:
    """Fit classes to rows of codes (n, d), -1 where unobserved, of ``sizes`` codes a column.

    Each class has ``prior_rows`` of the whole table's law beside its own. The first ``n_ordered``
    codes of a column stand in the order of their values: from the middle of the fit on they share
    with their neighbours, as far as some rows bear it out that were left out until then. A small
    table is passed over more often. ``each(work, items)`` does two works at once, if it likes.
    """
    n, starts = len(codes), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    mass = np.ones(n, np.float32) if weight is None else weight.astype(np.float32)
    law = _law(codes, mass, sizes)
    total = float(mass.sum())
    sums = np.repeat(law[:, None], n_classes, 1)
    first = rng.choice(n, n_classes, replace=n < n_classes, p=_odds_to_begin(codes, sizes))
    for k, row in enumerate(_places(codes[first], starts)):
        sums[row[row >= 0], k] += 1.0
    sizes_of = np.full(n_classes, 2.0)
    n_blocks = max(1, n // _rows_of_a_block(len(law)))
    passes = max(passes, -(-_FEWEST_STEPS // n_blocks))
    step, n_steps = 0, passes * n_blocks
    near = Neighbours(law, sizes, n_ordered)
    n_left_out = min(n // 10, _LEFT_OUT) if near.places and n_classes > 1 else 0
    left_out, seen = rng.choice(n, n_left_out, replace=False), mass.copy()
    seen[left_out] = 0.0
    for _ in range(passes):
        for block in np.array_split(rng.permutation(n), n_blocks):
            events.progress(step, n_steps)
            model = _fitted(sizes_of, sums, law, prior_rows, near)
            if step == n_steps // 2 and n_left_out:
                near.choose(_places(codes[left_out], starts), mass[left_out], *model)
                model, seen = _fitted(sizes_of, sums, law, prior_rows, near), mass
            step += 1
            rate = (1 + step) ** -_SLOWING
            places, weights = _places(codes[block], starts), seen[block]
            found, sums_of_block = _expected(places, weights, model, each)
            scale = rate * total / max(float(weights.sum()), 1e-30)
            sizes_of = (1 - rate) * sizes_of + scale * found
            sums *= 1 - rate
            sums_of_block *= scale
            sums += sums_of_block
    events.progress(n_steps, n_steps)
    shares, tables = _fitted(sizes_of, sums, law, prior_rows, near)
    of_columns = np.add.reduceat(tables, starts[:-1])  # not 1 where cells lack
    return LatentClasses(shares, tables / np.repeat(of_columns, sizes, 0))


def _rows_of_a_block(n_codes: int) -> int:
    return min(max(n_codes // _CODES_OF_A_ROW, _BLOCK), _LARGEST_BLOCK)


def _places(codes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Rows of the tables that hold the codes of some rows, -1 where unobserved."""
    return np.where(codes < 0, -1, codes + starts[:-1])


def _expected(
    places: np.ndarray, mass: np.ndarray, model: LatentClasses, each: Each
) -> LatentClasses:
    """What the rows of a block weigh in each class, (k,), and their codes, (n_codes, k)."""
    logs = LatentClasses(*(part.astype(np.float32) for part in model))
    for part in logs:
        np.log(part, out=part)  # in float32, a fifth of the time

    def summed(rows: slice) -> LatentClasses:
        sums = LatentClasses(*(np.zeros_like(part) for part in logs))
        _add_rows(places[rows], mass[rows], logs, sums)
        return sums

    first, *others = each(summed, blocks(len(places), -(-len(places) // _LANES)))
    for lane in others:
        for total, part in zip(first, lane, strict=True):
            total += part
    return LatentClasses(*first)


def _law(codes: np.ndarray, mass: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Share of each code in its column, none of them 0."""
    laws = []
    for column, size in zip(codes.T, sizes, strict=True):
        seen = column >= 0
        of_codes = np.bincount(column[seen], mass[seen], size) + 1e-3
        laws.append(of_codes / of_codes.sum())
    return np.concatenate(laws)


def _odds_to_begin(codes: np.ndarray, sizes: Sequence[int]) -> np.ndarray | None:
    """How likely a class begins at each row, (n,): a quarter of it by how rare its codes are.

    All codes of a column are as likely there. Else no class would begin at a rare code, and its rows
    were shared out among classes that know nothing of it. None of a table with few rows: alike.
    """
    if len(codes) < _MANY_ROWS:
        return None
    rare = np.zeros(len(codes))
    for column, size in zip(codes.T, sizes, strict=True):
        seen = column >= 0
        counts = np.bincount(column[seen], minlength=size)
        rare[seen] += 1 / (counts[column[seen]] * max(1, (counts > 0).sum()))
    odds: np.ndarray = 3 / len(codes) + rare / max(rare.sum(), np.finfo(float).tiny)
    return odds / odds.sum()


def _fitted(
    sizes: np.ndarray, sums: np.ndarray, law: np.ndarray, prior_rows: float, near: Neighbours
) -> LatentClasses:
    shares = (sizes + 1e-3) / (sizes + 1e-3).sum()
    tables = near.spread(sums + prior_rows * law[:, None])
    tables /= np.maximum(sizes + prior_rows, 1e-30)
    return LatentClasses(shares, np.maximum(tables, 1e-9, out=tables))


@njit(cache=True, fastmath=True, nogil=True)
def _add_rows(
    places: np.ndarray, mass: np.ndarray, logs: LatentClasses, sums: LatentClasses
) -> None:
    """Add each row to the sums of its codes, parted by its probability of the classes."""
    n, d = places.shape
    belief = np.empty((_TOGETHER, len(logs.shares)), np.float32)
    some, n_some = np.empty(belief.shape, np.int32), np.empty(_TOGETHER, np.int64)
    for first in range(0, n, _TOGETHER):
        last = min(n, first + _TOGETHER)
        _judge(places, first, last, logs, belief)
        for i in range(last - first):
            n_some[i] = _likely(belief[i], some[i], mass[first + i])
            for j in range(n_some[i]):
                sums.shares[some[i, j]] += belief[i, j]
        for v in range(d):
            for i in range(last - first):
                if places[first + i, v] >= 0:
                    row = sums.tables[places[first + i, v]]
                    for j in range(n_some[i]):
                        row[some[i, j]] += belief[i, j]


@njit(inline="always")
def _judge(
    places: np.ndarray, first: int, last: int, logs: LatentClasses, belief: np.ndarray
) -> None:
    """Write log-odds of the classes of some rows."""
    for i in range(last - first):
        for k in range(belief.shape[1]):
            belief[i, k] = logs.shares[k]
    for v in range(places.shape[1]):
        for i in range(last - first):
            if places[first + i, v] >= 0:
                row = logs.tables[places[first + i, v]]
                for k in range(belief.shape[1]):
                    belief[i, k] += row[k]


@njit(inline="always")
def _likely(belief: np.ndarray, some: np.ndarray, mass: np.float32) -> int:
    """Find classes that are not a million times less likely than the likeliest.

    Their odds take the place of the log-odds, and sum to ``mass``; gives how many they are.
    """
    largest, m = belief[0], 0
    for k in range(len(belief)):
        largest = max(largest, belief[k])
    for k in range(len(belief)):
        some[m] = k
        m += belief[k] > largest + _NEGLIGIBLE
    total = np.float32(0.0)
    for j in range(m):
        belief[j] = np.exp(belief[some[j]] - largest)
        total += belief[j]
    for j in range(m):
        belief[j] *= mass / total
    return m
