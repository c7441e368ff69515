"""The classifiers of the folds, each learned from resampled rows and corrected for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import has_fit_parameter

from .features import taken
from .odds import corrected
from .sampler import seeded
from .stacking import shares_of
from .strategies import of_part
from .targets import Target

Splits = Sequence[tuple[np.ndarray, np.ndarray]]
STRONGER = 10.0
_PROBE = 8.0  # a power of 2 changes no rounding, by which trees would split elsewhere
_SAME = 1e-5  # of a probability


class Fitted:
    """A classifier of some rows, and the shares of classes before and after resampling."""

    def __init__(
        self, model: Any, classes: np.ndarray, before: np.ndarray, after: np.ndarray
    ) -> None:
        self.model, self.classes, self.before, self.after = model, classes, before, after

    def predict_proba(self, X: Any) -> np.ndarray:
        """Corrected probabilities of all classes, (n, k)."""
        said = self.model.predict_proba(X)
        proba = np.zeros((len(said), len(self.classes)))
        proba[:, np.searchsorted(self.classes, self.model.classes_)] = said
        return corrected(proba, self.before, self.after)


@dataclass(frozen=True, eq=False)
class Votes:
    """Classifiers ``fitted`` without a fold each, and what they said of it.

    ``proba`` (n, k) are of left-out rows, ``folds`` (n,) number the folds of the rows, and ``shares``
    are what each classifier's vote counts, together 1.
    """

    sampler: Any
    fitted: list[Fitted]
    proba: np.ndarray
    folds: np.ndarray
    shares: np.ndarray

    @classmethod
    def mixed(cls, votes: Sequence["Votes"], codes: np.ndarray) -> "Votes":
        """Mix votes of the same folds so that their left-out rows are told best."""
        shares = shares_of([each.proba for each in votes], codes)
        kept = [(each, share) for each, share in zip(votes, shares, strict=True) if share]
        return cls(
            votes[0].sampler,
            [fitted for each, _ in kept for fitted in each.fitted],
            np.sum([share * each.proba for each, share in kept], 0),
            votes[0].folds,
            np.concatenate([share * each.shares for each, share in kept]),
        )


@dataclass(frozen=True, eq=False)
class Recipe:
    """A classifier, and a sampler, "weights" or None before it; without one, what a row weighs."""

    estimator: Any
    sampler: Any
    weight: float | None = None

    def votes(self, X: Any, target: Target, splits: Splits, seed: int) -> Votes:
        """Learn the rows of each split, and ask about the others."""
        proba = np.empty((len(target), len(target.classes)))
        folds, shares = np.empty(len(target), int), np.full(len(splits), 1 / len(splits))
        votes = Votes(self.sampler, [], proba, folds, shares)
        for fold, (rest, out) in enumerate(splits):
            fitted = self.learned(X, target, rest, seed + fold)
            votes.fitted.append(fitted)
            votes.proba[out], votes.folds[out] = fitted.predict_proba(taken(X, out)), fold
        return votes

    def learned(self, X: Any, target: Target, rows: np.ndarray, seed: int) -> Fitted:
        """Resample and learn some rows."""
        some, classes = taken(X, rows), target.classes
        labels = before = classes[target.codes[rows]]
        model, weight = seeded(clone(self.estimator), seed), self._weights(labels)
        if weight is not None:
            model.fit(some, labels, **{str(weight_parameter(model)): weight})
        else:
            if self.sampler is not None:
                sampler = seeded(of_part(self.sampler, target, rows), seed)
                some, labels = sampler.fit_resample(some, labels)
            model.fit(some, labels)
        return Fitted(model, classes, _shares(before, classes), _shares(labels, classes, weight))

    def _weights(self, labels: np.ndarray) -> np.ndarray | None:
        """What rows with these labels weigh, (n,); None where they all weigh 1."""
        if isinstance(self.sampler, str):
            balanced: np.ndarray = compute_sample_weight("balanced", labels)
            return balanced
        return None if self.weight is None else np.full(len(labels), self.weight)


def heeds_weight(estimator: Any, X: Any, target: Target, splits: Splits, seed: int) -> bool:
    """Whether an estimator learns anything else if all rows weigh more, as one with a penalty does."""
    rest, out = splits[0]
    light, heavy = (
        Recipe(estimator, None, weight).learned(X, target, rest, seed).predict_proba(taken(X, out))
        for weight in (1.0, _PROBE)
    )
    return bool(np.abs(light - heavy).max() > _SAME)


def weight_parameter(estimator: Any) -> str | None:
    """Name under which ``fit`` takes weights, a pipeline for its last step; None if it takes none."""
    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        inner = weight_parameter(last)
        return None if inner is None else f"{name}__{inner}"
    return "sample_weight" if has_fit_parameter(estimator, "sample_weight") else None


def _shares(
    labels: np.ndarray, classes: np.ndarray, weight: np.ndarray | None = None
) -> np.ndarray:
    mass = np.bincount(np.searchsorted(classes, labels), weight, minlength=len(classes))
    return mass / mass.sum()
