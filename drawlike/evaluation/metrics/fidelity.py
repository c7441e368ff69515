"""Fidelity: whether synthetic rows look like real ones, or something is invented."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from ...report import Text
from ..case import Case
from ..inputs.columns import MISSING, Columns, joined
from ..inputs.samples import Sample
from ..metric import NOTHING, Measured, NotComputedError
from ..needs import columns_of
from ..null import around, centre, share_interval, tail, tail_of_share
from .manifold import overlap_figure
from .trends import Coded, both_pair_scores, code, column_scores

MOST_WORK = 1e8  # rows times columns squared that one comparison of pairs may cost
MOST_DRAWN = 4e8  # the same over all resplits
FEWEST_DRAWS = 20
_MOST = Text("most in {name}", "以 {name} 为最")
_LEAST = Text("least {score}, in {name}", "最低 {score}，在 {name}")


def column_shapes(case: Case) -> Measured:
    """Mean likeness of single columns to the training rows'."""
    return _trend(case, _SHAPES)


def pair_trends(case: Case) -> Measured:
    """Mean likeness of pairs of columns to the training rows'."""
    if len(columns_of(case.train).names) < 2:
        raise NotComputedError(Text("there is only one column", "只有一列"))
    return _trend(case, _PAIRS)


def missing_rates(case: Case) -> Measured:
    """Largest difference between the shares of missing cells of a column."""
    train, synthetic, holdout = (
        _is_missing(columns_of(rows)) for rows in (case.train, case.synthetic, case.holdout)
    )
    if not (train.any() or synthetic.any() or holdout.any()):
        raise NotComputedError(Text("no cell is missing anywhere", "没有任何缺失值"))
    blocks = case.blocks(len(synthetic), "missing")
    gaps = np.mean([_rate_gap(train, synthetic[rows]) for rows in blocks], axis=0)
    pool, size = np.concatenate([train, holdout]), len(blocks[0])
    pool = pool[:, pool.any(0)]  # other columns never differ
    deals = case.reality.deals(len(train), len(holdout), size, "missing")
    draws = np.array([_rate_gap(pool[a], pool[b]).max(initial=0.0) for a, b in deals])
    low, high = around(float(gaps.max()), draws, len(blocks))
    return Measured(
        float(gaps.max()),
        max(low, 0.0),
        min(high, 1.0),
        real=centre(draws),
        chance=tail(float(gaps.max()), draws, worse=1, grain=1 / size),
        note=_MOST.format(name=columns_of(case.train).names[int(gaps.argmax())]),
    )


def unseen_categories(case: Case) -> Measured:
    """Share of synthetic rows with a category that no real row has."""
    train, holdout, synthetic = _codes(case)
    if not train.shape[1]:
        raise NotComputedError(Text("there are no categories", "没有类别列"))
    known = train.max(0)
    late = np.maximum(known, holdout.max(0))
    return _rows_with(synthetic > late, holdout > known, columns_of(case.train).code_names)


def out_of_range(case: Case) -> Measured:
    """Share of synthetic rows with a number beyond all training rows."""
    train = columns_of(case.train)
    if not train.number_names:
        raise NotComputedError(Text("there are no numbers", "没有数值列"))
    # a number that is always missing has no range
    low = np.nanmin(train.numbers, 0, initial=np.inf)
    high = np.nanmax(train.numbers, 0, initial=-np.inf)
    synthetic, holdout = columns_of(case.synthetic).numbers, columns_of(case.holdout).numbers
    odd, control = ((rows < low) | (rows > high) for rows in (synthetic, holdout))
    return _rows_with(odd, control, train.number_names)


def precision(case: Case) -> Measured:
    """Share of synthetic rows within reach of the training rows."""
    return overlap_figure(case, "precision", worse=-1)


def density(case: Case) -> Measured:
    """How deep synthetic rows lie among the training rows; 1 is as deep as real ones."""
    return overlap_figure(case, "density", worse=0)


