"""Utility: whether a learner that saw only synthetic rows does its work on real ones."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ..report import Text
from .case import Case, Reality, Sample
from .classifier import boosted_trees, filled, matrix, one_thread
from .metric import Measured, NotComputedError
from .null import area
from .target import Target

FEW_CLASSES = 3  # beyond, boosting grows a tree a class, and a linear model does as well
MOST_CLASSES = 50
N_HALVES = 4
N_BOOTSTRAPS = 40
_TAUGHT = Text("{own}, taught by real rows {real}", "{own}；用真实行训练则 {real}")


def classification(case: Case) -> Measured:
    """ROC-AUC on the hold-out, mean over classes, after training on synthetic rows."""
    target = _target(case.train)
    if not target.is_class:
        raise NotComputedError(Text("the label is a number", "标签是数值"))
    classes = np.unique(target.values)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise NotComputedError(Text("there is one class, or very many", "类别只有一个或太多"))
    return _measure(case, _Classes(classes))


def regression(case: Case) -> Measured:
    """R squared on the hold-out after training on synthetic rows."""
    if _target(case.train).is_class:
        raise NotComputedError(Text("the label is a class", "标签是类别"))
    return _measure(case, _Numbers())


@dataclass(frozen=True)
class _Numbers:
    """Predicting a number with boosted trees."""

    def predict(self, taught: Sample, test: Sample, seed: int) -> np.ndarray:
        X, is_category, new = _features(taught, test)
        known = ~np.isnan(_target(taught).values)
        trees = HistGradientBoostingRegressor(
            max_iter=100, categorical_features=is_category, early_stopping=False, random_state=seed
        )
        return trees.fit(filled(X, known)[known], _target(taught).values[known]).predict(new)

    def score(self, predicted: np.ndarray, truth: np.ndarray) -> float:
        known = ~np.isnan(truth)
        return float(r2_score(truth[known], predicted[known]))

    def remark(self, predicted: np.ndarray, truth: np.ndarray) -> str:
        return f"RMSE {np.sqrt(np.nanmean((predicted - truth) ** 2)):.4g}"


@dataclass(frozen=True, eq=False)
class _Classes:
    """Predicting a class: boosted trees for few classes, logistic regression for many."""

    classes: np.ndarray

    def predict(self, taught: Sample, test: Sample, seed: int) -> np.ndarray:
        """Probability of each class, (n, k); 0 for one that was never shown."""
        y = _target(taught).values
        X, is_category, new = _features(taught, test)
        shown = np.isin(y, self.classes)
        few = len(self.classes) <= FEW_CLASSES and taught.columns is not None
        learner = boosted_trees(seed, is_category) if few else _linear(is_category)
        share = np.zeros((len(new), len(self.classes)))
        if len(np.unique(y[shown])) > 1:
            with warnings.catch_warnings():
                # what 100 steps leave unlearned, they leave to real and synthetic rows alike
                warnings.simplefilter("ignore", ConvergenceWarning)
                learner.fit(filled(X, shown)[shown], y[shown])
            share[:, np.searchsorted(self.classes, learner.classes_)] = learner.predict_proba(new)
        return share

    def score(self, predicted: np.ndarray, truth: np.ndarray) -> float:
        areas = area(truth[:, None] == self.classes, predicted)
        return float(np.nanmean(areas)) if not np.isnan(areas).all() else np.nan

    def remark(self, predicted: np.ndarray, truth: np.ndarray) -> str:
        return f"accuracy {(self.classes[predicted.argmax(1)] == truth).mean():.3f}"


_Task = _Numbers | _Classes


def _measure(case: Case, task: _Task) -> Measured:
    test = case.reality.some(case.holdout, case.limits.classified, "utility test")
    size = min(len(case.train), len(case.synthetic), case.limits.taught)
    taught = case.reality.some(case.synthetic, size, "utility synthetic")
    with one_thread():
        real, noise = case.reality.once(
            ("utility", size), lambda: _taught_by_real(case.reality, task, test, size)
        )
        truth, guess = _target(test).values, task.predict(taught, test, case.reality.seed)
    value, best = task.score(guess, truth), task.score(real, truth)
    if np.isnan(value):
        raise NotComputedError(Text("the hold-out is all of one class", "留出行均属同一类别"))
    rng = case.rng("utility")
    picks = [rng.integers(len(test), size=len(test)) for _ in range(N_BOOTSTRAPS)]
    scores = np.array(
        [(task.score(guess[i], truth[i]), task.score(real[i], truth[i])) for i in picks]
    )
    # besides the hold-out's luck there is that of the rows learned from, on both sides
    error = np.hypot(np.nanstd(scores[:, 0]), noise)
    gap_error = np.hypot(np.nanstd(scores[:, 1] - scores[:, 0]), noise * 2**0.5)
    chance = float(stats.norm.sf((best - value) / gap_error)) if gap_error > 0 else 1.0
    note = _TAUGHT.format(own=task.remark(guess, truth), real=task.remark(real, truth))
    low, high = value - 1.96 * error, min(value + 1.96 * error, 1.0)
    return Measured(value, low, high, best, chance, note)


def _taught_by_real(
    reality: Reality, task: _Task, test: Sample, size: int
) -> tuple[np.ndarray, float]:
    """Predictions after training on real rows, and how much other rows would change the score."""
    rows, truth = reality.some(reality.train, size, "utility train"), _target(test).values
    halves = []
    for k in range(N_HALVES):
        half = reality.rng(f"utility half {k}").permutation(len(rows))[: max(len(rows) // 2, 1)]
        halves.append(task.score(task.predict(rows.take(half), test, reality.seed), truth))
    # a half's score varies about sqrt(2) times as much as that of all rows
    known = [score for score in halves if not np.isnan(score)]
    noise = float(np.std(known, ddof=1)) / 2**0.5 if len(known) > 1 else 0.0
    return task.predict(rows, test, reality.seed), noise


def _target(sample: Sample) -> Target:
    if sample.target is None:
        raise NotComputedError(
            Text("no label is named, or a set has none", "未指定标签，或某组数据没有标签")
        )
    return sample.target


def _features(taught: Sample, test: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of both, without the label, and which are categories."""
    if taught.columns is None or test.columns is None:
        X, new = taught.points(), test.points()
        return X, np.zeros(X.shape[1], bool), new
    columns = taught.columns.without(taught.label)
    if not columns.names:
        raise NotComputedError(Text("there is no column besides the label", "除标签外没有其他列"))
    is_category = np.arange(len(columns.names)) >= len(columns.number_names)
    return matrix(columns), is_category, matrix(test.columns.without(test.label))


def _linear(is_category: np.ndarray) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    codes = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    sides = [("numbers", numbers, ~is_category), ("codes", codes, is_category)]
    return make_pipeline(ColumnTransformer(sides), LogisticRegression(C=0.1, tol=1e-3))
