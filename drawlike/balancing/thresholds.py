"""Decisions from probabilities: a factor a class, chosen for a metric."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    f1_score,
    matthews_corrcoef,
)

from ..errors import SettingError

Metric = Callable[[np.ndarray, np.ndarray], float]

METRICS: dict[str, Metric] = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "cohen_kappa": cohen_kappa_score,
    "f1": lambda true, said: (
        f1_score(true, said, average="macro", zero_division=0)
        if max(true.max(), said.max()) > 1
        else f1_score(true, said, zero_division=0)
    ),
    "mcc": matthews_corrcoef,
}
_TRIED = 200  # thresholds, as many as rows at most
_SWEEPS = 3


def metric_of(name: Any) -> Metric:
    """The metric by its name, or the callable itself: (true codes, said codes) -> higher is better."""
    if callable(name):
        return name
    if name not in METRICS:
        raise SettingError(f"metric={name!r}; use one of {', '.join(METRICS)}, or a callable.")
    return METRICS[name]


def decided(proba: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Class of each row: the one whose probability times its factor is largest, (n,)."""
    return (proba * factors).argmax(1)


def tuned_factors(proba: np.ndarray, codes: np.ndarray, metric: Metric) -> np.ndarray:
    """Factors (k,) with which decisions on rows that were left out are best.

    It begins where each class is as likely as its share, which balanced accuracy wants, and
    where probabilities are taken as they are, and improves the better of both a class at a time.
    Among thresholds that are equally good the middle one is taken.
    """
    shares = np.bincount(codes, minlength=proba.shape[1]) / len(codes)
    starts = [np.ones(len(shares)), 1 / np.maximum(shares, 1 / len(codes))]
    best = max(starts, key=lambda f: metric(codes, decided(proba, f)))
    for _ in range(1 if len(shares) == 2 else _SWEEPS):
        for c in range(1 if len(shares) == 2 else 0, len(shares)):
            best = _with_one_tuned(proba, codes, metric, best, c)
    return best / best.sum()


def _with_one_tuned(
    proba: np.ndarray, codes: np.ndarray, metric: Metric, factors: np.ndarray, c: int
) -> np.ndarray:
    """Factors of which that of class ``c`` is best, the others given."""
    others = np.delete(proba * factors, c, 1).max(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.unique(np.log(others) - np.log(proba[:, c]))
    ratios = ratios[np.isfinite(ratios)]
    if not len(ratios):
        return factors
    edges = np.concatenate([[ratios[0] - 1], ratios, [ratios[-1] + 1]])
    tried = (edges[1:] + edges[:-1]) / 2
    if len(tried) > _TRIED:
        tried = np.quantile(tried, np.linspace(0, 1, _TRIED))
    scores = np.array([metric(codes, decided(proba, _with(factors, c, t))) for t in tried])
    best = np.flatnonzero(scores >= scores.max() - 1e-12)
    return _with(factors, c, tried[best[len(best) // 2]])


def _with(factors: np.ndarray, c: int, log_factor: float) -> np.ndarray:
    out = factors.copy()
    out[c] = np.exp(log_factor)
    return out