def _rows_with(odd: np.ndarray, control: np.ndarray, names: tuple[str, ...]) -> Measured:
    """Compare the shares of rows in which any column is odd, (n, k) each."""
    hits, fresh = np.any(odd, axis=1), np.any(control, axis=1)
    low, high = share_interval(hits.sum(), len(hits))
    chance = tail_of_share(hits.sum(), len(hits), fresh.sum(), len(fresh))
    most = _MOST.format(name=names[int(odd.sum(0).argmax())]) if hits.any() else NOTHING
    return Measured(hits.mean(), low, high, fresh.mean(), chance, most)


@dataclass(frozen=True)
class _Trend:
    """A score by column or pair, and the names of what it scores.

    The score is as sdmetrics has it; beside it comes a version with less luck in it, for the
    test.
    """

    name: str
    scores: Callable[[Coded, Coded], tuple[np.ndarray, np.ndarray]]
    names: Callable[[tuple[str, ...]], list[str]]
    power: int

    def draws(self, case: Case, size: int) -> np.ndarray:
        """Mean scores of fresh rows, as sdmetrics has them and keen, (k, 2)."""
        drawn = case.reality.drawn((self.name, size), lambda: self._draws(case, size))
        return drawn.reshape(-1, 2)

    def _draws(self, case: Case, size: int) -> np.ndarray:
        train, holdout = _trend_rows(case, case.train), _trend_rows(case, case.holdout)
        pool = code(joined([columns_of(train), columns_of(holdout)]))
        work = len(pool.numbers) * pool.n_columns**self.power
        most = max(int(MOST_DRAWN // work), FEWEST_DRAWS)
        deals = case.reality.deals(len(train), len(holdout), size, self.name, most)
        cut = ((pool.take(a), pool.take(b)) for a, b in deals)
        return np.array([np.nanmean(self.scores(real, fresh), axis=1) for real, fresh in cut])


_SHAPES = _Trend(
    name="column shapes",
    scores=lambda real, other: (column_scores(real, other),) * 2,
    names=list,
    power=1,
)
_PAIRS = _Trend(
    name="pair trends",
    scores=both_pair_scores,
    names=lambda columns: [f"{a} x {b}" for a, b in combinations(columns, 2)],
    power=2,
)


def _trend(case: Case, trend: _Trend) -> Measured:
    train = _trend_rows(case, case.train)
    blocks = case.blocks(len(train), "columns")
    synthetic = [columns_of(case.synthetic).take(rows) for rows in blocks]
    coded, n, size = code(joined([columns_of(train), *synthetic])), len(train), len(blocks[0])
    reference = coded.take(np.arange(n))
    parts = [coded.take(np.arange(n + i * size, n + (i + 1) * size)) for i in range(len(blocks))]
    found = [trend.scores(reference, part) for part in parts]
    scores = np.mean([plain for plain, _ in found], axis=0)
    if np.isnan(scores).all():
        raise NotComputedError(Text("no column varies", "各列均无变化"))
    keen = np.mean([np.nanmean(keen) for _, keen in found])
    draws = trend.draws(case, size)
    value = float(np.nanmean(scores))
    low, high = around(value, draws[:, 0], len(blocks))
    worst = int(np.nanargmin(scores))
    names = trend.names(columns_of(case.train).names)
    return Measured(
        value,
        low,
        min(high, 1.0),
        real=centre(draws[:, 0]),
        chance=tail(float(keen), draws[:, 1], worse=-1),
        note=_LEAST.format(score=f"{scores[worst]:.3f}", name=names[worst]),
        details={"scores": dict(zip(names, scores.tolist(), strict=True))},
    )


def _trend_rows(case: Case, sample: Sample) -> Sample:
    width = len(columns_of(case.train).names)
    most = int(np.clip(MOST_WORK // width**2, 2000, case.limits.columns))
    return case.reality.some(sample, most, "columns")


def _codes(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    train, holdout, synthetic = (
        columns_of(rows).codes for rows in (case.train, case.holdout, case.synthetic)
    )
    return train, holdout, synthetic


def _is_missing(columns: Columns) -> np.ndarray:
    return np.concatenate([np.isnan(columns.numbers), columns.codes == MISSING], axis=1)


def _rate_gap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a.mean(0) - b.mean(0))
