"""The rows that a sampler gets: numbers and codes of categories, and back in their own form."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api import types as dtypes
from scipy import sparse
from sklearn.utils import _safe_indexing

from ..errors import DataError, SettingError, UnsupportedError


class Cells(NamedTuple):
    """``numbers`` (n, d), dense or CSR, NaN where one is missing; ``codes`` (n, c) of categories."""

    numbers: Any
    codes: np.ndarray

    def take(self, rows: np.ndarray | slice) -> "Cells":
        """Give some rows, by number."""
        return Cells(self.numbers[rows], self.codes[rows])

    def __len__(self) -> int:
        return len(self.codes)


class Features(ABC):
    """Rows of one form; ``cells`` are what they hold."""

    cells: Cells

    def room(self, n: int) -> Any:
        """Where the numbers of ``n`` new rows are written, (n, d); None for sparse ones."""
        return np.empty((n, self.cells.numbers.shape[1]), self.cells.numbers.dtype)

    @abstractmethod
    def with_new(self, new: Cells) -> Any:
        """Give the rows and new ones behind them, in the form of the rows."""


def read(X: Any, categorical: Any = "auto") -> Features:
    """Read rows: an array or list (n, d), a sparse matrix, or a frame.

    ``categorical`` names or numbers the columns that are categories, or is a mask of them;
    "auto" takes what is neither number nor date.

    Raises
    ------
    DataError
        If cells are infinite, or the shape is not that of a table.
    UnsupportedError
        If a column holds what can neither be interpolated nor compared.
    """
    if sparse.issparse(X):
        return SparseRows(X)
    if isinstance(X, pd.DataFrame):
        is_sparse = len(X.columns) and all(isinstance(t, pd.SparseDtype) for t in X.dtypes)
        return SparseFrame(X) if is_sparse else Frame(X, categorical)
    if not isinstance(X, np.ndarray | list):
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        if isinstance(frame, nw.DataFrame):
            return ForeignFrame(frame, categorical)
    return _of_array(X, categorical)


def as_array(X: Any) -> np.ndarray:
    """Array of a list; cells of several kinds stay what they are."""
    array = np.asarray(X)
    return np.array(X, object) if isinstance(X, list) and array.dtype.kind in "US" else array


def as_frame(X: Any) -> pd.DataFrame:
    """Rows of any form as a pandas frame; what an array has beyond two dimensions is laid flat."""
    if isinstance(X, pd.DataFrame):
        return X
    if sparse.issparse(X):
        return pd.DataFrame(X.toarray())
    if isinstance(X, np.ndarray | list):
        array = as_array(X)
        return pd.DataFrame(array.reshape(len(array), -1)).infer_objects()
    return nw.from_native(X, eager_only=True).to_pandas()


def refuse_twins(X: Any) -> None:
    """Refuse a frame with two columns of one name."""
    names = list(getattr(X, "columns", [])) if isinstance(X, pd.DataFrame) else []
    twins = sorted({str(name) for name in names if names.count(name) > 1})
    if twins:
        raise DataError(
            f"X has several columns of the name {', '.join(map(repr, twins))}; rename them, so that "
            "each column has a name of its own."
        )


def taken(X: Any, rows: np.ndarray) -> Any:
    """Rows of anything that has rows, by number."""
    if type(X).__module__.startswith("pyarrow"):
        return X.take(rows)
    return _safe_indexing(X, rows)


def _of_array(X: Any, categorical: Any) -> Features:
    array = as_array(X)
    if array.dtype.kind == "c":
        raise DataError(
            "Complex data not supported: X holds complex numbers, whose imaginary part would be "
            "lost; pass real and imaginary parts as two columns."
        )
    if array.ndim != 2:
        raise DataError(
            f"X has shape {array.shape}; new rows are made of numbers and categories in columns, "
            "so give it as (n, d), or use RandomOverSampler or a Rebalancer."
        )
    is_plain = array.dtype.kind in "fiub" and isinstance(categorical, str)
    made = Dense(array) if is_plain else Mixed(array, categorical)
    return AsList(made) if isinstance(X, list) else made


class Dense(Features):
    """An array of numbers."""

    def __init__(self, X: np.ndarray) -> None:
        self.X = X
        numbers = X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)
        if not np.isfinite(numbers.sum()):
            _refuse_infinite(numbers)
        self.cells = Cells(numbers, np.empty((len(X), 0), np.int32))

    def room(self, n: int) -> Any:
        """Give the end of an array that has room for the rows as well."""
        if self.cells.numbers is not self.X:
            return super().room(n)
        return np.empty((len(self.X) + n, self.X.shape[1]), self.X.dtype)[len(self.X) :]

    def with_new(self, new: Cells) -> np.ndarray:
        """Give the rows and new ones behind them."""
        n, out = len(self.X), new.numbers.base
        if out is None or len(out) != n + len(new):
            out = np.empty((n + len(new), self.X.shape[1]), self.X.dtype)
            out[n:] = _rounded(new.numbers, self.X.dtype)
        out[:n] = self.X
        return out


class SparseRows(Features):
    """A sparse matrix of numbers."""

    def __init__(self, X: Any) -> None:
        self.X, numbers = X, X.tocsr()
        if not np.isfinite(numbers.data.sum()):
            _refuse_infinite(numbers.data)
        if np.isnan(numbers.data).any():
            raise UnsupportedError(
                "A sparse X holds NaN; fill them first, or pass it as a dense array."
            )
        self.cells = Cells(numbers, np.empty((numbers.shape[0], 0), np.int32))

    def room(self, n: int) -> None:
        """Give none: a sparse matrix is not written in place."""

    def with_new(self, new: Cells) -> Any:
        """Give the rows and new ones behind them."""
        new.numbers.data = _rounded(new.numbers.data, self.X.dtype)
        new.numbers.eliminate_zeros()
        both = sparse.vstack([self.cells.numbers, new.numbers]).asformat(self.X.format)
        return type(self.X)(both.astype(self.X.dtype))


class SparseFrame(Features):
    """A pandas frame of sparse columns."""

    def __init__(self, X: pd.DataFrame) -> None:
        self.X, self.rows = X, SparseRows(X.sparse.to_coo())
        self.cells = self.rows.cells

    def room(self, n: int) -> None:
        """Give none."""

    def with_new(self, new: Cells) -> pd.DataFrame:
        """Give the rows and new ones behind them."""
        both = self.rows.with_new(new)
        return pd.DataFrame.sparse.from_spmatrix(both, columns=self.X.columns).astype(self.X.dtypes)


class Frame(Features):
    """A pandas frame of numbers, dates and categories."""

    def __init__(self, X: pd.DataFrame, categorical: Any) -> None:
        self.X = X
        is_code = _categorical(X, categorical)
        self.columns = [
            Codes.of(X.iloc[:, i]) if is_code[i] else _numbers_of(X.iloc[:, i])
            for i in range(X.shape[1])
        ]
        numbers = [c.values for c in self.columns if isinstance(c, Numbers)]
        codes = [c.codes for c in self.columns if isinstance(c, Codes)]
        self.cells = Cells(
            np.stack(numbers, 1) if numbers else np.empty((len(X), 0)),
            np.stack(codes, 1) if codes else np.empty((len(X), 0), np.int32),
        )
        _refuse_infinite(self.cells.numbers)

    def with_new(self, new: Cells) -> pd.DataFrame:
        """Give the rows and new ones behind them."""
        return pd.concat([self.X, self._frame(new)], ignore_index=True)

    def _frame(self, new: Cells) -> pd.DataFrame:
        numbers, codes = iter(new.numbers.T), iter(new.codes.T)
        columns = [
            column.series(next(numbers) if isinstance(column, Numbers) else next(codes))
            for column in self.columns
        ]
        frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
        frame.columns = self.X.columns
        return frame


class ForeignFrame(Frame):
    """A polars or pyarrow frame."""

    def __init__(self, frame: nw.DataFrame[Any], categorical: Any) -> None:
        super().__init__(frame.to_pandas(), categorical)
        self.form = frame

    def with_new(self, new: Cells) -> Any:
        """Give the rows and new ones behind them."""
        frame = self._frame(new)
        for name, dtype in self.form.schema.items():
            if dtype.is_integer():
                frame[name] = frame[name].round()
        native = self.form.to_native()
        if isinstance(native, pa.Table):
            columns = [_longer(native[name], frame[name]) for name in native.column_names]
            return pa.table(columns, native.column_names)
        fresh = nw.from_native(nw.from_native(frame, eager_only=True).to_polars()).select(
            nw.col(name).cast(dtype) for name, dtype in self.form.schema.items()
        )
        return nw.concat([self.form, fresh]).to_native()


class Mixed(Features):
    """An array of objects, or of numbers some of which are categories."""

    def __init__(self, X: np.ndarray, categorical: Any) -> None:
        self.dtype, frame = X.dtype, pd.DataFrame(X)
        self.frame = Frame(frame.infer_objects() if X.dtype == object else frame, categorical)
        self.cells = self.frame.cells

    def with_new(self, new: Cells) -> np.ndarray:
        """Give the rows and new ones behind them."""
        return self.frame.with_new(new).to_numpy(self.dtype)


class AsList(Features):
    """Lists of cells."""

    def __init__(self, rows: Features) -> None:
        self.rows, self.cells = rows, rows.cells

    def room(self, n: int) -> Any:
        """Give that of the array."""
        return self.rows.room(n)

    def with_new(self, new: Cells) -> list[Any]:
        """Give the rows and new ones behind them."""
        made: list[Any] = self.rows.with_new(new).tolist()
        return made


@dataclass(frozen=True)
class Numbers:
    """A column of numbers or dates, in float64."""

    values: np.ndarray
    dtype: Any

    @classmethod
    def of(cls, column: pd.Series) -> "Numbers":
        """Read a column; what is missing is NaN."""
        dtype = column.dtype
        if dtypes.is_datetime64_any_dtype(dtype) or dtypes.is_timedelta64_dtype(dtype):
            ticks = column.astype("int64").to_numpy(float)
            return cls(np.where(column.isna(), np.nan, ticks), dtype)
        if not dtypes.is_numeric_dtype(dtype) or dtypes.is_complex_dtype(dtype):
            raise UnsupportedError(
                f"column {column.name!r} of type {dtype} is declared a number and is none; "
                "name it in categorical_features, or convert it."
            )
        return cls(column.to_numpy(float, na_value=np.nan), dtype)

    def series(self, values: np.ndarray) -> pd.Series:
        """Give numbers in the column's type."""
        if self.dtype.kind in "mM":
            missing = np.isnan(values)
            ticks = pd.Series(np.where(missing, 0, values).round().astype("int64"))
            return ticks.astype(self.dtype).mask(missing)
        return pd.Series(_rounded(values, self.dtype)).astype(self.dtype)


