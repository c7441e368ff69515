"""The caller's frame: its columns as Arrow arrays, and arrays as the same kind of frame."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import CorruptStoreError, DataError, SchemaError, UnsupportedError

Name = str | int

# how a cell can be missing; ``Cells.missing`` holds positions in this tuple, 0 is observed
MISSING: tuple[Any, ...] = ("", pd.NA, np.nan, None, pd.NaT)
NULL, NAN = 1, 2
_DATES = ("date", "time", "datetime", "datetime64", "timedelta", "timedelta64")
_OBJECTS = ("string", "boolean", "integer", "floating", "decimal", "empty", *_DATES)


@dataclass(frozen=True)
class Cells:
    """One column: Arrow values, null wherever missing, and how each missing cell is missing."""

    values: pa.Array
    missing: np.ndarray

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.values)

    @property
    def observed(self) -> pa.Array:
        """The values that are there."""
        return self.values.drop_null() if self.values.null_count else self.values

    def missing_kinds(self) -> tuple[int, ...]:
        """Kinds of missing cells present, the most frequent first."""
        counts = np.bincount(self.missing, minlength=len(MISSING))[1:]
        return tuple(int(k) + 1 for k in np.argsort(-counts, kind="stable") if counts[k])


@dataclass(frozen=True)
class ColumnForm:
    """What a column of the caller's frame looks like, so that it can be built again."""

    dtype: str
    type: pa.DataType
    categories: pa.Array | None = None
    ordered: bool = False
    missing: tuple[int, ...] = ()
    categories_dtype: str = field(default="")

    @property
    def values_type(self) -> pa.DataType:
        """Type of the column's cells."""
        kind = self.type.value_type if pa.types.is_dictionary(self.type) else self.type
        return _canonical(pa.nulls(0, kind)).type

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        listed = None if self.categories is None else pack(self.categories)
        return {
            "dtype": self.dtype,
            "type": pack(pa.nulls(0, self.type)),
            "categories": listed,
            "ordered": self.ordered,
            "missing": list(self.missing),
            "categories_dtype": self.categories_dtype,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        listed = state["categories"]
        changed = {
            "type": unpack(state["type"]).type,
            "categories": None if listed is None else unpack(listed),
            "missing": tuple(state["missing"]),
        }
        return cls(**{**state, **changed})


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

    def read(self, name: Name) -> tuple[ColumnForm, Cells]:
        """Read one column, and how to build it again."""
        column = self._native[name]
        try:
            form, array, missing = _READERS[self.kind](column)
            values = _canonical(array)
        except (ValueError, TypeError, NotImplementedError, OverflowError) as problem:
            raise _unreadable(
                name, column.dtype if hasattr(column, "dtype") else column.type
            ) from (problem)
        values, missing = _without_nan(values, missing)
        cells = Cells(values, missing)
        return ColumnForm(**{**form, "missing": cells.missing_kinds()}), cells


def build(kind: str, forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells]) -> Any:
    """Build a frame of a kind from its columns, in the order of ``forms``."""
    return _BUILDERS[kind](forms, columns)


def to_cells(values: Any, form: ColumnForm) -> Cells:
    """Turn an array of plain values (labels, say) into cells of a column of that form."""
    try:
        array = _canonical(pa.array(values, from_pandas=True))
        array = array if form.values_type == pa.null() else array.cast(form.values_type)
    except (ValueError, TypeError, NotImplementedError) as problem:
        raise DataError(f"{values!r} does not fit a column of type {form.dtype}") from problem
    kind = form.missing[0] if form.missing else NULL
    return Cells(array, np.where(array.is_null(), kind, 0).astype(np.int8))


def with_nulls(values: pa.Array, missing: np.ndarray) -> pa.Array:
    """Give the values with a null wherever a cell is missing."""
    if not missing.any():
        return values
    return pc.if_else(pa.array(missing > 0), pa.scalar(None, values.type), values)


def pack(array: pa.Array) -> np.ndarray:
    """Write an Arrow array as bytes, (n_bytes,) uint8, in Arrow's own format."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([array], names=[""])
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return np.frombuffer(sink.getvalue(), np.uint8)


def unpack(data: np.ndarray) -> pa.Array:
    """Read bytes written by :func:`pack`, checking every buffer."""
    try:
        table = pa.ipc.open_stream(pa.py_buffer(np.ascontiguousarray(data, np.uint8))).read_all()
        table.validate(full=True)
        return one_chunk(table.column(0))
    except (pa.ArrowException, IndexError, OSError) as problem:
        raise CorruptStoreError(
            f"a column's stored values cannot be read ({problem}); restore the folder from a copy"
        ) from problem


def one_chunk(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Give one contiguous array."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    if pa.types.is_dictionary(array.type):
        array = array.unify_dictionaries()
    return array.combine_chunks()


def storage(kind: pa.DataType) -> str:
    """Name the family of an Arrow type: integer, float, string, boolean, date, time, ..."""
    return next(name for name, claim in _STORAGE.items() if claim(kind))


_STORAGE: dict[str, Callable[[pa.DataType], bool]] = {
    "integer": pa.types.is_integer,
    "float": pa.types.is_floating,
    "string": pa.types.is_large_string,
    "boolean": pa.types.is_boolean,
    "date": pa.types.is_date32,
    "datetime": pa.types.is_timestamp,
    "time": pa.types.is_time,
    "duration": pa.types.is_duration,
    "null": pa.types.is_null,
}


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


def _unreadable(name: Name, dtype: Any) -> SchemaError:
    return SchemaError(
        f"column {name!r} ({dtype}) holds values of mixed or nested types that a table model "
        "cannot learn; convert it to one simple type (numbers, text, dates, booleans) or remove it"
    )


def _canonical(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Reduce Arrow's many types to the few that the codecs know."""
    if pa.types.is_dictionary(array.type):
        return _canonical(one_chunk(array).dictionary_decode())
    for claim, target in _CASTS:
        if claim(array.type):
            return one_chunk(array.cast(target))
    if not any(claim(array.type) for claim in _STORAGE.values()):
        raise TypeError(array.type)
    return one_chunk(array)


