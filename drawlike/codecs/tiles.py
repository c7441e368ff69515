"""Bins that tile a column of numbers, and how rows are spread within them."""

from typing import NamedTuple

import numpy as np

from .extremes import Weighed, with_tails
from .quantiles import PiecewiseLinear, increasing, inner_knots, segment_starts

_MOST_BINS = 64  # of the values that do not repeat
_BIN_ROWS = 20
_PARTS, _PART_ROWS = 8, 5  # pieces of a bin, in each of which rows are spread evenly
_WORTH = 0.1  # share of rows in bins of several pieces, from which each is a code
_FEW_DISTINCT = 256
_REPEATED, _SHARE = 5, 0.002


class Tiles(NamedTuple):
    """Bins of a column, in order.

    ``curve`` maps a measure to its bin's number plus its place there. ``mass`` and ``means``
    (b,) are what the rows of a bin weigh and their mean measure. ``beyond`` is the share that a
    row more would have in the lowest and in the highest bin. ``groups`` (b,) are coarser bins, if
    they are coarser.
    """

    curve: PiecewiseLinear
    mass: np.ndarray
    means: np.ndarray
    beyond: tuple[float, float]
    groups: np.ndarray | None


def is_heavy(counts: np.ndarray, n_rows: int) -> np.ndarray:
    """Which distinct values stand alone: those that repeat, of many values only the frequent."""
    few = len(counts) <= _FEW_DISTINCT
    return counts >= (_REPEATED if few else max(_REPEATED, _SHARE * n_rows))


def tally(
    measures: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct values, how many rows hold each, and what they weigh."""
    if weight is None:
        distinct, counts = np.unique(measures, return_counts=True)
        return distinct, counts, counts.astype(np.float64)
    distinct, place, counts = np.unique(measures, return_inverse=True, return_counts=True)
    return distinct, counts, np.bincount(place, weight, len(distinct))


def tiled(
    distinct: np.ndarray, counts: np.ndarray, mass: np.ndarray, heavy: np.ndarray, cell: float
) -> Tiles:
    """Tile distinct values (m,), increasing; a ``heavy`` one fills its own cell.

    ``counts`` and ``mass`` are how many rows hold each, and what they weigh together; ``cell`` is
    the distance of neighbouring possible values, 0 when continuous.
    """
    rows = max(_BIN_ROWS, int(np.ceil(counts[~heavy].sum() / _MOST_BINS)))
    coarse = segment_starts(counts, heavy, rows)
    parts = segment_starts(counts, heavy, max(_PART_ROWS, rows // _PARTS))
    parts = np.union1d(parts, coarse)
    group = np.searchsorted(coarse, parts[:-1], side="right") - 1
    several = np.bincount(group)[group] > 1
    is_worth = np.add.reduceat(counts, parts[:-1])[several].sum() >= _WORTH * counts.sum()
    bins = parts if is_worth else coarse
    number = np.searchsorted(bins, parts[:-1], side="right") - 1  # bin of each part
    weight = np.maximum(mass, 1e-12 * max(mass.sum(), 1e-300))
    of_part = np.add.reduceat(weight, parts[:-1])
    of_bin = np.add.reduceat(weight, bins[:-1])
    share = of_part / of_bin[number]
    first = np.searchsorted(number, np.arange(len(of_bin)))
    within = np.cumsum(share) - np.repeat((np.cumsum(share) - share)[first], np.bincount(number))
    ends = number + np.minimum(within, 1.0)
    x, t = inner_knots(distinct, heavy, parts[1:-1], ends[:-1], cell)
    x = np.concatenate([[distinct[0] - cell / 2], x, [distinct[-1] + cell / 2]])
    t = np.concatenate([[0.0], t, [float(len(of_bin))]])
    curve = increasing(*with_tails(x, t, Weighed.of(distinct, counts, mass), heavy[[0, -1]], cell))
    means = np.add.reduceat(weight * distinct, bins[:-1]) / of_bin
    in_bin = np.add.reduceat(counts, bins[:-1])
    beyond = (1 / (1 + float(in_bin[0])), 1 / (1 + float(in_bin[-1])))
    groups = group if is_worth else None
    return Tiles(curve, np.add.reduceat(mass, bins[:-1]), means, beyond, groups)
