"""How much each row counts."""

from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from ..datasets import Dataset
from ..errors import DataError


def weighted(data: Dataset, sample_weight: Any) -> tuple[Dataset, np.ndarray]:
    """Rows that count, and how much, (n,); a weight of 0 leaves a row out."""
    weight = checked_weight(sample_weight, len(data))
    if not weight.any():
        raise DataError("Every sample_weight is 0; at least one row must count.")
    if weight.all():
        return data, weight
    return data.take(np.flatnonzero(weight)), weight[weight > 0]


def checked_weight(sample_weight: Any, n: int) -> np.ndarray:
    """Weights of rows, none negative, (n,); None counts every row once."""
    return _check_sample_weight(sample_weight, np.empty((n, 1)), ensure_non_negative=True)
