"""Predicates made from synthetic rows, and the real rows that they hold for.

Rows are floats (n, p), first numbers, then category codes; NaN is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numba import njit

from ..inputs.columns import MISSING, Columns
from ..inputs.samples import twelve_digits

AT_ONCE = 250
FEWEST_COLUMNS = 3
ENOUGH = 0.1  # share of drawn predicates that hold for one row
TRIES = 10  # for each predicate that is wanted
LESS, EQUAL, MORE, ABSENT = range(4)


@dataclass(frozen=True, eq=False)
class Matches:
    """How many rows each of k predicates holds for, (k,), and one of these rows, (k,)."""

    count: np.ndarray
    row: np.ndarray

    @classmethod
    def of_all(cls, parts: Sequence[Self]) -> Self:
        """Put predicates together."""
        counts, rows = zip(*((part.count, part.row) for part in parts), strict=True)
        return cls(np.concatenate(counts), np.concatenate(rows))


class Lone(NamedTuple):
    """What only one row has in a column: values, the lowest, the highest, a gap."""

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    missing: bool

    @classmethod
    def of(cls, column: np.ndarray, is_number: bool) -> Self:
        """Look at a column, (n,)."""
        absent = np.isnan(column)
        known, counts = np.unique(column[~absent], return_counts=True)
        alone = counts == 1
        ends = (slice(0, 1), slice(len(known) - 1, None))
        low, high = (known[end][alone[end] & is_number] for end in ends)
        return cls(known[alone], low, high, int(absent.sum()) == 1)

    def matches(self, column: np.ndarray) -> Matches:
        """Count the rows with each value, as low as the lowest, as high, missing."""
        order = np.argsort(column)  # missing values come last
        n_known = len(column) - int(np.isnan(column).sum())
        known = column[order[:n_known]]
        left, right = known.searchsorted(self.values), known.searchsorted(self.values, "right")
        below = known.searchsorted(self.low, "right")
        above = n_known - known.searchsorted(self.high)
        gap = np.full(int(self.missing), len(column) - n_known)
        count = np.concatenate([right - left, below, above, gap])
        places = (left, 0 * below, n_known - above, 0 * gap + n_known)
        return Matches(count, order[np.concatenate(places).clip(max=len(column) - 1)])


class Predicates(NamedTuple):
    """Conditions that hold together, c a predicate, (k, c): column, comparison, value."""

    columns: np.ndarray
    comparisons: np.ndarray
    values: np.ndarray

    @classmethod
    def of_rows(
        cls, rows: np.ndarray, centre: np.ndarray, n_columns: int, rng: np.random.Generator
    ) -> Self:
        """Take random columns of each row: its category, or a number at least as far out.

        ``centre`` (p,) are the medians of the numbers, NaN for categories.
        """
        columns = np.tile(np.arange(rows.shape[1]), (len(rows), 1))
        columns = np.sort(rng.permuted(columns, axis=1)[:, :n_columns])
        values, middle = np.take_along_axis(rows, columns, 1), centre[columns]
        comparisons = np.where(values > middle, MORE, LESS)
        comparisons[np.isnan(middle)] = EQUAL
        comparisons[np.isnan(values)] = ABSENT
        return cls(columns, comparisons, values)

    def take(self, kept: np.ndarray | slice) -> Self:
        """Give some of the predicates."""
        return type(self)(*(part[kept] for part in self))

    def matches(self, rows: np.ndarray, most: int | None = None) -> Matches:
        """Count the rows, (n, p), for which each predicate holds, or ``most`` of them."""
        return Matches(*_holds(*self, np.ascontiguousarray(rows.T), most or len(rows)))


@njit(cache=True)
def _holds(
    columns: np.ndarray, comparisons: np.ndarray, values: np.ndarray, rows: np.ndarray, most: int
) -> np.ndarray:
    """Counts of k predicates, and the last row that each holds for, (2, k).

    ``rows`` are columns, (p, n). A predicate that holds for many of them is soon done with.
    """
    found = np.zeros((2, len(columns)), np.int64)
    for k in range(len(columns)):
        for row in range(rows.shape[1]):
            place = 0
            while place < columns.shape[1] and _compare(
                rows[columns[k, place], row], comparisons[k, place], values[k, place]
            ):
                place += 1
            if place == columns.shape[1]:
                found[0, k] += 1
                found[1, k] = row
                if found[0, k] == most:
                    break
    return found


@njit(cache=True)
def _compare(x: float, comparison: int, value: float) -> bool:
    if comparison == LESS:
        return x <= value
    if comparison == MORE:
        return x >= value
    return x == value if comparison == EQUAL else np.isnan(x)


class _Draw:
    """Draws predicates that hold for one of the rows only."""

    def __init__(self, rows: np.ndarray, n_numbers: int, rng: np.random.Generator) -> None:
        self.rows, self.rng = rows, rng
        known = rows[:, :n_numbers]
        known = np.where(np.isnan(known).all(0), 0.0, known)
        self.centre = np.full(rows.shape[1], np.nan)
        self.centre[:n_numbers] = np.nanmedian(known, axis=0)

    def __call__(self, n_columns: int) -> tuple[Predicates, np.ndarray]:
        """Give what remains of some, and the rows that they were made from."""
        origin = self.rng.integers(len(self.rows), size=AT_ONCE)
        drawn = Predicates.of_rows(self.rows[origin], self.centre, n_columns, self.rng)
        alone = drawn.matches(self.rows, most=2).count == 1
        return drawn.take(alone), origin[alone]


def lone_predicates(
    rows: np.ndarray, n_numbers: int, wanted: int, rng: np.random.Generator
) -> Predicates:
    """Draw different predicates that hold for one row only, as many as are found in time.

    ``rows`` (n, p) begin with the numbers. Where three columns are too few to tell one row
    from all others more often than seldom, more of them are asked for.
    """
    draw, n_columns = _Draw(rows, n_numbers, rng), min(FEWEST_COLUMNS, rows.shape[1])
    while n_columns < rows.shape[1] and len(draw(n_columns)[1]) < ENOUGH * AT_ONCE:
        n_columns += 1
    parts, origins = [], []
    for _ in range(TRIES * wanted // AT_ONCE):
        part, origin = draw(n_columns)
        parts.append(part)
        origins.append(np.column_stack([origin, part.columns]))
        if sum(map(len, origins)) >= wanted:
            break
    _, first = np.unique(np.concatenate(origins), axis=0, return_index=True)
    stacked = Predicates(*map(np.concatenate, zip(*parts, strict=True)))
    return stacked.take(np.sort(first)[:wanted])


def values(columns: Columns) -> np.ndarray:
    """Numbers with twelve digits, then codes, (n, p): a table written and read keeps them."""
    codes = np.where(columns.codes == MISSING, np.nan, columns.codes)
    return np.concatenate([twelve_digits(columns.numbers), codes], axis=1)
