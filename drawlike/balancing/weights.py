"""Weights in place of rows: how much a row counts, for the same sampling strategies."""

from typing import Any

import numpy as np

from .rare_values import read_target
from .strategies import Direction, sizes
from .targets import Target


def class_weights(
    y: Any,
    *,
    sampling_strategy: Any = "auto",
    direction: Direction = "over",
    target: str = "class",
) -> dict[Any, float]:
    """Weight of each class, so that together they weigh what a sampler would make of them.

    Parameters
    ----------
    y : labels (n,), or what ``target`` says
    sampling_strategy : str, float, dict or callable
        As for the samplers.
    direction : "over" or "under"
        Whether the strategy is one of over- or of under-sampling.
    target : "class", "multilabel" or "number"
        As for the samplers.

    Returns
    -------
    dict
        A weight a class, above 0 unless a class is to vanish; all rows weigh 1 on average.

    Examples
    --------
    >>> from drawlike.balancing import class_weights
    >>> class_weights(["a"] * 3 + ["b"])
    {'a': 0.6666666666666666, 'b': 2.0}
    """
    found = read_target(y, target)
    weights = _weights(found, sampling_strategy, direction)
    return dict(zip(found.classes.tolist(), weights.tolist(), strict=True))


def sample_weights(
    y: Any,
    *,
    sampling_strategy: Any = "auto",
    direction: Direction = "over",
    target: str = "class",
) -> np.ndarray:
    """Weight of each row, (n,), 1 on average: that of its class by :func:`class_weights`.

    For ``fit(X, y, sample_weight=...)`` of a classifier or, with ``target="number"``, of a regressor.

    Examples
    --------
    >>> from drawlike.balancing import sample_weights
    >>> sample_weights([0, 0, 0, 1], sampling_strategy=1.0)
    array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    """
    found = read_target(y, target)
    weights: np.ndarray = _weights(found, sampling_strategy, direction)[found.codes]
    return weights


def _weights(found: Target, strategy: Any, direction: Direction) -> np.ndarray:
    wanted = sizes(strategy, found, direction)
    return wanted / found.counts * (len(found) / max(wanted.sum(), 1))
