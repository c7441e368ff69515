"""Rows of rare classes more than once, or fewer rows of frequent ones."""

from typing import Any

import numpy as np

from ..base import RandomState
from .sampler import SelectingSampler
from .targets import Target


class RandomOverSampler(SelectingSampler):
    """Repeat rows of the smaller classes, drawn at random with replacement.

    Any rows will do: images, texts, missing values.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable
        How many rows each class gets, as in imbalanced-learn: "auto" and "not majority" make all
        as large as the largest, a number is the ratio of the smaller to the larger of two
        classes, a dict gives the rows of each class it names.
    target : "class", "multilabel" or "number"
        What ``y`` is. Of several labels a row, (n, k) of 0 and 1, a row is of the class of its
        rarest label, and comes with all of them. Of numbers the classes are ``"low"`` and
        ``"high"``, where :func:`relevance` is .8 or more, and ``"common"``.

    Attributes
    ----------
    sample_indices_ : ndarray, (m,)
        Which row each is.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike.balancing import RandomOverSampler
    >>> X, y = np.arange(10)[:, None], np.array([0] * 8 + [1] * 2)
    >>> rows, labels = RandomOverSampler(random_state=0).fit_resample(X, y)
    >>> np.bincount(labels)
    array([8, 8])
    """

    direction = "over"

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        target: str = "class",
        random_state: RandomState = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.target = target
        self.random_state = random_state

    def _selected(self, target: Target, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        again = [
            rng.choice(target.of_class(code), n)
            for code, n in enumerate(wanted - target.counts)
            if n
        ]
        return np.concatenate([np.arange(len(target)), *again])


class RandomUnderSampler(SelectingSampler):
    """Keep only some rows of the larger classes, drawn at random.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable
        How many rows of each class are kept, as in imbalanced-learn: "auto" and "not minority"
        make all as small as the smallest.
    target : "class", "multilabel" or "number"
        What ``y`` is, as for :class:`RandomOverSampler`.
    replacement : bool
        Whether a row may be kept more than once.

    Attributes
    ----------
    sample_indices_ : ndarray, (m,)
        Which row each is.
    """

    direction = "under"

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        target: str = "class",
        replacement: bool = False,
        random_state: RandomState = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.target = target
        self.replacement = replacement
        self.random_state = random_state

    def _selected(self, target: Target, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        kept = []
        for code, n in enumerate(wanted):
            members = target.of_class(code)
            is_all = n == len(members)
            kept.append(members if is_all else rng.choice(members, n, replace=self.replacement))
        return np.sort(np.concatenate(kept))
