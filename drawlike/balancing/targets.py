"""The labels that a sampler gets, as codes, and back in the form that they came in."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from ..errors import DataError

_KINDS = ("binary", "multiclass")


class Origin(NamedTuple):
    """Where new rows lie: ``share`` (m,) of the way from ``rows`` to ``others``, by number."""

    rows: np.ndarray
    others: np.ndarray
    share: np.ndarray


@dataclass(frozen=True, eq=False)
class Target:
    """The class of each row: sorted ``classes`` (k,), the ``codes`` (n,) of rows among them."""

    classes: np.ndarray
    codes: np.ndarray
    restored: Callable[[np.ndarray], Any]
    """Gives labels (n,), or whatever stood for them, for codes (n,)."""

    @classmethod
    def read(cls, y: Any) -> "Target":
        """Read labels: an array or list (n,), a Series, a column (n, 1) or one-hot rows (n, k).

        Raises
        ------
        DataError
            If they are numbers without classes, several a row, missing, or all the same.
        """
        if y is None:
            raise DataError("This estimator requires y to be passed, but the target y is None.")
        column = column_of(y)
        if column.ndim == 2 and column.shape[1] > 1:
            return cls._of_one_hot(column)
        labels = column.ravel()
        refuse_missing(labels)
        _refuse_numbers(labels)
        codes, classes = _coded(labels)
        _refuse_one_class(classes, len(labels))
        classes = np.asarray(classes, labels.dtype)
        return cls(classes, codes, lambda codes: like(y, classes[codes]))

    @classmethod
    def _of_one_hot(cls, rows: np.ndarray) -> "Target":
        is_one_hot = np.isin(rows, (0, 1)).all() and (rows.sum(1) == 1).all()
        if not is_one_hot:
            raise DataError(
                f"y has shape {rows.shape} and rows with several labels or none. Multilabel and "
                "multioutput targets are not supported unless target='multilabel' says so: pass one "
                "label a row, or one-hot rows."
            )
        each = np.eye(rows.shape[1], dtype=rows.dtype)
        classes, codes = np.unique(rows.argmax(1), return_inverse=True)
        _refuse_one_class(classes, len(codes))
        return cls(classes, codes, lambda codes: each[classes[codes]])

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of each class, (k,)."""
        return np.bincount(self.codes, minlength=len(self.classes))

    def name(self, code: int) -> Any:
        """Label of a class."""
        return self.classes.tolist()[code]

    def taken(self, rows: np.ndarray) -> Any:
        """Labels of some rows, by number."""
        return self.restored(self.codes[rows])

    on_lines: ClassVar[bool] = False
    """Whether the label of a new row depends on both rows that it lies between."""

    def with_new(self, origin: Origin) -> Any:
        """Labels of the rows, and of new ones behind them."""
        return self.restored(np.concatenate([self.codes, self.codes[origin.rows]]))

    def columns(self) -> np.ndarray:
        """Labels as columns of a table, (n, k)."""
        return self.classes[self.codes][:, None]

    def of_columns(self, columns: np.ndarray) -> Any:
        """Labels of such columns, (N, k), in the form that they came in."""
        return self.restored(np.searchsorted(self.classes, columns[:, 0]))

    def longer_by(self, new: np.ndarray) -> Any:
        """Labels of the rows, and of ``new`` (k,) rows of each class behind them, class by class."""
        codes = np.repeat(np.arange(len(new)), new)
        return self.restored(np.concatenate([self.codes, codes]))

    def of_class(self, code: int) -> np.ndarray:
        """Numbers of the rows of a class."""
        return np.flatnonzero(self.codes == code)


def _coded(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes of labels, and the sorted labels that they stand for."""
    if labels.dtype.kind == "i" and len(labels):
        low, high = int(labels.min()), int(labels.max())
        if high - low < len(labels):
            places = labels - low
            known = np.bincount(places) > 0
            return (np.cumsum(known) - 1)[places], np.flatnonzero(known) + low
    return pd.factorize(labels, sort=True)


def column_of(y: Any) -> np.ndarray:
    """Labels of any form as an array, (n,) or (n, k)."""
    if _is_of(y, "pyarrow"):
        return np.asarray(y.to_pylist())
    if hasattr(y, "to_numpy"):
        return np.asarray(y.to_numpy())
    if hasattr(y, "toarray"):
        return np.asarray(y.toarray())
    column = np.asarray(y)
    if column.ndim not in (1, 2):
        raise DataError(f"y has shape {column.shape}; give one label a row, shape (n,).")
    return column


def one_label_a_row(y: Any) -> np.ndarray:
    """Labels (n,) for a classifier.

    Raises
    ------
    DataError
        If ``y`` has several columns.
    """
    shape = column_of(y).shape
    if len(shape) == 2 and shape[1] > 1:
        raise DataError(
            f"y has shape {shape}, and a classifier of classes learns one label a row; pass "
            "y.argmax(axis=1) of one-hot rows, and wrap the classifier in sklearn.multioutput."
            "MultiOutputClassifier for several labels a row."
        )
    labels: np.ndarray = column_or_1d(y, warn=True)
    return labels


def _refuse_one_class(classes: np.ndarray, n: int) -> None:
    if len(classes) < 2:
        raise DataError(
            f"y has {len(classes)} class, {np.asarray(classes).tolist()}, in {n} rows; at least "
            "2 classes are needed to balance them."
        )


def refuse_missing(labels: np.ndarray) -> None:
    """Refuse labels (n,) some of which are missing."""
    if labels.dtype.kind in "iub":
        return
    missing = pd.isna(labels)
    if missing.any():
        raise DataError(
            f"y is missing in {missing.sum()} rows, first in row {missing.argmax()}; "
            "leave rows without a label out."
        )


def _refuse_numbers(labels: np.ndarray) -> None:
    kind = type_of_target(labels) if labels.dtype.kind == "f" else "multiclass"
    if kind not in _KINDS:
        raise DataError(
            f"Unknown label type: {kind}. y holds numbers such as {labels[0]!r}; samplers balance "
            "classes, so pass target='number', or cut the numbers into ranges (pandas.cut)."
        )


def like(y: Any, labels: np.ndarray) -> Any:
    """Labels in the form of those that were given."""
    if isinstance(y, list):
        return labels.tolist()
    if isinstance(y, pd.Series):
        return pd.Series(labels, dtype=y.dtype, name=y.name)
    if isinstance(y, pd.DataFrame):
        return pd.DataFrame({y.columns[0]: pd.Series(labels, dtype=y.dtypes.iloc[0])})
    if _is_of(y, "pyarrow"):
        return pa.array(labels.tolist(), y.type)
    if _is_of(y, "polars"):
        return _like_polars(y, labels)
    return labels


def _like_polars(y: Any, labels: np.ndarray) -> Any:
    if hasattr(y, "name"):
        return type(y)(y.name, labels, dtype=y.dtype)
    return type(y)({y.columns[0]: labels.tolist()}, schema=y.schema)


def _is_of(y: Any, library: str) -> bool:
    return type(y).__module__.split(".")[0] == library
