"""Far values of numbers: each column with a long tail by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...codecs.extremes import far, n_far, pareto_of
from ...report import Text
from ..case import MOST_BLOCKS, Case
from ..inputs.columns import Columns
from ..metric import Measured, NotComputedError
from ..needs import columns_of
from .compared import Compared, compared, of_blocks, of_the_worst

LONG = 5.0  # distance of the 99th percentile from the median, over that of the quartile
INFLATED = 0.2  # share of zeros from which the other values have a tail of their own
MOST_TAILS = 20
N_DEALS = 50
_FEWEST = 40  # values of a tail's column
_FEWEST_DISTINCT = 15
_LEVELS = (0.99, 0.999)
NEARER = "at 99 %"  # of details, the 99th percentile of each column
_ENDED = -5.0, *[np.log(np.finfo(float).tiny)] * len(_LEVELS)  # figures of what has no tail
_MOST = Text("most in {name}, of {n} long tails", "{n} 个长尾中以 {name} 为最")


@dataclass(frozen=True)
class Tail:
    """An end of a column where values lie far out; ``sign`` is -1 at the lower one."""

    column: str
    sign: int
    without_zeros: bool

    @property
    def name(self) -> str:
        """The column, and which end where it is not the upper one."""
        return self.column if self.sign > 0 else f"{self.column} (low)"

    def values(self, columns: Columns) -> np.ndarray:
        """Values, turned so that the tail is above; NaN where there is none, (n,)."""
        found = columns.get(self.column) * self.sign
        return np.where(found == 0, np.nan, found) if self.without_zeros else found


@dataclass(frozen=True)
class Tails:
    """Figures of tails, as :func:`figures` gives them, and ``gaps`` (k, n, 3) of real rows.

    ``errors`` (n, 3) are the least that gaps spread: real rows that lack far values by luck
    tell nothing of how far those of fresh rows scatter.
    """

    names: Sequence[str]
    real: np.ndarray
    drawn: np.ndarray
    gaps: np.ndarray
    errors: np.ndarray

    def worst(self, which: int) -> Measured:
        """Measure one figure where it is least like real rows'."""
        found = self.compared(which)
        if not found:
            raise NotComputedError(Text("no long tail has enough rows", "没有行数足够的长尾"))
        draws = {name: self.gaps[:, self.names.index(name), which] for name in found}
        return of_the_worst(found, draws, _MOST)

    def compared(self, which: int) -> dict[str, Compared]:
        """Set one figure of each tail beside real rows'."""
        gap, gaps = (self.drawn - self.real)[:, which], self.gaps[:, :, which]
        known = ~np.isnan(gap) & ~np.isnan(gaps).all(0)
        return {
            self.names[j]: compared(self.real[j, which], gap[j], gaps[:, j], self.errors[j, which])
            for j in np.flatnonzero(known).tolist()
        }


def tail_shape(case: Case) -> Measured:
    """Largest difference between the shapes of a column's tail."""
    return tails_of(case).worst(0)


def far_quantiles(case: Case) -> Measured:
    """Largest log-ratio of how far a column's 99.9th percentile lies from its median."""
    tails = tails_of(case)
    measured = tails.worst(2)
    return replace(measured, details={**measured.details, NEARER: tails.compared(1)})


def tails_of(case: Case) -> Tails:
    """Compare all long tails."""
    return case.once("tails", lambda: _tails(case))


def figures(values: np.ndarray) -> np.ndarray:
    """Shape, and logarithms of how far two percentiles lie from the median, (3,)."""
    values = values[~np.isnan(values)]
    if len(values) <= _FEWEST:
        return np.full(3, np.nan)
    found = far(values)
    middle, *levels = np.quantile(values, [0.5, *_LEVELS])
    reach = np.log(np.maximum(np.array(levels) - middle, np.finfo(float).tiny))
    return np.array([np.nan if found is None else pareto_of(found[1]).shape, *reach])


def long_tails(columns: Columns) -> list[Tail]:
    """Ends of columns that reach far beyond the quartiles, the longest first."""
    found = sorted(_reaches(columns), key=lambda each: -each[0])
    return [tail for reach, tail in found[:MOST_TAILS] if reach > LONG]


def _reaches(columns: Columns) -> Iterator[tuple[float, Tail]]:
    for name in columns.number_names:
        without_zeros = bool(np.mean(columns.get(name) == 0) > INFLATED)
        for sign in (1, -1):
            tail = Tail(name, sign, without_zeros)
            values = tail.values(columns)
            values = values[~np.isnan(values)]
            if len(values) > _FEWEST:
                yield _reach(values), tail


def _reach(values: np.ndarray) -> float:
    """Distance of the 99th percentile from the median, over that of the quartile.

    Nothing where values are so coarse that few far ones differ: they have no shape.
    """
    middle, quartile, end = np.quantile(values, [0.5, 0.75, 0.99])
    found = far(values)
    if quartile == middle or found is None or len(np.unique(found[1])) < _FEWEST_DISTINCT:
        return 0.0
    return float((end - middle) / (quartile - middle))


def _tails(case: Case) -> Tails:
    train, holdout, synthetic = (
        columns_of(case.reality.some(rows, case.limits.columns, "tails"))
        for rows in (case.train, case.holdout, case.synthetic)
    )
    tails = case.reality.once("long tails", lambda: long_tails(train))
    if not tails:
        raise NotComputedError(Text("no column has a long tail", "没有长尾的列"))
    real, fresh, drawn = (
        np.stack([tail.values(rows) for tail in tails]) for rows in (train, holdout, synthetic)
    )
    size = min(len(holdout), len(synthetic))
    n_blocks = min(len(synthetic) // size, MOST_BLOCKS)
    blocks = [_all(drawn[:, i * size :][:, :size]) for i in range(n_blocks)]
    gaps = case.reality.drawn(("tails", size), lambda: _gaps(case, real, fresh, size))
    gaps = of_blocks(gaps, len(train), size, n_blocks)
    of_real = _all(real)
    n_known = (~np.isnan(real)).mean(1) / (1 / len(train) + 1 / (n_blocks * size))
    errors = _errors(of_real, n_known)
    of_drawn = np.mean(blocks, 0)
    is_lost = np.isnan(of_drawn) & ~np.isnan(gaps).any(0)  # real rows never lack it
    of_drawn = np.where(is_lost, _ENDED, of_drawn)
    return Tails([tail.name for tail in tails], of_real, of_drawn, gaps, errors)


def _gaps(case: Case, real: np.ndarray, fresh: np.ndarray, size: int) -> np.ndarray:
    """Figures of fresh rows less those of the others, (k, n, 3)."""
    pool = np.concatenate([real, fresh], axis=1)
    deals = case.reality.deals(real.shape[1], fresh.shape[1], size, "tails", N_DEALS)
    return np.array([_all(pool[:, b]) - _all(pool[:, a]) for a, b in deals])


def _errors(real: np.ndarray, n_rows: np.ndarray) -> np.ndarray:
    """Large-sample errors of figures (n, 3) of so many rows (n,), (n, 3)."""
    slope = (real[:, 2] - real[:, 1]) / np.log((1 - _LEVELS[0]) / (1 - _LEVELS[1]))
    shape = (1 + np.maximum(real[:, 0], -0.5)) / np.sqrt(n_far(n_rows))
    reach = [slope / np.sqrt(n_rows * (1 - level)) for level in _LEVELS]
    return np.nan_to_num(np.stack([shape, *reach], 1))


def _all(tails: np.ndarray) -> np.ndarray:
    """Figures of every tail (n, rows), (n, 3)."""
    return np.array([figures(values) for values in tails])
