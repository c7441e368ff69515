"""Does balancing help? Repeated cross-validation of ways to treat rare classes, and a verdict."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils.validation import _num_samples

from ...base import RandomState
from ...base.randomness import seed_of
from ...base.run import Hearing, listening
from ...errors import DataError, SettingError
from ..leaks import find_leaks
from ..targets import Target
from .figures import figures_for
from .methods import UNCORRECTED, as_samplers
from .result import BalanceReport
from .trials import Plan, Trials, uncorrected
from .twins import leaks_of_twins, twins

_FEWEST = 4  # rows of a class: of each training part two at least have to be left


def balance_report(
    X: Any,
    y: Any,
    estimator: Any,
    *,
    methods: Any = None,
    metric: Any = "balanced_accuracy",
    folds: int = 5,
    repeats: int = 3,
    inner_folds: int = 5,
    compare_uncorrected: bool = True,
    random_state: RandomState = None,
    listener: Hearing = "auto",
    data_name: str | None = None,
) -> BalanceReport:
    """Compare doing nothing but tuning the threshold with weights and samplers, on left-out rows.

    Every method learns by :class:`BalancedClassifier`: rows are resampled inside its fit,
    probabilities corrected, thresholds tuned on inner folds. Each is tested against nothing by the
    corrected resampled t-test (Nadeau and Bengio 2003), for all methods together (Holm). Rows that
    were resampled before the split are looked for, and said first.

    Parameters
    ----------
    X : array, list, sparse matrix or frame of n rows
    y : labels (n,)
    estimator : classifier
        With ``predict_proba``.
    methods : names, or mapping of names to samplers, optional
        Some of "weights", "over", "under", "smote", "borderline", "adasyn", "rebalancer"; by default
        all. A mapping has samplers of your own, or "weights". "nothing" is always there.
    metric : str or callable
        What thresholds are tuned for, as in :class:`BalancedClassifier`.
    folds, repeats : int
        Rows are parted so often into so many stratified folds, at most the rows of the smallest
        class.
    inner_folds : int
        ``cv`` of :class:`BalancedClassifier`.
    compare_uncorrected : bool
        Whether a row shows what is often done: over-sample, believe the probabilities, decide at .5.
    listener : callable, "auto" or None
        Hears how it gets on; "auto" draws a bar on a terminal.
    data_name : str, optional
        What the report calls the data.

    Raises
    ------
    DataError
        If a class has fewer than 4 rows, or the number of labels is not that of rows.
    SettingError
        If a method or metric is unknown, or the estimator has no ``predict_proba``.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from drawlike.balancing import balance_report
    >>> X, y = make_classification(300, weights=[0.9], random_state=0)
    >>> found = balance_report(X, y, LogisticRegression(), methods=["weights"], random_state=0)
    >>> found.table["method"].tolist()
    ['nothing', 'weights', 'uncorrected']
    """
    samplers = as_samplers(methods)
    if compare_uncorrected:
        samplers[UNCORRECTED] = uncorrected()
    target = _target(X, y)
    n_folds = min(_whole("folds", folds, 2), int(target.counts.min()))
    seed = seed_of(random_state)
    plan = Plan(
        n_folds, _whole("repeats", repeats, 1), _whole("inner_folds", inner_folds, 2), metric, seed
    )
    splits = plan.splits(target.codes)
    trials = Trials(target, plan, figures_for(metric), splits)
    with listening(listener, "balance report") as (events, _):
        leaks = find_leaks(X, target.classes[target.codes])
        shares = twins(X, target, splits, seed)
        leaks += leaks_of_twins(shares, target, leaks)
        for leak in leaks:
            events.warning(str(leak), name="leak")
        trials.run(X, estimator, samplers, events)
    return BalanceReport(trials, leaks, shares, data_name or "")


def _target(X: Any, y: Any) -> Target:
    target = Target.read(y)
    n = _num_samples(X)
    if n != len(target):
        raise DataError(f"X has {n} rows and y {len(target)} labels; give one label a row.")
    if target.counts.min() < _FEWEST:
        rare = int(np.argmin(target.counts))
        raise DataError(
            f"class {target.name(rare)!r} has {target.counts[rare]} rows; a report leaves rows out twice, "
            f"so give at least {_FEWEST} of each class, or leave this class out."
        )
    return target


def _whole(name: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise SettingError(f"{name}={value!r}; use a whole number from {least} on.")
    return int(value)
