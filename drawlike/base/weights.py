"""How much each row counts."""

from typing import Any

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from ..datasets import Dataset
from ..errors import DataError


def weighted(data: Dataset, sample_weight: Any) -> tuple[Dataset, np.ndarray]:
    """Rows that count, and how much, (n,); a weight of 0 leaves a row out."""
    weight = checked_weight(sample_weight, len(data))
    if weight.all():
        return data, weight
    return data.take(np.flatnonzero(weight)), weight[weight > 0]


def checked_weight(sample_weight: Any, n: int) -> np.ndarray:
    """Weights of rows, none negative, (n,); None counts every row once."""
    try:
        return _check_sample_weight(sample_weight, np.empty((n, 1)), ensure_non_negative=True)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"sample_weight cannot be used: {error} "
            f"Give {n} finite numbers, 0 or more, one a row, of which one is above 0."
        ) from error
