"""Likelihood, handed in as arrays: the judge sees no model."""

import numpy as np
from scipy import stats

from ...report import Text
from ..case import Case
from ..metric import NOTHING, Measured, NotComputedError
from ..null import mean_interval

_FEWEST_SCORED = 0.95  # of the hold-out rows


def held_out(case: Case) -> Measured:
    """Mean log-density of hold-out rows in nats; beside it the training rows'.

    Rows without a density, such as those of a word that no draw may hold, are left out and told;
    where they are more than one in twenty, there is no figure.
    """
    of_train, of_holdout = _given(case)
    train, holdout = (rows[np.isfinite(rows)] for rows in (of_train, of_holdout))
    n, left_out = len(of_holdout), len(of_holdout) - len(holdout)
    told = {"n": left_out, "of": n}
    if not len(train) or len(holdout) < _FEWEST_SCORED * n:
        said = Text(
            "{n} of {of} hold-out rows are impossible to it",
            "{of} 个留出行中有 {n} 个在模型下不可能出现",
        )
        raise NotComputedError(said.format(**told))
    note = Text("without {n} of {of} rows that have no density", "不含 {of} 行中无密度的 {n} 行")
    return Measured(
        float(holdout.mean()),
        *mean_interval(holdout),
        real=float(train.mean()),
        note=note.format(**told) if left_out else NOTHING,
    )


def gap(case: Case) -> Measured:
    """Mean log-density of training rows above that of hold-out rows, in nats."""
    train, holdout = _given(case)
    finite = [rows[np.isfinite(rows)] for rows in (train, holdout)]
    if min(map(len, finite)) < 2:
        raise NotComputedError(Text("fewer than two rows have a density", "有密度的行不足两行"))
    test = stats.ttest_ind(*finite, equal_var=False, alternative="greater")
    value = float(finite[0].mean() - finite[1].mean())
    error = np.sqrt(sum(rows.var(ddof=1) / len(rows) for rows in finite))
    low, high = value - 1.96 * error, value + 1.96 * error
    return Measured(value, low, high, real=0.0, chance=float(np.nan_to_num(test.pvalue, nan=1.0)))


def _given(case: Case) -> tuple[np.ndarray, np.ndarray]:
    if case.log_prob is None:
        raise NotComputedError(Text("no log-densities were handed in", "未提供对数密度"))
    return case.log_prob["train"], case.log_prob["holdout"]
