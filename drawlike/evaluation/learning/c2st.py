"""Whether a classifier tells synthetic from hold-out rows (C2ST), and by what."""

import numpy as np
from scipy import stats

from ...report import Text
from ..case import Case
from ..inputs.samples import Sample
from ..metric import Measured
from ..null import auc_error
from .classifier import tell_apart
from .giveaway import GivenAway, given_away

# folds share their training rows, so that the mean AUC of fresh rows spreads more
SHARED_FOLDS = 1.12
_UNLIKE = Text(
    "training and hold-out rows differ themselves: the hold-out is no random part",
    "训练行与留出行本身就有差异：留出数据并非随机抽取",
)


def c2st(case: Case) -> Measured:
    """AUC of a boosted-tree classifier, cross-validated, on as many rows of each kind.

    Classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545).
    """
    size = min(len(case.holdout), len(case.synthetic), case.limits.classified)
    holdout = case.reality.some(case.holdout, size, "c2st hold-out")
    synthetic = case.reality.some(case.synthetic, size, "c2st synthetic")
    auc = tell_apart(holdout, synthetic, case.reality.seed)
    real = case.reality.once(("c2st", size), lambda: _real_against_real(case, holdout, size))
    error, luck = auc_error(auc, size, size), SHARED_FOLDS * auc_error(0.5, size, size)
    told = GivenAway()
    if auc > 0.5 + 2 * luck:
        told = given_away(holdout, synthetic, case.reality.seed)
    expected, note = 0.5, told.words
    if real > 0.5 + 3 * luck:
        # then the hold-out is no fair sample, and synthetic rows need not be nearer to it
        expected, luck, note = real, luck * 2**0.5, _UNLIKE
    return Measured(
        auc,
        max(auc - 1.96 * error, 0.0),
        min(auc + 1.96 * error, 1.0),
        real=real,
        chance=float(stats.norm.sf((auc - expected) / luck)),
        note=note,
        details={"given_away": told},
    )


def _real_against_real(case: Case, holdout: Sample, size: int) -> float:
    train = case.reality.some(case.train, size, "c2st train")
    return tell_apart(holdout.take(np.arange(len(train))), train, case.reality.seed)
