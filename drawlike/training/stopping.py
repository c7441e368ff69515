"""Figures that a user may have a training end by: how far drawn rows are from rows held back."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..losses.energy import energy_distance
from ..losses.frechet import frechet_distance

Figure = Callable[[Tensor, Tensor], float]

_FOLDS, _CLASSIFIED = 2, 500  # rows of each sort


def energy(drawn: Tensor, held: Tensor) -> float:
    """Energy distance, in the unit of the encoded columns; 0 for two draws of one law."""
    return float(energy_distance(drawn, held))


def frechet(drawn: Tensor, held: Tensor) -> float:
    """Squared Frechet distance of the two normals with the rows' means and covariances.

    Dowson and Landau 1982. Few rows make it larger.
    """
    return frechet_distance(drawn.cpu().numpy(), held.cpu().numpy())


def c2st(drawn: Tensor, held: Tensor) -> float:
    """Area under the curve of small boosted trees that tell drawn rows from held ones.

    On rows that they were not taught, in two folds of at most 500 of each sort; .5 is chance.
    Its own error is about .4 / sqrt(n) of n held rows. Lopez-Paz and Oquab 2017,
    arXiv:1610.06545.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    n = min(len(held), len(drawn), _CLASSIFIED)
    X = torch.cat([held[:n], drawn[:n]]).cpu().numpy()
    y = np.arange(2 * n) >= n
    scores = np.empty(len(X))
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    for taught, asked in folds.split(X, y):
        trees = HistGradientBoostingClassifier(
            max_iter=30, max_leaf_nodes=15, min_samples_leaf=10, early_stopping=False
        )
        scores[asked] = trees.fit(X[taught], y[taught]).predict_proba(X[asked])[:, 1]
    return float(roc_auc_score(y, scores))


STOPS: dict[str, Figure] = {"energy": energy, "frechet": frechet, "c2st": c2st}


def check_stop(stop: Any) -> None:
    """Refuse targets that are unknown or cannot be reached."""
    if not isinstance(stop, Mapping | None):
        raise SettingError(f"stop={stop!r}; give figures and targets, as {{'c2st': 0.55}}.")
    for name, target in (stop or {}).items():
        if name not in STOPS:
            raise SettingError(f"stop {name!r} is unknown; use {', '.join(STOPS)}.")
        least = 0.5 if name == "c2st" else 0.0
        if not isinstance(target, int | float | np.number) or not target > least:
            raise SettingError(
                f"stop {name!r} at {target!r}; use a number above {least:g}, the figure of rows "
                "that nothing tells apart."
            )
