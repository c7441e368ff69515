"""Labels that a user gives or asks for, as one-hot conditions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..codecs import is_class_label
from ..datasets import as_dataset
from ..errors import DataError, NotConditionalError, SettingError
from .checking import column_names


def class_labels(data: Any) -> np.ndarray | None:
    """Labels of rows where they are classes; a table's numeric target is a column like others."""
    labels = data.labels
    return None if data.label is not None and not is_class_label(labels) else labels


def conditions(model: Any, labels: Any, n: int) -> np.ndarray:
    """One-hot labels, (n, k); k is 0 for a model without labels."""
    return model.labels_.encode(labels if model.labels_.n_classes else None, n)


def wanted(model: Any, n: int | None, y: Any, given: Any) -> tuple[int, np.ndarray | None]:
    """How many rows to draw, and the label of each where labels are asked for."""
    if given is not None and not isinstance(given, Mapping):
        raise SettingError(f"given={given!r}; give {{column: value}}, of a table or an array.")
    if given:
        y = _label_given(model, given, y)
    n = checked_count(n, y)
    if y is None:
        return n, None
    labels = np.full(n, y) if np.ndim(y) == 0 else np.asarray(y)
    if len(labels) != n:
        raise DataError(f"y holds {len(labels)} labels for n={n} rows; give one each, or one.")
    return n, labels


def checked_count(n: int | None, y: Any = None) -> int:
    """How many rows are asked for: by default as many as ``y`` has, else 1."""
    if n is None:
        n = len(y) if y is not None and np.ndim(y) == 1 else 1
    if not isinstance(n, int | np.integer) or n < 1:
        raise SettingError(f"n is {n!r}; ask for a whole number of rows, 1 or more.")
    return int(n)


def known(model: Any, X: Any, y: Any) -> tuple[Tensor | None, np.ndarray]:
    """One-hot labels of rows where they are known, and the log-probability they add, (n,).

    A label in a table that the fit has not met has probability 0.
    """
    n = len(X)
    in_table = model.label_ and model.labels_.n_classes and model.label_ in column_names(X)
    if y is None and not in_table:
        empty = torch.zeros(n, 0, dtype=model.dtype)
        return (None if model.labels_.n_classes else empty), np.zeros(n)
    if y is not None:
        return _one_hot(model, y, n), np.zeros(n)
    labels = np.asarray(as_dataset(X, label=model.label_).labels)
    met = np.isin(labels, model.labels_.classes_)
    cond = _one_hot(model, np.where(met, labels, model.labels_.classes_[0]), n)
    with np.errstate(divide="ignore"):
        return cond, np.log(np.where(met, cond.numpy() @ model.labels_.frequencies_, 0.0))


def log_prior(model: Any, cond: Tensor | None, n: int) -> Tensor:
    """Log-probability of the classes of rows, the learned ones where unknown, (n, max(1, k))."""
    if cond is not None and not cond.shape[1]:
        return cond.new_zeros(n, 1)
    frequencies = torch.from_numpy(model.labels_.frequencies_)
    return (frequencies.expand(n, -1) if cond is None else cond.to(frequencies)).log()


def check_length(length: Any) -> None:
    """Refuse what is no number of steps."""
    if not isinstance(length, int | np.integer) or length < 1:
        raise SettingError(f"length is {length!r}; ask for a whole number of steps, 1 or more.")


def _one_hot(model: Any, labels: Any, n: int) -> Tensor:
    return torch.from_numpy(model.labels_.encode(labels, n)).to(model.dtype)


def _label_given(model: Any, given: Mapping[str, Any], y: Any) -> Any:
    others = [name for name in given if name != model.label_]
    if others or not model.labels_.n_classes:
        has_label = model.label_ and model.labels_.n_classes
        can = f"its label {model.label_!r}" if has_label else "nothing"
        raise NotConditionalError(
            f"{type(model).__name__} can be conditioned on {can}, not on "
            f"{', '.join(map(repr, others or given))}. Name that column as label= in fit."
        )
    value = given[model.label_]
    if y is not None and not np.array_equal(y, value):
        raise SettingError(f"y={y!r} and given={dict(given)!r} disagree; give one of them.")
    return value
