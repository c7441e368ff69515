"""The caller's frame, read column by column."""

from collections.abc import Callable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError, SchemaError, UnsupportedError
from .cells import MISSING, NAN, NULL, Cells, ColumnForm, Name, canonical, one_chunk

_DATES = ("date", "time", "datetime", "datetime64", "timedelta", "timedelta64")
_OBJECTS = ("string", "boolean", "integer", "floating", "decimal", "empty", *_DATES)


class Frame:
    """An eager pandas, polars or pyarrow frame, read one column at a time."""

    def __init__(self, raw: Any) -> None:
        frame = _open(raw)
        self.kind = str(frame.implementation)
        self._native = nw.to_native(frame)
        self.names = list(self._native.columns if self.kind == "pandas" else frame.columns)
        self.height = len(frame)
        for name in self.names:
            if not isinstance(name, str | int | np.integer):
                raise SchemaError(
                    f"column name {name!r} is neither text nor an integer; rename the columns, "
                    "for instance frame.columns = ['_'.join(map(str, c)) for c in frame.columns]"
                )
        self.names = [name if isinstance(name, str) else int(name) for name in self.names]
        if len({str(name) for name in self.names}) < len(self.names):
            raise SchemaError(f"column names {self.names} repeat; give every column its own name")

    @property
    def native(self) -> Any:
        """The caller's own frame; of rows that are not in memory, the first ones."""
        return self._native

    def read(self, name: Name) -> tuple[ColumnForm, Cells]:
        """Read one column, and how to build it again."""
        column = self._native[name]
        try:
            form, array, missing = _READERS[self.kind](column)
            values = canonical(array)
        except (ValueError, TypeError, NotImplementedError, OverflowError) as problem:
            raise SchemaError(
                f"column {name!r} of type {getattr(column, 'dtype', None) or column.type} holds "
                "mixed or nested values, or others that a table model cannot learn; convert it to "
                "one simple type (numbers, text, dates, booleans), or remove it"
            ) from problem
        values, missing = _without_nan(values, missing)
        cells = Cells(values, missing)
        return ColumnForm(**{**form, "missing": cells.missing_kinds()}), cells


def by_column(given: Any) -> Any:
    """Give the columns of a frame by name, as arrays (n,); anything else as it is."""
    if not isinstance(nw.from_native(given, eager_only=True, pass_through=True), nw.DataFrame):
        return given
    frame = Frame(given)
    return {name: np.asarray(frame.native[name]) for name in frame.names}


class ColumnwiseFrame(Frame):
    """A frame that is not in memory: ``load`` gives some of its columns, whole, as a frame.

    ``head`` is a frame of the first rows. Columns are read in order, ``together`` at a time.
    """

    def __init__(
        self, head: Any, height: int, load: Callable[[list[Name]], Any], together: int
    ) -> None:
        super().__init__(head)
        self.height = height
        self._load, self._together = load, together
        self._loaded: Frame | None = None

    def read(self, name: Name) -> tuple[ColumnForm, Cells]:
        """Read one column, and how to build it again."""
        if self._loaded is None or name not in self._loaded.names:
            self._loaded = None  # one column makes room for the next
            start = self.names.index(name)
            self._loaded = Frame(self._load(self.names[start : start + self._together]))
        return self._loaded.read(name)


def to_cells(values: Any, form: ColumnForm) -> Cells:
    """Turn an array of plain values (labels, say) into cells of a column of that form."""
    try:
        array = canonical(pa.array(values, from_pandas=True))
        array = array if form.values_type == pa.null() else array.cast(form.values_type)
    except (ValueError, TypeError, NotImplementedError) as problem:
        raise DataError(f"{values!r} does not fit a column of type {form.dtype}") from problem
    kind = form.missing[0] if form.missing else NULL
    return Cells(array, np.where(array.is_null(), kind, 0).astype(np.int8))


