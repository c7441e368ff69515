"""Learners of different kinds, which meet real and synthetic rows alike."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ...report import Text
from .classifier import boosted_trees

Make = Callable[[int, np.ndarray], Any]  # from a seed, and which features are categories

# each tree sees some of the rows and few of the columns at a split: trees differ, and cost less
_FOREST = {
    "n_estimators": 24,
    "max_samples": 0.4,
    "max_features": "sqrt",
    "min_samples_leaf": 3,
    "n_jobs": -1,
}


@dataclass(frozen=True)
class Learner:
    """A way to learn, for classes and for numbers; features are numbers with NaN and codes."""

    name: Text
    classifier: Make
    regressor: Make


def taught(model: Any, X: np.ndarray, y: np.ndarray) -> Any:
    """Fit a model that then predicts in one thread: several add up trees in any order."""
    # each tree of a forest would have its settings looked at again, which takes longer than to grow
    with warnings.catch_warnings(), config_context(skip_parameter_validation=True):
        warnings.simplefilter("ignore", UserWarning)  # a share of few rows is few rows
        model.fit(X, y)
    return model.set_params(n_jobs=1) if "n_jobs" in model.get_params(deep=False) else model


def _linear(model: Any, is_category: np.ndarray) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    codes = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    sides = [("numbers", numbers, ~is_category), ("codes", codes, is_category)]
    return make_pipeline(ColumnTransformer(sides), model)


def _boosted_regressor(seed: int, is_category: np.ndarray) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        max_iter=100, categorical_features=is_category, early_stopping=False, random_state=seed
    )


LINEAR = Learner(
    Text("linear", "线性"),
    lambda seed, is_category: _linear(LogisticRegression(C=0.1, tol=1e-3), is_category),
    lambda seed, is_category: _linear(Ridge(), is_category),
)
BOOSTED = Learner(Text("boosted trees", "提升树"), boosted_trees, _boosted_regressor)
FOREST = Learner(
    Text("forest", "随机森林"),
    lambda seed, is_category: RandomForestClassifier(random_state=seed, **_FOREST),
    lambda seed, is_category: RandomForestRegressor(random_state=seed, **_FOREST),
)
