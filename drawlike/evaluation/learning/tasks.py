"""What a learner is to do with the rows: predict a class or a number, and how well it does."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score

from ...report import Text
from ..inputs.samples import Sample
from ..metric import NotComputedError
from ..needs import target_of
from ..null import area
from .classifier import filled, matrix
from .learners import BOOSTED, FOREST, LINEAR, Learner, taught

FEW_CLASSES = 3  # beyond, boosting grows a tree a class, and the others do as well
MOST_CLASSES = 50

Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a learner sees of rows, (n, d), which of it are categories, and the label, (n,)."""

    X: np.ndarray
    y: np.ndarray
    is_category: np.ndarray
    names: tuple[str, ...] = ()

    def take(self, rows: np.ndarray) -> "Lesson":
        """Give some of the rows."""
        return replace(self, X=self.X[rows], y=self.y[rows])

    @classmethod
    def of(cls, rows: Sample) -> "Lesson":
        """Columns of tables and arrays but the label, points of images."""
        y = target_of(rows).values
        if rows.columns is None:
            X = rows.points()
            return cls(X, y, np.zeros(X.shape[1], bool))
        columns = rows.columns.without(rows.label)
        if not columns.names:
            raise NotComputedError(
                Text("there is no column besides the label", "除标签外没有其他列")
            )
        is_category = np.arange(len(columns.names)) >= len(columns.number_names)
        return cls(matrix(columns), y, is_category, columns.names)


@dataclass(frozen=True)
class Numbers:
    """Predicting a number; scored by R squared."""

    def learners(self, is_image: bool) -> tuple[Learner, ...]:
        """Give the learners that suit the rows: boosting is dear where features are many."""
        return (LINEAR, FOREST) if is_image else (LINEAR, BOOSTED, FOREST)

    def teach(self, learner: Learner, lesson: Lesson, seed: int) -> Predict:
        """Learn, and give what predicts a number of each row of features (n, d), (n,)."""
        known = ~np.isnan(lesson.y)
        if not known.any():
            return lambda X: np.zeros(len(X))
        model = learner.regressor(seed, lesson.is_category)
        model = taught(model, filled(lesson.X, known)[known], lesson.y[known])
        return lambda X: np.asarray(model.predict(X), float)

    def score(self, predicted: np.ndarray, truth: np.ndarray) -> float:
        """R squared; NaN where fewer than two numbers are known."""
        known = ~np.isnan(truth)
        return float(r2_score(truth[known], predicted[known])) if known.sum() > 1 else np.nan

    def remark(self, predicted: np.ndarray, truth: np.ndarray) -> Text:
        """Say it in another figure."""
        error = f"{np.sqrt(np.nanmean((predicted - truth) ** 2)):.4g}"
        return Text("RMSE {error}", "均方根误差 {error}").format(error=error)


@dataclass(frozen=True, eq=False)
class Classes:
    """Predicting a class; scored by the area under the ROC curve, mean over classes."""

    classes: np.ndarray

    def learners(self, is_image: bool) -> tuple[Learner, ...]:
        """Give the learners that suit the rows."""
        few = len(self.classes) <= FEW_CLASSES and not is_image
        return (LINEAR, BOOSTED, FOREST) if few else (LINEAR, FOREST)

    def teach(self, learner: Learner, lesson: Lesson, seed: int) -> Predict:
        """Learn, and give what predicts probabilities (n, k) of rows of features (n, d).

        A class that was never shown has probability 0.
        """
        y = lesson.y
        shown = np.isin(y, self.classes)
        if len(np.unique(y[shown])) < 2:
            return lambda X: np.zeros((len(X), len(self.classes)))
        model = learner.classifier(seed, lesson.is_category)
        with warnings.catch_warnings():
            # what 100 steps leave unlearned, they leave to real and synthetic rows alike
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = taught(model, filled(lesson.X, shown)[shown], y[shown])

        def predict(X: np.ndarray) -> np.ndarray:
            share = np.zeros((len(X), len(self.classes)))
            share[:, np.searchsorted(self.classes, model.classes_)] = model.predict_proba(X)
            return share

        return predict

    def score(self, predicted: np.ndarray, truth: np.ndarray) -> float:
        """Mean area under the curve of the classes that occur; NaN where only one does."""
        areas = area(truth[:, None] == self.classes, predicted)
        return float(np.nanmean(areas)) if not np.isnan(areas).all() else np.nan

    def remark(self, predicted: np.ndarray, truth: np.ndarray) -> Text:
        """Say it in another figure."""
        share = f"{(self.classes[predicted.argmax(1)] == truth).mean():.3f}"
        return Text("accuracy {share}", "准确率 {share}").format(share=share)


Task = Numbers | Classes


def task_of(rows: Sample) -> Task:
    """Give what the label asks for."""
    target = target_of(rows)
    if not target.is_class:
        return Numbers()
    classes = np.unique(target.values)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise NotComputedError(Text("there is one class, or very many", "类别只有一个或太多"))
    return Classes(classes)
