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

Metric = Callable[..., float]


def _f1(true: np.ndarray, said: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
    """F1 of class 1 of two classes, or the mean over all classes of more."""
    average = "macro" if max(true.max(), said.max()) > 1 else "binary"
    weight = {"sample_weight": sample_weight, "average": average, "zero_division": 0}
    return float(f1_score(true, said, **weight))


METRICS: dict[str, Metric] = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "cohen_kappa": cohen_kappa_score,
    "f1": _f1,
    "mcc": matthews_corrcoef,
}
_TRIED = 200  # thresholds
_WIDTH = 0.3  # of log-odds, over which scores are averaged
_BELIEF = 0.5  # share of what probabilities say of rows, beside their labels
_SWEEPS = 3


def metric_of(name: Any) -> Metric:
    """The metric by its name, or a callable of true and said codes; higher is better."""
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
    Half of a row counts as its label, and half as its probabilities say: labels of rare classes
    are few, and their luck would choose. Scores are averaged over neighbouring thresholds.
    """
    score = _Score(proba, codes, metric)
    shares = np.bincount(codes, minlength=proba.shape[1]) / len(codes)
    best = max((np.ones(len(shares)), 1 / np.maximum(shares, 1 / len(codes))), key=score)
    for _ in range(1 if len(shares) == 2 else _SWEEPS):
        for c in range(1 if len(shares) == 2 else 0, len(shares)):
            best = _with_one_tuned(score, best, c)
    return best / best.sum()


class _Score:
    """How good decisions by some factors are; a metric of the user's own sees labels alone."""

    def __init__(self, proba: np.ndarray, codes: np.ndarray, metric: Metric) -> None:
        k = proba.shape[1]
        self.proba, self.codes, self.metric = proba, codes, metric
        self.is_weighed = metric in METRICS.values()
        self.true = np.repeat(np.arange(k), len(codes))
        self.weight = (_BELIEF * proba + (1 - _BELIEF) * np.eye(k)[codes]).T.ravel()

    def __call__(self, factors: np.ndarray) -> float:
        said = decided(self.proba, factors)
        if not self.is_weighed:
            return float(self.metric(self.codes, said))
        said = np.tile(said, self.proba.shape[1])
        return float(self.metric(self.true, said, sample_weight=self.weight))


def _with_one_tuned(score: _Score, factors: np.ndarray, c: int) -> np.ndarray:
    """Factors of which that of class ``c`` is best, the others given."""
    proba = score.proba
    with np.errstate(divide="ignore"):
        ratios = np.log(np.delete(proba * factors, c, 1).max(1)) - np.log(proba[:, c])
    ratios = ratios[np.isfinite(ratios)]
    if not len(ratios):
        return factors
    tried = np.linspace(ratios.min() - _WIDTH, ratios.max() + _WIDTH, _TRIED)
    scores = np.array([score(_with(factors, c, t)) for t in tried])
    return _with(factors, c, tried[_smooth(scores, tried[1] - tried[0]).argmax()])


def _smooth(scores: np.ndarray, step: float) -> np.ndarray:
    """Means of scores over a normal window: a peak of few rows is chance."""
    away = np.arange(-(len(scores) // 2), len(scores) // 2 + 1) * step
    window = np.exp(-0.5 * (away / _WIDTH) ** 2)
    padded = np.pad(scores, len(away) // 2, mode="edge")
    smoothed: np.ndarray = np.convolve(padded, window / window.sum(), mode="valid")
    return smoothed


def _with(factors: np.ndarray, c: int, log_factor: float) -> np.ndarray:
    out = factors.copy()
    out[c] = np.exp(log_factor)
    return out