@dataclass(frozen=True)
class Decimals(Numbers):
    """A column of Python's decimal numbers of so many ``places``."""

    places: int

    @classmethod
    def of(cls, column: pd.Series) -> "Decimals":
        """Read a column; what is missing is NaN."""
        known = column.dropna()
        places = max((-int(x.as_tuple().exponent) for x in known if x.is_finite()), default=0)
        return cls(column.astype(float).to_numpy(), column.dtype, max(places, 0))

    def series(self, values: np.ndarray) -> pd.Series:
        """Give numbers with as many places."""
        cells = [None if np.isnan(x) else Decimal(f"{x:.{self.places}f}") for x in values]
        return pd.Series(cells, dtype=object)


def _numbers_of(column: pd.Series) -> Numbers:
    return Decimals.of(column) if _is_decimal(column) else Numbers.of(column)


def _is_decimal(column: pd.Series) -> bool:
    return column.dtype == object and dtypes.infer_dtype(column, skipna=True) == "decimal"


@dataclass(frozen=True)
class Codes:
    """A column of categories; a missing one is a category too."""

    codes: np.ndarray
    values: np.ndarray
    dtype: Any

    @classmethod
    def of(cls, column: pd.Series) -> "Codes":
        """Read a column."""
        codes, values = pd.factorize(column, use_na_sentinel=False)
        return cls(codes.astype(np.int32), np.asarray(values, object), column.dtype)

    def series(self, codes: np.ndarray) -> pd.Series:
        """Give categories in the column's type."""
        return pd.Series(self.values[codes]).astype(self.dtype)


