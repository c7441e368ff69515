"""Every method on every fold: what it says of the rows that were left out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import RepeatedStratifiedKFold

from ...events import Emitter
from ..classifier import BalancedClassifier
from ..features import taken
from ..sampler import seeded
from ..selection import RandomOverSampler
from ..strategies import of_part
from ..targets import Target
from .figures import Figure, Outcome
from .methods import NOTHING, UNCORRECTED

Said = Callable[[np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]
"""Probabilities (m, k) and codes said (m,) of test rows, from training rows and a seed."""


@dataclass(frozen=True)
class Plan:
    """How often and how finely rows are parted, and what thresholds are tuned for."""

    folds: int
    repeats: int
    inner_folds: int
    metric: Any
    seed: int

    def splits(self, codes: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and test rows of every fold of every repeat."""
        parts = RepeatedStratifiedKFold(
            n_splits=self.folds, n_repeats=self.repeats, random_state=self.seed % (1 << 32)
        )
        return list(parts.split(np.zeros(len(codes)), codes))


@dataclass
class Trials:
    """What was measured: ``scores`` (folds x repeats, figures) and ``proba`` (repeats, n, k) a method.

    A method that failed has an error in their place.
    """

    target: Target
    plan: Plan
    figures: tuple[Figure, ...]
    splits: list[tuple[np.ndarray, np.ndarray]]
    scores: dict[str, np.ndarray] = field(default_factory=dict)
    proba: dict[str, np.ndarray] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def rare(self) -> int:
        """Code of the smallest class."""
        return int(self.target.counts.argmin())

    def of(self, method: str, figure: Figure) -> np.ndarray:
        """One figure of a method on every fold, (folds x repeats,)."""
        values: np.ndarray = self.scores[method][:, self.figures.index(figure)]
        return values

    def run(self, X: Any, estimator: Any, samplers: Mapping[str, Any], events: Emitter) -> None:
        """Learn and measure each method on each fold; the first may not fail."""
        methods = dict(self._methods(X, estimator, samplers))
        total = len(methods) * len(self.splits)
        for number, (name, said) in enumerate(methods.items()):
            try:
                for step in self._measure(name, said):
                    events.progress(number * len(self.splits) + step, total, unit="folds")
            except Exception as problem:
                if name == NOTHING:
                    raise
                self._drop(name, problem, events)
        events.progress(total, total, unit="folds")

    def _methods(
        self, X: Any, estimator: Any, samplers: Mapping[str, Any]
    ) -> Iterator[tuple[str, Said]]:
        for name, sampler in samplers.items():
            if name == UNCORRECTED:
                yield name, _taken_at_its_word(X, self.target, estimator, sampler)
            else:
                model = BalancedClassifier(
                    estimator, sampler, metric=self.plan.metric, cv=self.plan.inner_folds
                )
                yield name, _balanced(X, self.target, model)

    def _measure(self, name: str, said: Said) -> Iterator[int]:
        shape = (self.plan.repeats, len(self.target), len(self.target.classes))
        scores, proba = np.empty((len(self.splits), len(self.figures))), np.empty(shape)
        for step, (train, test) in enumerate(self.splits):
            yield step
            told, codes = said(train, test, self.plan.seed + step)
            proba[step // self.plan.folds, test] = told
            outcome = Outcome(told, codes, self.target.codes[test], self.rare)
            scores[step] = [figure.measure(outcome) for figure in self.figures]
        self.scores[name], self.proba[name] = scores, proba

    def _drop(self, name: str, problem: Exception, events: Emitter) -> None:
        self.errors[name] = f"{type(problem).__name__}: {problem}"
        events.warning(f"{name} failed and is left out: {self.errors[name]}")


def _balanced(X: Any, target: Target, model: BalancedClassifier) -> Said:
    def said(train: np.ndarray, test: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        labels = target.classes[target.codes[train]]
        own = {"random_state": seed, "sampler": of_part(model.sampler, target, train)}
        fitted = clone(model).set_params(**own).fit(taken(X, train), labels)
        rows = taken(X, test)
        return fitted.predict_proba(rows), np.searchsorted(fitted.classes_, fitted.predict(rows))

    return said


def _taken_at_its_word(X: Any, target: Target, estimator: Any, sampler: Any) -> Said:
    """What is often done: rows are resampled, and what is learned of them is believed."""

    def said(train: np.ndarray, test: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        labels = target.classes[target.codes[train]]
        own = seeded(of_part(sampler, target, train), seed)
        rows, labels = own.fit_resample(taken(X, train), labels)
        proba = seeded(clone(estimator), seed).fit(rows, labels).predict_proba(taken(X, test))
        return proba, proba.argmax(1)

    return said


def uncorrected() -> Any:
    """The sampler of the row that is neither corrected nor tuned."""
    return RandomOverSampler()
