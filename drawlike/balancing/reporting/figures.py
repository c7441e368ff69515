"""What is measured of a classifier on rows that were left out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from ...report import Text
from ..thresholds import METRICS, check_metric

_LEAST = 1e-15  # of a probability, as in scikit-learn's log loss of float64


@dataclass(frozen=True)
class Outcome:
    """What a classifier said of n left-out rows: ``proba`` (n, k), ``said`` (n,), and the truth.

    Two classes are judged by the rarer one, ``rare``; more of them each against the rest.
    """

    proba: np.ndarray
    said: np.ndarray
    codes: np.ndarray
    rare: int

    @property
    def judged(self) -> list[int]:
        """The classes that are told from the rest."""
        k = self.proba.shape[1]
        return [self.rare] if k == 2 else np.unique(self.codes).tolist()

    @property
    def table(self) -> np.ndarray:
        """Rows by true class and by class said, (k, k)."""
        k = self.proba.shape[1]
        counts = np.bincount(self.codes * k + self.said, minlength=k * k)
        return counts.reshape(k, k).astype(float)


@dataclass(frozen=True)
class Figure:
    """A measure of an outcome, its name and its direction."""

    name: str
    title: Text
    better: Literal["higher", "lower"]
    measure: Callable[[Outcome], float]
    about: Text

    @property
    def sign(self) -> int:
        """What turns a difference into a gain."""
        return 1 if self.better == "higher" else -1


def _against_rest(score: Callable[..., Any]) -> Callable[[Outcome], float]:
    def measure(outcome: Outcome) -> float:
        each = [score(outcome.codes == c, outcome.proba[:, c]) for c in outcome.judged]
        return float(np.mean(each))

    return measure


def _brier(outcome: Outcome) -> float:
    truth = np.eye(outcome.proba.shape[1])[outcome.codes]
    return float(((outcome.proba - truth) ** 2).sum(1).mean() / 2)


def _log_loss(outcome: Outcome) -> float:
    own = outcome.proba[np.arange(len(outcome.codes)), outcome.codes]
    return float(-np.log(np.clip(own, _LEAST, None)).mean())


PR_AUC = Figure(
    "PR-AUC",
    Text("PR-AUC", "PR-AUC"),
    "higher",
    _against_rest(average_precision_score),
    Text(
        "average precision of the rare class; of several classes the mean of each against the rest",
        "稀有类的平均精确率；多类时为各类对其余类的平均",
    ),
)
FIGURES = (
    PR_AUC,
    Figure(
        "ROC-AUC",
        Text("ROC-AUC", "ROC-AUC"),
        "higher",
        _against_rest(roc_auc_score),
        Text(
            "chance that a row of the class is ranked above one of the rest",
            "该类的行排在其余行之前的概率",
        ),
    ),
    Figure(
        "Brier",
        Text("Brier", "Brier"),
        "lower",
        _brier,
        Text(
            "mean squared error of probabilities (half the sum over classes)",
            "概率的均方误差（各类之和的一半）",
        ),
    ),
    Figure(
        "log loss",
        Text("log loss", "对数损失"),
        "lower",
        _log_loss,
        Text("mean surprise at the true class, nats", "对真实类别的平均惊讶程度（nats）"),
    ),
)
_TITLES = {
    "accuracy": Text("accuracy", "准确率"),
    "balanced_accuracy": Text("balanced accuracy", "平衡准确率"),
    "cohen_kappa": Text("Cohen's kappa", "Cohen kappa"),
    "f1": Text("F1", "F1"),
    "mcc": Text("Matthews' correlation", "马修斯相关系数"),
}
_BY_THRESHOLD = Text("of decisions by the tuned threshold", "按调优后的阈值判定")


def figures_for(metric: Any) -> tuple[Figure, ...]:
    """The figures of a report: of ranking, decisions, probabilities.

    The second is ``metric``, for which thresholds are tuned; balanced accuracy is there anyhow.
    """
    check_metric(metric)
    decisions = [_decision(metric)]
    if metric != "balanced_accuracy":
        decisions.append(_decision("balanced_accuracy"))
    return (PR_AUC, *decisions, *FIGURES[1:])


def _decision(metric: Any) -> Figure:
    if callable(metric):
        name = getattr(metric, "__name__", "metric")
        return Figure(
            name,
            Text(name, name),
            "higher",
            lambda outcome: float(metric(outcome.codes, outcome.said)),
            _BY_THRESHOLD,
        )
    title = _TITLES[metric]
    return Figure(
        title.en, title, "higher", lambda outcome: METRICS[metric](outcome.table), _BY_THRESHOLD
    )
