"""A column's cells as Arrow values, and what the column looked like in the caller's frame."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import CorruptStoreError

Name = str | int

# how a cell can be missing; ``Cells.missing`` holds positions in this tuple, 0 is observed
MISSING: tuple[Any, ...] = ("", pd.NA, np.nan, None, pd.NaT)
NULL, NAN = 1, 2


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
class Coded:
    """A column that has few cells again and again: each of them once, and which one a row has."""

    listed: Cells
    codes: np.ndarray

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.codes)

    @property
    def cells(self) -> Cells:
        """The cells of all rows."""
        return Cells(self.listed.values.take(pa.array(self.codes)), self.listed.missing[self.codes])


@dataclass(frozen=True)
class ColumnForm:
    """What a column of the caller's frame looks like, so that it can be built again."""

    dtype: str
    type: pa.DataType
    categories: pa.Array | None = None
    ordered: bool = False
    missing: tuple[int, ...] = ()
    categories_dtype: str = ""

    @property
    def values_type(self) -> pa.DataType:
        """Type of the column's cells."""
        kind = self.type.value_type if pa.types.is_dictionary(self.type) else self.type
        return canonical(pa.nulls(0, kind)).type

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
        array = one_chunk(table.column(0))
        if isinstance(array.type, pa.BaseExtensionType):
            raise pa.ArrowInvalid(f"unexpected type {array.type}")
        return array
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


def distinct(values: pa.Array) -> pa.Array:
    """Distinct values that are there, in an order of their own."""
    present = values.drop_null()
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        return pc.unique(present)
    # a hash table of millions of numbers takes 300 bytes each, sorting them 16
    return pa.array(np.unique(present.to_numpy(zero_copy_only=False)), values.type)


def canonical(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Reduce Arrow's many types to the few that the codecs know."""
    if pa.types.is_dictionary(array.type):
        return canonical(one_chunk(array).dictionary_decode())
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


def with_nan(cells: Cells) -> pa.Array:
    """Give the values with NaN in place of null wherever a cell was NaN."""
    nan = cells.missing == NAN
    if not pa.types.is_floating(cells.values.type) or not nan.any():
        return cells.values
    return pc.if_else(pa.array(nan), pa.scalar(np.nan, cells.values.type), cells.values)