def _longer(column: pa.ChunkedArray, new: pd.Series) -> pa.ChunkedArray:
    """An arrow column with new values behind it."""
    kind = column.type
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    values = pa.array(new.to_numpy(object), from_pandas=True)
    both = pa.chunked_array([*column.cast(plain).chunks, values.cast(plain)], plain)
    return both.dictionary_encode() if pa.types.is_dictionary(kind) else both


def _categorical(X: pd.DataFrame, asked: Any) -> np.ndarray:
    """Which columns are categories, (d,)."""
    if isinstance(asked, str) and asked == "auto":
        columns = (X.iloc[:, i] for i in range(X.shape[1]))
        return np.array([looks_categorical(column) for column in columns], bool)
    asked = np.asarray(asked)
    if asked.dtype == bool and len(asked) == X.shape[1]:
        return asked
    names = X.columns.tolist()
    places = [names.index(a) if a in names else a for a in asked.tolist()]
    wrong = [p for p in places if isinstance(p, str) or not -len(names) <= p < len(names)]
    if wrong:
        raise SettingError(
            f"categorical_features names {wrong}, which are no columns; use names or numbers of "
            f"{names[:20]}, or a mask of {len(names)}."
        )
    is_code = np.zeros(len(names), bool)
    is_code[places] = True
    return is_code


def looks_categorical(column: pd.Series) -> bool:
    """Whether a column is neither of numbers nor of times."""
    dtype = column.dtype
    if _is_decimal(column):
        return False
    is_number = dtypes.is_numeric_dtype(dtype) and not dtypes.is_bool_dtype(dtype)
    return not (is_number or dtype.kind in "mM")


def _rounded(values: np.ndarray, dtype: Any) -> np.ndarray:
    return np.rint(values) if dtype.kind in "iub" else values


def _refuse_infinite(values: np.ndarray) -> None:
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argwhere(infinite)[0][0])
        raise DataError(f"X is infinite in row {row}; replace inf by a number or by NaN.")
