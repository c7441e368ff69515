"""Sparse columns: zeros in place of most numbers, and categories that few rows hold each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...codecs.rarity import FEWEST
from ...report import Text
from ..case import MOST_BLOCKS, Case
from ..metric import Measured, NotComputedError
from ..needs import columns_of
from .compared import compared, of_blocks, of_the_worst
from .tails import INFLATED, N_DEALS

MANY = 50  # categories from which rare ones weigh together
_MOST = Text("most in {name}, of {n} columns", "{n} 列中以 {name} 为最")
_RARE = Text(
    "most in {name}, of {n} columns; fewer than five rows hold each of these categories, which "
    "models leave out unless rare='keep' is declared",
    "{n} 列中以 {name} 为最；每个此类类别不足五行，除非声明 rare='keep'，模型不会生成",
)


@dataclass(frozen=True)
class _Figure:
    """Of a column's training cells and of others; ``base`` is what the training cells show."""

    of: Callable[[np.ndarray, np.ndarray], float]
    base: Callable[[np.ndarray], float] = lambda real: 0.0

    def gap(self, real: np.ndarray, other: np.ndarray) -> float:
        """How much more the others show."""
        return self.of(real, other) - self.base(real)


def zero_shares(case: Case) -> Measured:
    """Largest difference between the shares of zeros, of columns with many."""
    numbers = columns_of(case.train).numbers
    share = np.mean(numbers == 0, axis=0)
    names = np.array(columns_of(case.train).number_names, object)
    names = names[(share > INFLATED) & (share < 1)]
    if not len(names):
        raise NotComputedError(Text("no column has many zeros", "没有多零的列"))
    return _by_column(case, names.tolist(), _Figure(_zeros, lambda real: _zeros(real, real)), _MOST)


def rare_mass(case: Case) -> Measured:
    """Largest difference between the shares of rows in categories that few training rows hold."""
    measured = _by_column(case, _varied(case), _Figure(_rare_mass), _RARE)
    columns = columns_of(case.train)
    unseen = {name: unseen_mass(columns.get(name)) for name in measured.details["columns"]}
    return replace(measured, details={**measured.details, "unseen": unseen})


def distinct_values(case: Case) -> Measured:
    """Largest log-ratio between how many categories came and how many would."""
    return _by_column(case, _varied(case), _Figure(_distinct), _MOST)


def unseen_mass(codes: np.ndarray) -> float:
    """Share of fresh rows whose category no row here has: Good and Turing's estimate."""
    return float((np.bincount(codes[codes >= 0]) == 1).sum() / len(codes))


def _varied(case: Case) -> list[str]:
    columns = columns_of(case.train)
    names = [name for name in columns.code_names if columns.get(name).max() >= MANY]
    if not names:
        raise NotComputedError(
            Text(f"no column has over {MANY} categories", f"没有超过 {MANY} 个类别的列")
        )
    return names


def _by_column(case: Case, names: Sequence[str], figure: _Figure, note: Text) -> Measured:
    train, holdout, synthetic = (
        columns_of(case.reality.some(rows, case.limits.columns, "sparse"))
        for rows in (case.train, case.holdout, case.synthetic)
    )
    size = min(len(holdout), len(synthetic))
    n_blocks = min(len(synthetic) // size, MOST_BLOCKS)
    found, gaps = {}, {}
    for name in names:
        real, fresh, drawn = (rows.get(name) for rows in (train, holdout, synthetic))
        key = ("sparse", figure.of.__name__, name, size)
        draws = case.reality.drawn(key, partial(_gaps, case, (real, fresh), size, figure))
        gaps[name] = of_blocks(draws, len(train), size, n_blocks)
        blocks = [drawn[i * size :][:size] for i in range(n_blocks)]
        gap = float(np.mean([figure.gap(real, block) for block in blocks]))
        found[name] = compared(figure.base(real), gap, gaps[name], grain=1 / size)
    return of_the_worst(found, gaps, note)


def _gaps(
    case: Case, cells: tuple[np.ndarray, np.ndarray], size: int, figure: _Figure
) -> np.ndarray:
    """Figures of fresh rows above the base of the others, (k,)."""
    pool = np.concatenate(cells)
    deals = case.reality.deals(len(cells[0]), len(cells[1]), size, "sparse", N_DEALS)
    return np.array([figure.gap(pool[a], pool[b]) for a, b in deals])


def _zeros(real: np.ndarray, other: np.ndarray) -> float:
    return float(np.mean(other == 0))


def _rare_mass(real: np.ndarray, other: np.ndarray) -> float:
    """Share of rows in categories that fewer than five training rows hold, unseen ones too."""
    counts = np.bincount(real[real >= 0], minlength=other.max(initial=0) + 1)
    return float((counts[other[other >= 0]] < FEWEST).sum() / len(other))


def _distinct(real: np.ndarray, other: np.ndarray) -> float:
    """Log of how many categories came, over how many of the training rows' would.

    Each row of a category that no training row has counts as one more: which they are is unknown.
    """
    other = other[other >= 0]
    counts = np.bincount(real[real >= 0], minlength=other.max(initial=0) + 1)
    came = np.count_nonzero(counts[np.unique(other)]) + np.count_nonzero(counts[other] == 0)
    would = (1 - (1 - counts / len(real)) ** len(other)).sum()
    return float(np.log(max(came, 0.5) / would))
