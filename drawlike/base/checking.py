"""What scikit-learn wants of the features: names, number, finite values."""

from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from sklearn.utils.validation import validate_data
from torch import Tensor

from ..codecs import TableCodec
from ..codecs.sequence import cut, joined, lengths_of, parts_of

Check = Callable[..., Any]


def checked(model: Any, X: Any, *, reset: bool) -> Any:
    """Check the features of ``X`` against those of the fit, or learn them (``reset``).

    Raises
    ------
    ValueError
        In scikit-learn's words, if names, number or finiteness are not right.
    """
    return CHECKS[model.kind_](model, X, reset=reset)


def _image(model: Any, X: Any, *, reset: bool) -> Any:
    if reset:
        model.n_features_in_ = int(np.prod(X.shape[1:]))
        model.__dict__.pop("feature_names_in_", None)
    return X


def _table(model: Any, X: Any, *, reset: bool) -> Any:
    if isinstance(X, np.ndarray):  # columns in the order that fit saw
        validate_data(model, X, reset=False, skip_check_array=True)
        return pd.DataFrame(X, columns=model.feature_names_in_)
    if not reset and _lacks_only_label(model, X):
        return X
    if isinstance(X, pd.DataFrame) and all(isinstance(name, str) for name in X.columns):
        validate_data(model, X, reset=reset, skip_check_array=True)
    elif reset:
        model.feature_names_in_ = np.array(column_names(X), dtype=object)
        model.n_features_in_ = len(model.feature_names_in_)
    return X


def _array(model: Any, X: Any, *, reset: bool) -> Any:
    # where NaN is allowed, the codec refuses what is infinite, in a pass that it needs anyway
    finite = not model.allows_missing
    on_cpu = X.detach().cpu().numpy() if isinstance(X, Tensor) else X
    validated = validate_data(model, on_cpu, reset=reset, ensure_all_finite=finite)
    return X if isinstance(X, Tensor) else validated


def _sequence(model: Any, X: Any, *, reset: bool) -> Any:
    """Check all steps as rows."""
    parts = parts_of(X)
    steps = joined(parts)
    is_table = hasattr(steps, "columns") or hasattr(steps, "column_names")
    if not reset:
        is_table = isinstance(model.codec_.steps_, TableCodec)
    steps = (_table if is_table else _array)(model, steps, reset=reset)
    if isinstance(X, list):
        return cut(steps, lengths_of(parts))
    return steps.reshape(X.shape) if len(X.shape) == 3 else steps


def _lacks_only_label(model: Any, X: Any) -> bool:
    """Tell whether a table has every column but the label, which scoring can do without."""
    names = column_names(X)
    rest = [name for name in model.feature_names_in_ if name != model.label_]
    return bool(model.labels_.n_classes) and names == rest


def column_names(table: Any) -> list[str]:
    """Names of a frame's columns, in order."""
    return list(nw.from_native(table, eager_only=True).columns)


CHECKS: dict[str, Check] = {
    "image": _image,
    "table": _table,
    "array": _array,
    "sequence": _sequence,
}
