"""How well one classifier tells synthetic from hold-out rows within each class (C2ST).

A classifier for each class would learn from few rows, many times. One that is trained on all
classes together, label included, is tested within each: its scores of the folds' test rows
are ranked among rows of one class only.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from ..case import Case
from ..inputs.samples import Sample
from ..metric import FEWEST_ROWS, Measured
from ..null import area, auc_error
from .c2st import SHARED_FOLDS
from .classifier import scored_folds

MOST_ROWS = 1200  # of each side


def c2st_of_classes(case: Case, classes: Sequence[str]) -> dict[str, Measured]:
    """AUC between synthetic and hold-out rows of each class."""
    reality, most = case.reality, min(case.limits.classified, MOST_ROWS)
    size = min(len(case.holdout), len(case.synthetic), most)
    holdout = reality.some(case.holdout, size, "class c2st hold-out")
    synthetic = reality.some(case.synthetic, size, "class c2st synthetic")
    found = _areas(holdout, synthetic, classes, reality.seed)
    real = reality.once(("class c2st", size), lambda: _real(case, holdout, classes))
    return {name: _measured(*each, real.get(name, (0.5, 0, 0))[0]) for name, each in found.items()}


def _measured(auc: float, n: int, m: int, real: float) -> Measured:
    error, luck = auc_error(auc, n, m), SHARED_FOLDS * auc_error(0.5, n, m)
    low, high = max(auc - 1.96 * error, 0.0), min(auc + 1.96 * error, 1.0)
    return Measured(auc, low, high, real, float(stats.norm.sf((auc - 0.5) / luck)))


def _real(case: Case, holdout: Sample, classes: Sequence[str]) -> dict[str, tuple[float, int, int]]:
    train = case.reality.some(case.train, len(holdout), "class c2st train")
    return _areas(holdout, train, classes, case.reality.seed)


def _areas(
    real: Sample, other: Sample, classes: Sequence[str], seed: int
) -> dict[str, tuple[float, int, int]]:
    """AUC of each class that has rows enough, and its numbers of real and other rows."""
    labels = np.concatenate([_labels(real), _labels(other)])
    is_other, scores = np.arange(len(labels)) >= len(real), np.empty(len(labels))
    for rows, told in scored_folds(real, other, seed):
        scores[rows] = told
    found = {}
    for name in classes:
        own = labels == name
        m, n = int((own & is_other).sum()), int((own & ~is_other).sum())
        if min(n, m) >= FEWEST_ROWS:
            found[name] = (float(area(is_other[own], scores[own])), n, m)
    return found


def _labels(sample: Sample) -> np.ndarray:
    return sample.target.values.astype(str) if sample.target else np.empty(0, str)
