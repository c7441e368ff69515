"""The columns of a table or an array as the metrics see them: numbers and category codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...codecs.cells import storage
from ...codecs.frames import Frame, Name
from ...codecs.inference import infer_schema
from ...codecs.schema import Column, Schema
from ...codecs.spelling import Spelling
from ...errors import SchemaError

MISSING = -1
UNSEEN = "(unseen)"
IGNORED = ("identifier", "text")
_CATEGORIES = ("category", "boolean", "constant")


@dataclass(frozen=True, eq=False)
class Columns:
    """Rows of a table, column by column.

    ``numbers`` (n, p) are float64 with NaN where missing, dates and times in their units;
    ``codes`` (n, q) count categories from the most frequent one of the training rows on, the
    training rows' first, then those of the hold-out, then unseen ones; -1 is missing.
    """

    number_names: tuple[str, ...]
    numbers: np.ndarray
    code_names: tuple[str, ...]
    codes: np.ndarray

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.numbers)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers, then of the categories."""
        return self.number_names + self.code_names

    def take(self, rows: np.ndarray) -> "Columns":
        """Give some of the rows."""
        return Columns(self.number_names, self.numbers[rows], self.code_names, self.codes[rows])

    def without(self, name: str | None) -> "Columns":
        """Give all columns but one."""
        keep_number = [i for i, other in enumerate(self.number_names) if other != name]
        keep_code = [i for i, other in enumerate(self.code_names) if other != name]
        return Columns(
            tuple(self.number_names[i] for i in keep_number),
            self.numbers[:, keep_number],
            tuple(self.code_names[i] for i in keep_code),
            self.codes[:, keep_code],
        )

    def get(self, name: str) -> np.ndarray:
        """Give one column, (n,): floats of a number, codes of a category."""
        if name in self.number_names:
            return self.numbers[:, self.number_names.index(name)]
        return self.codes[:, self.code_names.index(name)]

    @classmethod
    def of_array(cls, array: np.ndarray) -> Self:
        """Take a 2-d array of numbers for columns x0, x1, ..."""
        names = tuple(f"x{i}" for i in range(array.shape[1]))
        return cls(names, array.astype(float), (), np.empty((len(array), 0), np.int32))


def joined(parts: Sequence[Columns]) -> Columns:
    """Stack rows of the same columns."""
    first = parts[0]
    numbers = np.concatenate([part.numbers for part in parts])
    codes = np.concatenate([part.codes for part in parts])
    return Columns(first.number_names, numbers, first.code_names, codes)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What is known of the columns of a table before synthetic rows are read.

    ``categories`` lists each category column's values as text: the training rows' by
    frequency, then those that only the hold-out has. ``n_train`` counts the former.
    """

    schema: Schema
    categories: Mapping[Name, pa.Array]
    n_train: Mapping[Name, int]

    @classmethod
    def learn(cls, train: Any, holdout: Any | None, schema: Any = None) -> Self:
        """Detect what the columns are and list the categories of real rows."""
        real = Frame(train)
        found = infer_schema(real, schema)
        other = Frame(holdout) if holdout is not None else None
        categories, n_train = {}, {}
        for column in found.columns:
            if column.type in _CATEGORIES:
                seen = _by_frequency(_texts(real, column))
                late = _by_frequency(_texts(other, column)) if other else seen[:0]
                late = late.filter(pc.invert(pc.is_in(late, value_set=seen)))
                categories[column.name] = pa.concat_arrays([seen, late])
                n_train[column.name] = len(seen)
        return cls(found, categories, n_train)

    @property
    def ignored(self) -> list[Column]:
        """Columns that no metric compares: identifiers and free text."""
        return [column for column in self.schema.columns if column.type in IGNORED]

    def read(self, raw: Any, what: str) -> Columns:
        """Read a frame with these columns, in any order.

        Raises
        ------
        SchemaError
            If columns are missing, are too many, or hold other things than the training rows.
        """
        frame = Frame(raw)
        check_names(self.schema.names, frame.names, what)
        numbers, codes = {}, {}
        for column in self.schema.columns:
            if column.name in self.categories:
                codes[str(column.name)] = self._codes(frame, column)
            elif column.type not in IGNORED:
                numbers[str(column.name)] = _measures(frame, column, what)
        n = frame.height
        return Columns(
            tuple(numbers),
            np.column_stack(list(numbers.values())) if numbers else np.empty((n, 0)),
            tuple(codes),
            np.column_stack(list(codes.values())) if codes else np.empty((n, 0), np.int32),
        )

    def shown(self, columns: Columns, name: Name) -> np.ndarray:
        """Give one column as people know it, (n,): dates, texts with None where missing."""
        values = columns.get(str(name))
        if name in self.categories:
            known = [*self.categories[name].to_pylist(), UNSEEN, None]
            codes = np.where(values == MISSING, len(known) - 1, values)
            return np.array(known, object)[codes]
        unit = self._unit(name)
        if unit is None:
            return values
        ticks = np.where(np.isnan(values), 0, values * unit.per_unit).astype(np.int64)
        return np.where(np.isnan(values), unit.missing, ticks.astype(unit.dtype))

    def is_time(self, name: Name) -> bool:
        """Whether a column holds dates, times or durations."""
        return self._unit(name) is not None

    def _unit(self, name: Name) -> "_Unit | None":
        declared = self.schema.get(name)
        return _UNITS.get(declared.type or "") if declared else None

    def _codes(self, frame: Frame, column: Column) -> np.ndarray:
        texts, known = _texts(frame, column), self.categories[column.name]
        codes = pc.index_in(texts, value_set=known)
        unseen = pc.if_else(texts.is_null(), MISSING, len(known))
        return pc.coalesce(codes, unseen.cast(pa.int32())).to_numpy(zero_copy_only=False)


def check_names(expected: Sequence[Name], found: Sequence[Name], what: str) -> None:
    """Refuse rows whose columns differ from the training rows'."""
    lacking = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    if lacking or extra:
        said = [f"lacks {_listed(lacking)}"] * bool(lacking)
        said += [f"has {_listed(extra)}, which the training rows have not"] * bool(extra)
        raise SchemaError(
            f"The {what} data {' and '.join(said)}. Give all three the same columns: rename, "
            "add or drop them."
        )


