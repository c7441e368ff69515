"""Targets that are no classes: several labels a row, and numbers of which some are rare."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, SettingError
from .features import taken
from .targets import Origin, Target, column_of, like, refuse_missing

_RARE = 0.8  # relevance from which a number is rare
_WHISKER = 1.5  # quartile ranges
NO_LABEL = "(none)"


def read_target(y: Any, kind: str) -> Target:
    """Read labels: ``"class"``, ``"multilabel"`` or ``"number"``.

    Raises
    ------
    SettingError
        If ``kind`` is none of these.
    DataError
        If ``y`` is none of this kind, or all rows are of one class.
    """
    if kind not in _READERS:
        known = ", ".join(map(repr, _READERS))
        raise SettingError(f"target={kind!r}; use one of {known}.")
    return _READERS[kind](y)


def relevance(y: Any) -> np.ndarray:
    """How rare each number is, (n,): 0 at the median, 1 from the whiskers of a box plot on.

    Between them it rises as a cubic curve, level at both ends; on a side without outliers it stays 0
    (Ribeiro 2011; Torgo et al. 2013, doi:10.1007/978-3-642-40669-0_33).
    """
    values = _numbers(y)
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    reach = _WHISKER * (high - low)
    found = np.zeros(len(values))
    for sign, quartile in ((-1, low), (1, high)):
        above = sign * (values - middle)
        inside = above[above <= sign * (quartile - middle) + reach]
        if len(inside) == len(above):
            continue
        whisker = max(inside.max(), 0.0)
        way = above / whisker if whisker else np.sign(above)
        way = np.clip(way, 0, 1)
        found = np.maximum(found, way * way * (3 - 2 * way))
    return found


@dataclass(frozen=True, eq=False)
class LabelSets(Target):
    """Several labels a row: a row is of the class of its rarest label.

    So a class is filled up by whole rows with all of their labels (Charte et al. 2015,
    doi:10.1016/j.neucom.2014.08.091). Rows without a label are a class too.
    """

    y: Any = None

    @classmethod
    def of(cls, y: Any) -> "LabelSets":
        """Read rows of 0 and 1 (n, k): an array, list, sparse matrix or frame."""
        rows = column_of(y)
        if rows.ndim != 2 or not np.isin(rows, (0, 1)).all():
            raise DataError(
                f"y has shape {rows.shape} and target='multilabel' wants rows of 0 and 1, (n, k), a "
                "column a label; see sklearn.preprocessing.MultiLabelBinarizer."
            )
        named = list(getattr(y, "columns", range(rows.shape[1])))
        if len({*named, NO_LABEL}) <= len(named):
            raise DataError(
                f"the labels {named} are not told apart by their names: rename twins, and {NO_LABEL!r}, "
                "which stands for rows without a label."
            )
        counts = np.where(rows > 0, rows.sum(0), np.inf)
        codes = np.where(rows.any(1), counts.argmin(1), len(named))
        classes = np.array([*named, NO_LABEL], object)
        known, codes = np.unique(codes, return_inverse=True)
        _refuse_one(len(known), "every row has the same rarest label")
        return cls(classes[known], codes, classes[known].__getitem__, y)

    def taken(self, rows: np.ndarray) -> Any:
        """Labels of some rows, by number."""
        if isinstance(self.y, list):
            return [self.y[row] for row in rows]
        found = taken(self.y, rows)
        return found.reset_index(drop=True) if isinstance(found, pd.DataFrame) else found

    def with_new(self, origin: Origin) -> Any:
        """Labels of the rows, and of new ones: those of the rows that these begin from."""
        return self.taken(np.concatenate([np.arange(len(self)), origin.rows]))

    def columns(self) -> np.ndarray:
        """Labels as columns of a table, (n, k)."""
        return column_of(self.y)

    def of_columns(self, columns: np.ndarray) -> Any:
        """Labels of such columns, (N, k), in the form that they came in."""
        if isinstance(self.y, list):
            return columns.tolist()
        if isinstance(self.y, pd.DataFrame):
            return pd.DataFrame(columns, columns=self.y.columns).astype(self.y.dtypes)
        if hasattr(self.y, "schema"):  # polars
            return type(self.y)(columns, schema=self.y.schema, orient="row")
        made = type(self.y)(columns) if hasattr(self.y, "toarray") else columns
        return made.astype(self.y.dtype)


@dataclass(frozen=True, eq=False)
class RareNumbers(Target):
    """Numbers: a row is ``"low"`` or ``"high"`` where its number is rare, else ``"common"``."""

    on_lines = True

    y: Any = None
    values: np.ndarray | None = None

    @classmethod
    def of(cls, y: Any) -> "RareNumbers":
        """Read numbers (n,)."""
        values = _numbers(y)
        is_rare = relevance(values) >= _RARE
        is_high = values > np.median(values)
        names = np.array(["common", "high", "low"])
        codes = np.where(is_rare, np.where(is_high, 1, 2), 0)
        known, codes = np.unique(codes, return_inverse=True)
        _refuse_one(len(known), "no number lies beyond the whiskers of a box plot")
        return cls(names[known], codes, names[known].__getitem__, y, values)

    def taken(self, rows: np.ndarray) -> Any:
        """Numbers of some rows, in the form of all."""
        return self._as_given(_known(self.values)[rows])

    def with_new(self, origin: Origin) -> Any:
        """Numbers of the rows, and of new ones: on the line between those of two rows."""
        values = _known(self.values)
        own, other = values[origin.rows], values[origin.others]
        new = own + origin.share * (other - own)
        return self._as_given(np.concatenate([values, new]))

    def columns(self) -> np.ndarray:
        """Numbers as a column of a table, (n, 1)."""
        return column_of(self.y).reshape(-1, 1)

    def of_columns(self, columns: np.ndarray) -> Any:
        """Numbers of such a column, (N, 1), in the form that they came in."""
        return self._as_given(columns[:, 0].astype(float))

    def _as_given(self, values: np.ndarray) -> Any:
        dtype = column_of(self.y).dtype
        rounded = np.rint(values) if dtype.kind in "iu" else values
        return like(self.y, rounded.astype(dtype))


def _numbers(y: Any) -> np.ndarray:
    column = column_of(y)
    if column.dtype.kind not in "iuf" or column.size != len(column) or len(column) < 2:
        raise DataError(
            f"y of shape {column.shape} and type {column.dtype} holds no numbers, one a row, as "
            "target='number' wants; leave target='class' for labels."
        )
    values = column.ravel().astype(float)
    refuse_missing(values)
    if np.isinf(values).any():
        raise DataError(
            f"y is infinite in {np.isinf(values).sum()} rows, first in row {np.isinf(values).argmax()}; "
            "leave them out, or cap them."
        )
    return values


def _known(values: np.ndarray | None) -> np.ndarray:
    return np.empty(0) if values is None else values


def _refuse_one(n_classes: int, why: str) -> None:
    if n_classes < 2:
        raise DataError(f"y has 1 class: {why}, so there is nothing to balance.")


_READERS: dict[str, Callable[[Any], Target]] = {
    "class": Target.read,
    "multilabel": LabelSets.of,
    "number": RareNumbers.of,
}