def _open(raw: Any) -> nw.DataFrame[Any]:
    try:
        frame = nw.from_native(raw, eager_only=True)
        if str(frame.implementation) in _READERS and frame.columns:
            return frame
    except nw.exceptions.DuplicateError as problem:
        raise SchemaError(f"{problem}; give every column its own name") from problem
    except TypeError as problem:
        raise UnsupportedError(
            f"a table must be a pandas, polars or pyarrow frame in memory, not "
            f"{type(raw).__name__}; collect() a lazy frame, wrap an array in a frame"
        ) from problem
    if not frame.columns:
        raise DataError("the table has no columns; read it again with at least one")
    raise UnsupportedError(
        f"{type(raw).__module__} frames are not supported; convert to pandas, polars or pyarrow"
    )


def _without_nan(values: pa.Array, missing: np.ndarray | None) -> tuple[pa.Array, np.ndarray]:
    if missing is None:
        missing = np.zeros(len(values), np.int8)
        if values.null_count:
            missing[values.is_null().to_numpy(zero_copy_only=False)] = NULL
    if pa.types.is_floating(values.type):
        nan = pc.fill_null(pc.is_nan(values), False)
        if pc.any(nan).as_py():
            missing[nan.to_numpy(zero_copy_only=False)] = NAN
            values = pc.if_else(nan, pa.scalar(None, values.type), values)
    return values, missing


_Read = tuple[dict[str, Any], pa.Array | pa.ChunkedArray, np.ndarray | None]


def _read_pandas(series: pd.Series) -> _Read:
    form: dict[str, Any] = {"dtype": _token(series.dtype)}
    if series.dtype == object:
        array, missing = _read_objects(series.to_numpy())
        return {**form, "type": array.type}, array, missing
    if isinstance(series.dtype, pd.CategoricalDtype):
        listed = series.dtype.categories
        form |= {
            "categories": canonical(pa.array(listed.array)),
            "ordered": bool(series.dtype.ordered),
            "categories_dtype": _token(listed.dtype),
        }
    plain = isinstance(series.dtype, np.dtype)
    array = one_chunk(pa.array(series.to_numpy() if plain else series.array))
    if pa.types.is_dictionary(array.type):
        form = {"categories": array.dictionary, "ordered": array.type.ordered, **form}
    return {**form, "type": array.type}, array, None


def _read_objects(values: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    if pd.api.types.infer_dtype(values, skipna=True) not in _OBJECTS:
        raise TypeError("mixed objects")
    absent = np.asarray(pd.isna(values), bool)
    missing = np.zeros(len(values), np.int8)
    missing[absent] = [_object_kind(value) for value in values[absent]]
    return pa.array(values, mask=absent, from_pandas=True), missing


def _object_kind(value: Any) -> int:
    same = (kind for kind in range(1, len(MISSING)) if value is MISSING[kind])
    return next(same, NAN)


def _token(dtype: Any) -> str:
    # pandas writes three different types as "string"
    if isinstance(dtype, pd.ArrowDtype):
        return f"ArrowDtype({dtype.pyarrow_dtype})"
    if isinstance(dtype, pd.StringDtype):
        return f"string[{dtype.storage}]" if dtype.na_value is pd.NA else "str"
    return str(dtype)


def _read_polars(series: Any) -> _Read:
    array = series.to_arrow()
    form: dict[str, Any] = {"dtype": str(series.dtype.base_type())}
    if pa.types.is_dictionary(array.type):
        # a Categorical's list is shared by the whole process, only an Enum's is its own
        listed = array.dictionary if form["dtype"] == "Enum" else array.dictionary[:0]
        return {**form, "type": pa.large_string(), "categories": canonical(listed)}, array, None
    return {**form, "dtype": str(series.dtype), "type": array.type}, array, None


def _read_pyarrow(column: pa.ChunkedArray) -> _Read:
    array = one_chunk(column)
    form: dict[str, Any] = {"dtype": str(array.type), "type": array.type}
    if pa.types.is_dictionary(array.type):
        form |= {"categories": array.dictionary, "ordered": array.type.ordered}
    return form, array, None


_READERS: dict[str, Callable[[Any], _Read]] = {
    "pandas": _read_pandas,
    "polars": _read_polars,
    "pyarrow": _read_pyarrow,
}
