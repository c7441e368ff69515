"""What all samplers share: imbalanced-learn's verbs, and the forms of rows and labels."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import InputTags, Tags, TargetTags
from sklearn.utils.validation import _num_samples, validate_data

from ..base.randomness import seed_of
from ..errors import DataError
from .features import refuse_twins, taken
from .rare_values import read_target
from .strategies import Direction, sizes, told
from .targets import Target


@dataclass(slots=True)
class SamplerTags:
    """Whether ``fit_resample`` leaves ``sample_indices_``."""

    sample_indices: bool = False


@dataclass(slots=True)
class RowTags(InputTags):
    """What rows may be; imbalanced-learn asks for frames, too."""

    dataframe: bool = True


@dataclass(slots=True)
class SamplingTags(Tags):
    """Tags of an estimator that resamples."""

    sampler_tags: SamplerTags = field(default_factory=SamplerTags)


class Sampler(ABC, OneToOneFeatureMixin, BaseEstimator):
    """Makes classes as frequent as is asked, by ``fit_resample``.

    Rows and labels come back in the form that they came in: arrays, lists, sparse matrices,
    frames. Samplers stand in imbalanced-learn's pipelines as its own do. Resample training rows
    only, after the split: what is resampled before it leaks into the test.

    Attributes
    ----------
    sampling_strategy_ : dict
        How many rows of a class are drawn, or kept.
    """

    _estimator_type = "sampler"
    direction: ClassVar[Direction]
    gives_indices: ClassVar[bool] = False
    sampling_strategy: Any
    target: str
    random_state: Any

    def fit(self, X: Any, y: Any) -> Self:
        """Check rows and labels, and reckon how many rows of each class are wanted."""
        self._begin(X, y)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Give rows and labels with the classes as frequent as is asked.

        Parameters
        ----------
        X : array, list, sparse matrix or frame of n rows
        y : labels (n,), or one-hot rows (n, k); what else ``target`` says

        Raises
        ------
        DataError
            If ``y`` holds one class, numbers, or several labels a row; if cells are infinite.
        SettingError
            If ``sampling_strategy`` makes no sense for these classes.
        """
        target, wanted = self._begin(X, y)
        return self._resampled(X, target, wanted, np.random.default_rng(seed_of(self.random_state)))

    def _begin(self, X: Any, y: Any) -> tuple[Target, np.ndarray]:
        refuse_twins(X)
        validate_data(self, X, skip_check_array=True)
        target, n = read_target(y, self.target), _num_samples(X)
        if n != len(target):
            raise DataError(f"X has {n} rows and y {len(target)} labels; give one label a row.")
        wanted = sizes(self.sampling_strategy, target, self.direction)
        self.sampling_strategy_ = told(wanted, target, self.direction)
        return target, wanted

    @abstractmethod
    def _resampled(
        self, X: Any, target: Target, wanted: np.ndarray, rng: np.random.Generator
    ) -> tuple[Any, Any]:
        """Rows and labels, of which ``wanted`` (k,) are of each class."""

    def __sklearn_tags__(self) -> SamplingTags:
        rows = RowTags(sparse=True, string=True, allow_nan=True, categorical=True)
        return SamplingTags(
            estimator_type="sampler",
            target_tags=TargetTags(required=True),
            input_tags=rows,
            sampler_tags=SamplerTags(self.gives_indices),
        )


class SelectingSampler(Sampler):
    """A sampler whose rows are among those that it got."""

    gives_indices = True

    def _resampled(
        self, X: Any, target: Target, wanted: np.ndarray, rng: np.random.Generator
    ) -> tuple[Any, Any]:
        self.sample_indices_ = self._selected(target, wanted, rng)
        labels = target.taken(self.sample_indices_)
        return with_index(taken(X, self.sample_indices_), labels)

    @abstractmethod
    def _selected(self, target: Target, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Numbers of the rows that are kept."""


def with_index(X: Any, y: Any) -> tuple[Any, Any]:
    """Let the labels of pandas have the index of the rows."""
    if isinstance(X, pd.DataFrame) and isinstance(y, pd.Series | pd.DataFrame):
        y.index = X.index
    return X, y


def seeded(estimator: Any, seed: int) -> Any:
    """Give a seed to each part of an estimator that takes one and was given none."""
    unset = [
        name
        for name, value in estimator.get_params(deep=True).items()
        if name.split("__")[-1] == "random_state" and value is None
    ]
    return estimator.set_params(**dict.fromkeys(unset, seed % (1 << 32)))
