"""Nearest rows by some of the columns.

Squared distances are those of :class:`Space`, summed column by column and never taken from a
matrix product, so that rows with equal cells are at distance 0.
"""

from typing import NamedTuple, Self

import numpy as np
from numba import njit

from ...statistics.threads import blocks, in_threads
from ..inputs.space import Cells

PROBES_AT_ONCE = 250
AT_ONCE = 1024  # rows whose distances stay in the processor's cache


class Table(NamedTuple):
    """Columns of n rows, each in one piece: p numbers, then q categories.

    Two cells are (x - x')^2 apart, and ``step`` more where their kinds differ. The kind of a
    category is its bucket, that of a number whether it is missing.
    """

    numbers: np.ndarray  # (p + q, n), 0 where there is no number
    kinds: np.ndarray  # (p + q, n)
    step: np.ndarray  # (p + q,)

    @classmethod
    def of(cls, cells: Cells) -> Self:
        """Turn rows of cells into columns."""
        numbers, absent, buckets = (part.T for part in cells)
        return cls(
            np.concatenate([numbers, np.zeros(buckets.shape)]),
            np.concatenate([absent, buckets]).astype(float),
            np.repeat([1.0, 2.0], [len(numbers), len(buckets)]),
        )

    def parts(self) -> list[Self]:
        """Cut the rows into parts, each the work of one thread."""
        cut = blocks(self.numbers.shape[1], PROBES_AT_ONCE)
        return [
            type(self)(
                np.ascontiguousarray(self.numbers[:, part]),
                np.ascontiguousarray(self.kinds[:, part]),
                self.step,
            )
            for part in cut
        ]


def nearest_without(probes: Table, rows: Table, columns: np.ndarray) -> np.ndarray:
    """Index of each probe's nearest row by all other columns, (len(columns), n_probes).

    Of equally near rows it is the first.
    """
    found = in_threads(lambda part: _nearest_without(part, rows, columns), probes.parts())
    return np.concatenate(list(found), axis=1)


def same_nearest(probes: Table, rows: Table, first: np.ndarray) -> np.ndarray:
    """Whether some row is nearest to a probe both by the ``first`` columns and by the others.

    Rows that are equally near all count as nearest. ``first`` (p + q,) marks the columns.
    """
    found = in_threads(lambda part: _same_nearest(part, rows, first), probes.parts())
    return np.concatenate(list(found))


@njit(cache=True, nogil=True)
def _nearest_without(probes: Table, rows: Table, columns: np.ndarray) -> np.ndarray:
    found = np.zeros((len(columns), probes.numbers.shape[1]), np.int64)
    for probe in range(found.shape[1]):
        best = np.full(len(columns), np.inf)
        for start in range(0, rows.numbers.shape[1], AT_ONCE):
            apart = _apart(probes, probe, rows, slice(start, start + AT_ONCE))
            total = np.zeros(apart.shape[1])
            for part in apart:
                total += part
            for place in range(len(columns)):
                part = apart[columns[place]]
                least = _least(total, part)
                if least < best[place]:
                    at = np.argmax(total - part == least)
                    best[place], found[place, probe] = least, start + at
    return found


@njit(cache=True, nogil=True)
def _same_nearest(probes: Table, rows: Table, first: np.ndarray) -> np.ndarray:
    n_rows = rows.numbers.shape[1]
    linked = np.zeros(probes.numbers.shape[1], np.bool_)
    here, there = np.empty(n_rows), np.empty(n_rows)
    for probe in range(len(linked)):
        here[:] = 0.0
        there[:] = 0.0
        for start in range(0, n_rows, AT_ONCE):
            part = slice(start, start + AT_ONCE)
            apart = _apart(probes, probe, rows, part)
            for column in range(len(apart)):
                half = here[part] if first[column] else there[part]
                half += apart[column]
        nearest = here == here.min()
        linked[probe] = there[nearest].min() == there.min()
    return linked


@njit(cache=True, fastmath={"nnan", "nsz"})
def _least(total: np.ndarray, part: np.ndarray) -> float:
    """Smallest difference; without missing values it takes several at a time."""
    least = np.inf
    for i in range(len(total)):
        least = min(least, total[i] - part[i])
    return least


@njit(cache=True)
def _apart(probes: Table, probe: int, rows: Table, part: slice) -> np.ndarray:
    """Squared distance of a probe's cells to those of some rows, (p + q, m)."""
    apart = np.empty(rows.numbers[:, part].shape)
    for column in range(len(apart)):
        number, kind = probes.numbers[column, probe], probes.kinds[column, probe]
        numbers, kinds, step = (
            rows.numbers[column, part],
            rows.kinds[column, part],
            rows.step[column],
        )
        for i in range(len(numbers)):
            gap = number - numbers[i]
            apart[column, i] = gap * gap + (step if kinds[i] != kind else 0.0)
    return apart
