"""Densities as Bayes classifiers against quadratic discriminant analysis, on digits and wine.

    python benchmarks/classification.py [--seeds 0,1,2] [--data digits,wine] [--methods QDA,gaussian]

Nested cross-validation: for each of 5 outer folds every method chooses its settings by 3
inner folds of the training part, whether to standardise columns among them, so that no
figure was seen while choosing. Prints accuracy (mean and range over seeds) and the
difference to scikit-learn's QDA on the same folds.
"""

import argparse
import warnings

import numpy as np
import torch
from measuring import table
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits, load_wine
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from drawlike import KDE, Gaussian, GaussianMixture

SETS = {"digits": load_digits, "wine": load_wine}
METHODS: dict[str, tuple[BaseEstimator, list[dict]]] = {
    "QDA": (
        QuadraticDiscriminantAnalysis(),
        [{"reg_param": [0.0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7]}],
    ),
    "gaussian": (
        Gaussian(random_state=0),
        [
            {
                "covariance_type": ["full", "tied"],
                "shrinkage": [None, "ledoit-wolf", 0.01, 0.1, 0.3, 0.5, 0.7],
            }
        ],
    ),
    "gaussian-mixture": (
        GaussianMixture(random_state=0),
        [
            {"n_components": [1, 2, 4], "covariance_type": ["full"], "reg_covar": [0.1, 0.5, 2.0]},
            {"n_components": [1, 2, 4], "covariance_type": ["tied"], "reg_covar": [0.1]},
        ],
    ),
    "kde": (KDE(random_state=0), [{}]),
}


class Silent(BaseEstimator):
    """A density as a classifier that draws no bars."""

    def __init__(self, model: BaseEstimator) -> None:
        self.model = model

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Silent":
        how = {} if isinstance(self.model, QuadraticDiscriminantAnalysis) else {"listener": None}
        self.model.fit(X, y, **how)
        self.classes_ = self.model.classes_
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return self.model.predict(X)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--data", default="digits,wine")
    parser.add_argument("--methods", default=",".join(METHODS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    lines = []
    for data in options.data.split(","):
        X, y = SETS[data](return_X_y=True)
        found: dict[str, list[float]] = {name: [] for name in options.methods.split(",")}
        for seed in map(int, options.seeds.split(",")):
            for name, values in found.items():
                values.append(accuracy(name, X, y, seed))
        for name, values in found.items():
            shown = f"{np.mean(values):.4f} [{min(values):.4f}, {max(values):.4f}]"
            lines.append((data, name, shown, f"{np.mean(values) - np.mean(found['QDA']):+.4f}"))
    print(table(("data", "method", "accuracy", "less QDA's"), lines))


def accuracy(name: str, X: np.ndarray, y: np.ndarray, seed: int) -> float:
    model, settings = METHODS[name]
    scaled = {"standardscaler": [StandardScaler(), "passthrough"]}
    grids = [
        scaled | {f"silent__model__{key}": values for key, values in grid.items()}
        for grid in settings
    ]
    right = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
        pipeline = make_pipeline(StandardScaler(), Silent(model))
        inner = StratifiedKFold(3, shuffle=True, random_state=seed)
        search = GridSearchCV(pipeline, grids, scoring="accuracy", cv=inner)
        right.append(search.fit(X[train], y[train]).score(X[test], y[test]))
    return float(np.mean(right))


if __name__ == "__main__":
    main()
