"""Likelihood, handed in as arrays: the judge sees no model."""

import numpy as np
from scipy import stats

from ...report import Text
from ..case import Case
from ..metric import Measured, NotComputedError
from ..null import mean_interval


def held_out(case: Case) -> Measured:
    """Mean log-density of hold-out rows in nats; beside it the training rows'."""
    train, holdout = _given(case)
    if not np.isfinite(holdout).all():
        said = Text("{n} hold-out rows are impossible to it", "{n} 个留出行在模型下不可能出现")
        raise NotComputedError(said.format(n=int((~np.isfinite(holdout)).sum())))
    return Measured(float(holdout.mean()), *mean_interval(holdout), real=float(train.mean()))


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
