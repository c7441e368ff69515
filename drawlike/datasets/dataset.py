"""Data on their way to a model: rows, labels, and where they came from."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from ..errors import DataError
from .holdout import Holdout
from .kinds import Kind, coerce, decide_kind, is_frame, is_series, is_tensor
from .sources import close

if TYPE_CHECKING:
    from ..codecs.schema import Schema


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows as the user has them, and what is known about them.

    Attributes
    ----------
    X
        A frame, an array, a tensor or a list: never converted, never copied.
    y
        Labels beside X, shape (n,), or None. A table's label column stays in X.
    ids
        The row numbers in the source, int64, shape (n,).
    kind
        "table", "array", "image", "sequence" or "text".
    label
        The name of a table's label column, or None.
    schema
        What the user says about the columns, or None.
    source
        ``path``, ``sha256``, ``rows`` and reading ``options``; empty for data from memory.
    holdout
        Which rows of the source :func:`split` took away, or None.
    """

    X: Any
    y: np.ndarray | None
    ids: np.ndarray
    kind: Kind
    label: str | None = None
    schema: "Schema | None" = None
    source: Mapping[str, Any] = field(default_factory=dict)
    holdout: Holdout | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.ids)

    def take(self, indices: Any) -> "Dataset":
        """Give the rows at ``indices``, positions (m,) or a boolean mask (n,); ids travel."""
        index = np.asarray(indices)
        index = np.flatnonzero(index) if index.dtype == bool else index.astype(np.int64)
        y = None if self.y is None else self.y[index]
        return replace(self, X=take_rows(self.X, index), y=y, ids=self.ids[index])

    @property
    def labels(self) -> np.ndarray | None:
        """The labels, shape (n,), from y or from the label column; None where there are none."""
        if self.label is None:
            return self.y
        return nw.from_native(self.X, eager_only=True)[self.label].to_numpy()


def take_rows(X: Any, index: np.ndarray) -> Any:
    """Give rows of a frame, series, tensor, array or list as the same kind of thing."""
    if is_frame(X):
        return nw.from_native(X, eager_only=True)[index].to_native()
    if is_series(X):
        return nw.from_native(X, series_only=True)[index].to_native()
    if is_tensor(X):
        return X[index.tolist()]
    if isinstance(X, list):
        return [X[i] for i in index]
    return np.asarray(X)[index]


def as_dataset(
    X: Any,
    y: Any = None,
    label: str | None = None,
    kind: str | None = None,
    schema: "Schema | None" = None,
) -> Dataset:
    """Give data of any supported sort as a Dataset.

    Parameters
    ----------
    X
        A pandas, polars or pyarrow frame (a table); a 2-d array or tensor; images as uint8
        (n, height, width) or any 4-d array with 1, 3 or 4 channels last, else second; a list
        of strings (text); a list of 2-d arrays (sequences); or a Dataset.
    y
        A label for each row.
    label
        The column of a table that holds the labels, instead of ``y``.
    kind
        Settles what an array is where its shape does not.
    schema
        What the columns of a table mean, where detection should not decide.

    Raises
    ------
    DataError
        If there are no rows or columns, if X and y do not fit, if ``label`` is no column,
        or if the kind is in doubt.
    UnsupportedError
        If X is no data at all.
    """
    if isinstance(X, Dataset):
        return _amend(X, y, label, kind, schema)
    X = coerce(X, kind)
    _refuse_empty(X)
    decided = decide_kind(X, kind)
    _check_label(X, y, label)
    labels = None if y is None else as_labels(y, len(X))
    return Dataset(X, labels, np.arange(len(X)), decided, label, schema)


def _amend(
    data: Dataset, y: Any, label: str | None, kind: str | None, schema: "Schema | None"
) -> Dataset:
    if data.labels is not None and (y is not None or label not in (None, data.label)):
        raise DataError(
            f"The Dataset has labels of its own ({data.label or 'y'}): give no others beside it."
        )
    y = data.y if y is None else y
    fresh = as_dataset(data.X, y, label or data.label, kind or data.kind)
    return replace(
        data, y=fresh.y, label=fresh.label, kind=fresh.kind, schema=schema or data.schema
    )


def _refuse_empty(X: Any) -> None:
    shape = getattr(X, "shape", (len(X),))
    if len(X) == 0:
        raise DataError(f"The data have no rows (0 sample(s), shape={tuple(shape)}): give some.")
    if 0 in shape:
        raise DataError(
            f"The data have 0 feature(s) (shape={tuple(shape)}) while a minimum of 1 is required."
        )


def _check_label(X: Any, y: Any, label: str | None) -> None:
    # narwhals would refuse equal names in words of its own
    names = list(getattr(X, "column_names", None) or X.columns) if is_frame(X) else []
    name, count = Counter(names).most_common(1)[0] if names else (None, 1)
    if count > 1:
        raise DataError(f"{count} columns are named {name!r}: give each column its own name.")
    if label is None:
        return
    if y is not None:
        raise DataError(f"Both y and label={label!r} are given: the labels come from one of them.")
    if not is_frame(X):
        raise DataError(
            f"label={label!r} names a column of a table, and this is no table: give the labels "
            "as y, or make X a frame with named columns."
        )
    if label not in names:
        listed = ", ".join(map(str, names[:20])) + (", ..." if len(names) > 20 else "")
        near = close(str(label), [str(name) for name in names])
        raise DataError(f"There is no column {label!r} to take labels from.{near} Has: {listed}.")


def as_labels(y: Any, n: int) -> np.ndarray:
    """Give labels as an array (n,), one for each row."""
    if is_tensor(y):
        y = y.detach().cpu().numpy()
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(f"y has shape {labels.shape}: give one label a row, shape ({n},).")
    if len(labels) != n:
        raise DataError(
            f"X has {n} rows and y has {len(labels)} labels: give one label for each row."
        )
    return labels
