"""A classifier of rare classes whose probabilities stay true and whose threshold is tuned."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils import Tags, get_tags, indexable
from sklearn.utils.validation import check_is_fitted, validate_data

from ..base import RandomState
from ..base.randomness import seed_of
from ..errors import DataError, SettingError
from .odds import Calibration, calibration_that_helps, tells_better
from .targets import Target, one_label_a_row
from .thresholds import check_metric, decided, tuned_factors
from .votes import STRONGER, Recipe, Votes, heeds_weight, weight_parameter

_CALIBRATIONS = ("auto", "always", "never")


class BalancedClassifier(ClassifierMixin, BaseEstimator):
    """A classifier that resamples inside ``fit`` only, and pays for it.

    The rows are parted into ``cv`` folds. For each, the others are resampled and learned; what
    is said of the fold tunes the thresholds and tells whether probabilities need a calibration.
    They are corrected for the resampling in any case, so that they are as often right as they
    say. The classifiers of the folds vote together: they are fitted anyway, and their mean is
    steadier than one. By default that makes 20 fits or two more; ``sampler=None, cv=5`` makes 5.

    Parameters
    ----------
    estimator : classifier
        With ``predict_proba``.
    sampler : sampler, "weights", "auto" or None
        Any with ``fit_resample``, whose ``sampling_strategy`` may count rows of all; "weights" lets
        classes weigh alike in the classifier's own fit, or in that of a pipeline's last step; with
        None rows are learned as they come. "auto" learns them so, and a second time. A classifier
        with a penalty, or whatever else is learned differently where all rows weigh more, gets rows
        of tenfold weight: a penalty that suits many rows hides a class of few. Both then vote with
        the shares that tell left-out rows best. Others get the weights, which are kept where
        left-out rows are surely told better.
    metric : str or callable
        What thresholds are tuned for: "balanced_accuracy", "f1", "mcc", "cohen_kappa", "accuracy",
        or a function of true and said classes, as numbers, higher is better.
    calibrate : {"auto", "always", "never"}
        Whether corrected probabilities are calibrated on the folds; "auto" where that raises the
        likelihood of folds it did not see.
    cv : int
        Folds, at most the rows of the smallest class.

    Attributes
    ----------
    classes_ : ndarray, (k,)
    estimators_ : list
        The classifier of each fold, of both times if both vote.
    shares_ : ndarray, (m,)
        How much the vote of each counts, together 1.
    factors_ : ndarray, (k,)
        The class with the largest probability times factor is predicted.
    calibration_ : Calibration or None
    sampler_ : sampler, "weights" or None
        What "auto" took.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from drawlike.balancing import BalancedClassifier
    >>> X, y = make_classification(400, weights=[0.9], random_state=0)
    >>> model = BalancedClassifier(LogisticRegression(), random_state=0).fit(X, y)
    >>> model.predict_proba(X).shape
    (400, 2)
    """

    def __init__(
        self,
        estimator: Any,
        sampler: Any = "auto",
        *,
        metric: Any = "balanced_accuracy",
        calibrate: str = "auto",
        cv: int = 10,
        random_state: RandomState = None,
    ) -> None:
        self.estimator = estimator
        self.sampler = sampler
        self.metric = metric
        self.calibrate = calibrate
        self.cv = cv
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn rows (n, d) and their labels (n,).

        Raises
        ------
        DataError
            If a class has fewer than 2 rows.
        """
        self._check()
        if y is not None:
            X, y = indexable(X, one_label_a_row(y))
        target = Target.read(y)
        validate_data(self, X, skip_check_array=True)
        if target.counts.min() < 2:
            rare = target.name(int(target.counts.argmin()))
            raise DataError(
                f"class {rare!r} has {target.counts.min()} row; thresholds and calibration are "
                "judged on rows that were left out, so give at least 2 of each class."
            )
        self.classes_, seed = target.classes, seed_of(self.random_state)
        votes = self._learned(X, target, seed)
        self.sampler_, self.estimators_ = votes.sampler, votes.fitted
        self.shares_ = votes.shares
        self.calibration_ = self._calibration(votes, target.codes)
        self.factors_ = tuned_factors(self._calibrated(votes.proba), target.codes, self.metric)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, (n, k), as classes are frequent in the rows of ``fit``."""
        check_is_fitted(self)
        each = [fitted.predict_proba(X) for fitted in self.estimators_]
        return self._calibrated(np.average(each, 0, self.shares_))

    def predict(self, X: Any) -> np.ndarray:
        """Class of each row, by the tuned thresholds, (n,)."""
        codes = decided(self.predict_proba(X), self.factors_)
        said: np.ndarray = self.classes_[codes]
        return said

    def __sklearn_tags__(self) -> Tags:
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        return tags

    def _check(self) -> None:
        check_metric(self.metric)
        if self.calibrate not in _CALIBRATIONS:
            raise SettingError(f"calibrate={self.calibrate!r}; use one of {_CALIBRATIONS}.")
        if self.cv != int(self.cv) or self.cv < 2:
            raise SettingError(f"cv={self.cv!r}; use a whole number from 2 on.")
        if not hasattr(self.estimator, "predict_proba"):
            raise SettingError(
                f"{type(self.estimator).__name__} has no predict_proba; wrap it in "
                "sklearn.calibration.CalibratedClassifierCV."
            )
        if isinstance(self.sampler, str) and self.sampler not in ("auto", "weights"):
            raise SettingError(
                f'sampler={self.sampler!r}; use a sampler, "auto", "weights" or None.'
            )
        if _is(self.sampler, "weights") and weight_parameter(self.estimator) is None:
            raise SettingError(
                f"{type(self.estimator).__name__} takes no weights; use RandomOverSampler."
            )

    def _learned(self, X: Any, target: Target, seed: int) -> Votes:
        """Learn with the sampler, or in the ways that "auto" knows, and keep what tells better."""
        n = min(int(self.cv), int(target.counts.min()))
        parts = StratifiedKFold(n, shuffle=True, random_state=seed % (1 << 32))
        splits = list(parts.split(np.zeros(len(target)), target.codes))

        def votes(sampler: Any, weight: float | None = None) -> Votes:
            return Recipe(self.estimator, sampler, weight).votes(X, target, splits, seed)

        if not _is(self.sampler, "auto"):
            return votes(self.sampler)
        usual = votes(None)
        if weight_parameter(self.estimator) is None:
            return usual
        if heeds_weight(self.estimator, X, target, splits, seed):
            return Votes.mixed([usual, votes(None, STRONGER)], target.codes)
        weighted = votes("weights")
        return weighted if tells_better(weighted.proba, usual.proba, target.codes) else usual

    def _calibration(self, votes: Votes, codes: np.ndarray) -> Calibration | None:
        if self.calibrate == "auto":
            return calibration_that_helps(votes.proba, codes, votes.folds)
        return Calibration().fit(votes.proba, codes) if self.calibrate == "always" else None

    def _calibrated(self, proba: np.ndarray) -> np.ndarray:
        return proba if self.calibration_ is None else self.calibration_(proba)


def _is(sampler: Any, name: str) -> bool:
    return isinstance(sampler, str) and sampler == name
