"""Decisions from probabilities: a factor a class, chosen for a metric."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import SettingError

Metric = Callable[[np.ndarray], float]
_TINY = np.finfo(float).tiny


def _accuracy(table: np.ndarray) -> float:
    return float(np.trace(table) / table.sum())


def _balanced_accuracy(table: np.ndarray) -> float:
    of_class = table.sum(1)
    return float((np.diag(table)[of_class > 0] / of_class[of_class > 0]).mean())


def _f1(table: np.ndarray) -> float:
    """F1 of the second of two classes, or the mean over all classes of more."""
    each = 2 * np.diag(table) / np.maximum(table.sum(0) + table.sum(1), _TINY)
    return float(each[1] if len(each) == 2 else each.mean())


def _kappa(table: np.ndarray) -> float:
    chance = table.sum(0) @ table.sum(1) / table.sum() ** 2
    return float((_accuracy(table) - chance) / max(1 - chance, _TINY))


def _mcc(table: np.ndarray) -> float:
    """Matthews' correlation of k classes (Gorodkin 2004)."""
    total, true, said = table.sum(), table.sum(1), table.sum(0)
    spread = (total**2 - said @ said) * (total**2 - true @ true)
    return float((np.trace(table) * total - true @ said) / max(spread, _TINY) ** 0.5)


METRICS: dict[str, Metric] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "cohen_kappa": _kappa,
    "f1": _f1,
    "mcc": _mcc,
}
"""Of the weights of rows by true class and by class said, (k, k); higher is better."""
_TRIED = 200  # thresholds
_WIDTH = 0.3  # of log-odds, over which scores are averaged
_BELIEF = 0.5  # share of what probabilities say of rows, beside their labels
_SWEEPS = 3


def check_metric(metric: Any) -> None:
    """Refuse a metric that is neither known nor a callable."""
    if not callable(metric) and metric not in METRICS:
        raise SettingError(f"metric={metric!r}; use one of {', '.join(METRICS)}, or a callable.")


def decided(proba: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Class of each row: the one whose probability times its factor is largest, (n,)."""
    return (proba * factors).argmax(1)


def tuned_factors(proba: np.ndarray, codes: np.ndarray, metric: Any) -> np.ndarray:
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

    def __init__(self, proba: np.ndarray, codes: np.ndarray, metric: Any) -> None:
        self.proba, self.codes, self.metric = proba, codes, metric
        self.weight = _BELIEF * proba + (1 - _BELIEF) * np.eye(proba.shape[1])[codes]

    def __call__(self, factors: np.ndarray) -> float:
        said, k = decided(self.proba, factors), len(factors)
        if callable(self.metric):
            return float(self.metric(self.codes, said))
        table = np.stack([np.bincount(said, weight, k) for weight in self.weight.T])
        return METRICS[self.metric](table)


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
