"""Settings that suit the rows, where nobody gave any."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..codecs import is_class_label
from ..datasets import Dataset

_MOST_COMPONENTS = 50
_QUICK = 1e8  # rows x components x columns^2 of full covariances that EM takes in half a minute


def suited(name: str, train: Dataset) -> dict[str, Any]:
    """Give the settings of a model that depend on how many rows it learns from.

    They are rules of thumb; what is not among them keeps the model's own default.
    """
    return _RULES[name](train) if name in _RULES else {}


def _mixture(train: Dataset) -> dict[str, Any]:
    """As many components as there are twice as many rows as columns, in each class.

    With more a mixture remembers rows on tables of some hundred rows. Full covariances did
    best on all tables tried (abalone, california, diamonds, german credit); diagonal ones are
    as good on Adult, of many categories, in a tenth of the time.
    """
    n, n_columns = len(train), int(np.prod(np.shape(train.X)[1:]))
    n_classes = len(set(train.labels)) if is_class_label(train.labels) else 1  # type: ignore[arg-type]
    k = int(np.clip(n // (2 * n_columns * n_classes), 1, _MOST_COMPONENTS))
    is_slow = train.kind == "table" and n * k * n_columns**2 > _QUICK
    return {"n_components": k, "covariance_type": "diag" if is_slow else "full"}


_RULES: dict[str, Callable[[Dataset], dict[str, Any]]] = {"gaussian-mixture": _mixture}