_CASTS: tuple[tuple[Callable[[pa.DataType], bool], pa.DataType], ...] = (
    (pa.types.is_string, pa.large_string()),
    (lambda t: t == pa.string_view(), pa.large_string()),
    (pa.types.is_float16, pa.float32()),
    (pa.types.is_decimal, pa.float64()),
    (pa.types.is_date64, pa.date32()),
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


def _with_nan(cells: Cells) -> pa.Array:
    nan = cells.missing == NAN
    if not pa.types.is_floating(cells.values.type) or not nan.any():
        return cells.values
    return pc.if_else(pa.array(nan), pa.scalar(np.nan, cells.values.type), cells.values)


_Read = tuple[dict[str, Any], pa.Array | pa.ChunkedArray, np.ndarray | None]


def _read_pandas(series: pd.Series) -> _Read:
    form: dict[str, Any] = {"dtype": _token(series.dtype)}
    if series.dtype == object:
        array, missing = _read_objects(series.to_numpy())
        return {**form, "type": array.type}, array, missing
    if isinstance(series.dtype, pd.CategoricalDtype):
        listed = series.dtype.categories
        form |= {
            "categories": _canonical(pa.array(listed.array)),
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
        return {**form, "type": pa.large_string(), "categories": _canonical(listed)}, array, None
    return {**form, "dtype": str(series.dtype), "type": array.type}, array, None


def _read_pyarrow(column: pa.ChunkedArray) -> _Read:
    array = one_chunk(column)
    form: dict[str, Any] = {"dtype": str(array.type), "type": array.type}
    if pa.types.is_dictionary(array.type):
        form |= {"categories": array.dictionary, "ordered": array.type.ordered}
    return form, array, None


def _build_pandas(forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells]) -> pd.DataFrame:
    built = {name: _to_pandas(form, columns[name]) for name, form in forms.items()}
    return pd.DataFrame(built, columns=list(forms), copy=False)


def _to_pandas(form: ColumnForm, cells: Cells) -> Any:
    values = _with_nan(cells)
    if form.categories is not None and form.categories_dtype:
        listed = Cells(form.categories, np.zeros(len(form.categories), np.int8))
        kind = ColumnForm(form.categories_dtype, form.categories.type)
        dtype = pd.CategoricalDtype(pd.Index(_to_pandas(kind, listed)), form.ordered)
        return pd.Categorical.from_codes(_positions(cells.values, form.categories, -1), dtype=dtype)
    dtype = _pandas_dtype(form)
    if dtype == object:
        return _to_objects(form, cells)
    if isinstance(dtype, pd.ArrowDtype):
        return pd.arrays.ArrowExtensionArray(_to_arrow(form, cells))
    if isinstance(dtype, pd.api.extensions.ExtensionDtype):
        return dtype.__from_arrow__(pa.chunked_array([values.cast(form.type)]))
    return values.to_numpy(zero_copy_only=False).astype(dtype, copy=False)


def _pandas_dtype(form: ColumnForm) -> Any:
    if form.dtype.startswith("ArrowDtype("):
        return pd.ArrowDtype(form.type)
    if form.dtype == "str":
        return pd.StringDtype(na_value=np.nan)
    return pd.api.types.pandas_dtype(form.dtype)


def _to_objects(form: ColumnForm, cells: Cells) -> np.ndarray:
    listed = cells.values.cast(form.type).to_pandas(date_as_object=True, integer_object_nulls=True)
    out = listed.astype(object).to_numpy(copy=True)
    for kind in cells.missing_kinds():
        out[cells.missing == kind] = MISSING[kind]
    return out


def _build_polars(forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells]) -> Any:
    import polars as pl

    def series(name: Name, form: ColumnForm) -> Any:
        plain = pl.Series(str(name), _with_nan(columns[name]).cast(form.type))
        if form.categories is None:
            return plain
        listed = form.categories.to_pylist()
        return plain.cast(pl.Enum(listed) if form.dtype == "Enum" else pl.Categorical)

    return pl.DataFrame([series(name, form) for name, form in forms.items()])


def _build_pyarrow(forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells]) -> pa.Table:
    arrays = [_to_arrow(form, columns[name]) for name, form in forms.items()]
    return pa.table(arrays, names=[str(name) for name in forms])


def _to_arrow(form: ColumnForm, cells: Cells) -> pa.Array:
    if not pa.types.is_dictionary(form.type):
        return _with_nan(cells).cast(form.type)
    codes = pc.index_in(cells.values, value_set=_canonical(form.categories))
    codes = codes.cast(form.type.index_type)
    return pa.DictionaryArray.from_arrays(codes, form.categories, ordered=form.ordered)


def _positions(values: pa.Array, listed: pa.Array, absent: int) -> np.ndarray:
    found = pc.index_in(values.cast(listed.type), value_set=listed)
    return pc.fill_null(found, absent).to_numpy(zero_copy_only=False)


_READERS: dict[str, Callable[[Any], _Read]] = {
    "pandas": _read_pandas,
    "polars": _read_polars,
    "pyarrow": _read_pyarrow,
}
_BUILDERS: dict[str, Callable[..., Any]] = {
    "pandas": _build_pandas,
    "polars": _build_polars,
    "pyarrow": _build_pyarrow,
}
