"""A monotone piecewise-linear map between a column's values and normal scores."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import ndtr, ndtri

from .extremes import Weighed, with_tails

_FEWEST_ROWS = 40  # fewer rows than this say no more than a mean and a spread
_MOST_SEGMENTS = 256
_SEGMENT_ROWS = 20
_GAP = 1e-6  # normal scores between two heavy values: nearly nothing is drawn there


@dataclass(frozen=True)
class PiecewiseLinear:
    """Knots ``x`` and their images ``z``, both increasing; the outer pieces go on for ever.

    Without knots it is the identity.
    """

    x: np.ndarray
    z: np.ndarray

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Images of values, (n,)."""
        return _interpolate(x, self.x, self.z)

    def inverse(self, z: np.ndarray) -> np.ndarray:
        """Values of images, (n,)."""
        return _interpolate(z, self.z, self.x)

    def log_slope(self, x: np.ndarray) -> np.ndarray:
        """Log of the derivative dz/dx at values, (n,)."""
        if not len(self.x):
            return np.zeros(len(x))
        return (np.log(np.diff(self.z)) - np.log(np.diff(self.x)))[_piece(x, self.x)]

    def width(self, x: np.ndarray, cell: float) -> np.ndarray:
        """Image width of the cell around each value, (n,)."""
        if not len(self.x):
            return np.full(len(x), cell)
        low, high = x - cell / 2, x + cell / 2
        # a difference of two images would lose the width of a narrow cell
        inside = _piece(low, self.x) == _piece(high, self.x)
        narrow = np.exp(self.log_slope(x)) * cell
        return np.where(inside, narrow, self.forward(high) - self.forward(low))

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        return {"x": self.x, "z": self.z}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        return cls(**state)


def identity(
    distinct: np.ndarray, counts: np.ndarray, mass: np.ndarray, cell: float
) -> PiecewiseLinear:
    """Leave values as they are."""
    return PiecewiseLinear(np.empty(0), np.empty(0))


def to_normal(
    distinct: np.ndarray, counts: np.ndarray, mass: np.ndarray, cell: float
) -> PiecewiseLinear:
    """Map a column to standard normal scores.

    Parameters
    ----------
    distinct : ndarray, (m,)
        Values that occur, increasing.
    counts, mass : ndarray, (m,)
        How many rows hold each value, and what they weigh together.
    cell : float
        Distance between neighbouring possible values; 0 when continuous.

    Notes
    -----
    A segment holds about n/256 rows or more. A value that fills one by itself is *heavy*: its
    segment is its own cell, so that it comes back as often as it came. Knots of rounded columns
    lie between cells, so that rounding gives each value its share. (In a continuous column
    a value so frequent is an atom, and not here.)
    """
    n = counts.sum()
    if n < _FEWEST_ROWS or len(distinct) == 1:
        return _standardise(distinct, mass, cell)
    heavy = (counts >= max(_SEGMENT_ROWS, n / _MOST_SEGMENTS)) & (cell > 0)
    starts = segment_starts(counts, heavy, max(_SEGMENT_ROWS, n / _MOST_SEGMENTS))
    tail = 0.5 / n
    share = np.clip(np.cumsum(mass)[starts[1:-1] - 1] / mass.sum(), tail, 1 - tail)
    x, z = inner_knots(distinct, heavy, starts[1:-1], ndtri(share), cell)
    first = _outer_score(heavy[0], share[:1], tail)
    last = -_outer_score(heavy[-1], 1 - share[-1:], tail)
    x = np.concatenate([[distinct[0] - cell / 2], x, [distinct[-1] + cell / 2]])
    share = ndtr(np.concatenate([[first], z, [last]]))
    x, share = with_tails(x, share, Weighed.of(distinct, counts, mass), heavy[[0, -1]], cell)
    return increasing(x, ndtri(share))


def _standardise(distinct: np.ndarray, mass: np.ndarray, cell: float) -> PiecewiseLinear:
    unit = np.abs(distinct).max() or 1.0  # squares of extreme values would overflow
    mean = np.average(distinct / unit, weights=mass)
    spread = unit * np.sqrt(np.average((distinct / unit - mean) ** 2, weights=mass))
    ends = np.array([0.0, spread or cell or 1.0]) + unit * mean
    return PiecewiseLinear(ends, np.array([0.0, 1.0]))


def segment_starts(counts: np.ndarray, heavy: np.ndarray, rows: float) -> np.ndarray:
    """First positions of segments among the distinct values; their number is the last.

    A segment holds so many ``rows`` or more where no heavy value, alone in its own, is near.
    """
    seen = np.concatenate([[0.0], np.cumsum(counts)])
    walls = np.append(np.flatnonzero(heavy), len(counts))
    starts = [0]
    while starts[-1] < len(counts):
        start = starts[-1]
        wall = int(walls[np.searchsorted(walls, start)])
        stop = int(np.searchsorted(seen, seen[start] + rows))
        rest_is_enough = stop < wall and seen[wall] - seen[stop] >= rows
        starts.append(start + 1 if wall == start else stop if rest_is_enough else wall)
    return np.array(starts)


def inner_knots(
    distinct: np.ndarray, heavy: np.ndarray, starts: np.ndarray, scores: np.ndarray, cell: float
) -> tuple[np.ndarray, np.ndarray]:
    """Knots between segments: two, around the gap, where both neighbours are heavy."""
    below, above = distinct[starts - 1], distinct[starts]
    low_heavy, high_heavy = heavy[starts - 1], heavy[starts]
    middle = _between(below, above, cell)
    ends = np.where(low_heavy, below + cell / 2, np.where(high_heavy, above - cell / 2, middle))
    gap = low_heavy & high_heavy & (above - below > 1.5 * cell)
    x = np.stack([ends, np.where(gap, above - cell / 2, ends)], 1).ravel()
    return x, np.repeat(scores, 2)


def _between(below: np.ndarray, above: np.ndarray, cell: float) -> np.ndarray:
    """Middles, moved to the next border of a cell."""
    if not cell:
        return below + (above - below) / 2
    cells = np.rint((above - below) / cell)
    return below + (np.floor(cells / 2) + 0.5) * cell


def _outer_score(heavy: bool, share: np.ndarray, tail: float) -> float:
    """Score of the lowest border; ``share`` of the rows lie in the lowest segment."""
    if not (heavy and len(share)):
        return float(ndtri(tail))
    # centre the cell of a heavy end on the mean rank of its rows; draws beyond it are clipped
    return float(2 * ndtri(share[0] / 2) - ndtri(share[0]))


def increasing(x: np.ndarray, z: np.ndarray) -> PiecewiseLinear:
    """Give a map with these knots that increases where they do not."""
    kept = np.concatenate([[True], np.diff(np.maximum.accumulate(x)) > 0])
    x, z = x[kept], z[kept]
    least = np.arange(len(z)) * _GAP
    return PiecewiseLinear(x, np.maximum.accumulate(z - least) + least)


def _piece(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)


def _interpolate(x: np.ndarray, knots: np.ndarray, images: np.ndarray) -> np.ndarray:
    if not len(knots):
        return x
    piece = _piece(x, knots)
    return images[piece] + (x - knots[piece]) / np.diff(knots)[piece] * np.diff(images)[piece]