def _listed(names: Sequence[Name]) -> str:
    shown = ", ".join(repr(name) for name in names[:10])
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")


def _texts(frame: Frame, column: Column) -> pa.Array:
    """Read a column's values as text, so that 1, 1.0, "1" and " 1" are one category."""
    values = frame.read(column.name)[1].values
    kind = storage(values.type)
    if kind == "float":
        whole = pc.all(pc.equal(pc.floor(values), values)).as_py()
        values = values.cast(pa.int64()) if whole is not False else values
    if kind == "null":
        return pa.nulls(len(values), pa.large_string())
    texts = pc.utf8_trim_whitespace(values.cast(pa.large_string()))
    return pc.utf8_lower(texts) if column.type == "boolean" else texts


def _by_frequency(texts: pa.Array) -> pa.Array:
    counted = pc.value_counts(texts.drop_null())
    values, counts = counted.field("values"), counted.field("counts")
    table = pa.table({"value": values, "count": counts})
    order = [("count", "descending"), ("value", "ascending")]
    return table.sort_by(order)["value"].combine_chunks()


def _measures(frame: Frame, column: Column, what: str) -> np.ndarray:
    values = frame.read(column.name)[1].values
    if storage(values.type) == "string":
        read = _spelled(values, column)
        if read is None or read.null_count > values.null_count:
            odd = values if read is None else values.filter(pc.is_null(read))
            raise SchemaError(
                f"Column {column.name!r} is of type {column.type!r} in the training rows, but "
                f"the {what} data hold {odd.drop_null()[0].as_py()!r} there. Write it alike, or "
                f"declare the column with schema={{{column.name!r}: 'category'}}."
            )
        values = read
    return _as_floats(values)


def _spelled(texts: pa.Array, column: Column) -> pa.Array | None:
    if column.format is not None:
        read = Spelling(column.type or "", column.format).read(texts)
        if read.null_count == texts.null_count:
            return read
    try:
        target = _TEXT_TYPES[column.type or ""]
        return pc.utf8_trim_whitespace(texts).cast(target)
    except (KeyError, pa.ArrowException):
        return None


_TEXT_TYPES: dict[str, pa.DataType] = {
    "real": pa.float64(),
    "integer": pa.float64(),
    "datetime": pa.timestamp("us"),
    "date": pa.date32(),
    "time": pa.time64("us"),
}


@dataclass(frozen=True)
class _Unit:
    """How times become floats, of one unit for all files, and numpy's times again."""

    arrow: pa.DataType
    per_unit: float
    dtype: str

    @property
    def missing(self) -> Any:
        return np.array("NaT", self.dtype)


_UNITS = {
    "date": _Unit(pa.date32(), 1, "datetime64[D]"),
    "datetime": _Unit(pa.timestamp("us"), 1e6, "datetime64[us]"),
    "time": _Unit(pa.time64("us"), 1e6, "timedelta64[us]"),
    "duration": _Unit(pa.duration("us"), 1e6, "timedelta64[us]"),
}


def _as_floats(values: pa.Array) -> np.ndarray:
    unit = _UNITS.get(storage(values.type))
    if unit is not None:
        whole = pa.int32() if unit.arrow.bit_width == 32 else pa.int64()
        values = values.cast(unit.arrow, safe=False).cast(whole)
    floats = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.where(np.isinf(floats), np.nan, floats) / (unit.per_unit if unit else 1.0)
