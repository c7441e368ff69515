"""Arrow tables as the frame that the user asked for, with plain column types."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError, MissingExtraError

UNNAMED = "c{}"  # how a column without a name is called, from c0


def to_frame(table: pa.Table, frame: str) -> Any:
    """Give the table as "pandas", "polars" or "arrow"."""
    return FRAMES[frame](table)


def to_arrow(X: Any) -> pa.Table:
    """Give any eager frame as a table, without an index.

    Raises
    ------
    DataError
        If a column mixes types that have no common one.
    """
    frame = nw.maybe_reset_index(nw.from_native(X, eager_only=True))
    frame = frame.rename({name: str(name) for name in frame.columns if not isinstance(name, str)})
    try:
        return frame.to_arrow().replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"A column mixes values of several types: {' '.join(map(str, error.args))}. "
            "Give each column one type, as frame[column].astype(str) does."
        ) from error


def plain(table: pa.Table) -> pa.Table:
    """Bring columns to types that every frame has; refuse what is no plain value.

    A column without a single value becomes float64, decimals become float64.
    """
    name, count = Counter(table.column_names).most_common(1)[0] if table.num_columns else ("", 0)
    if count > 1:
        raise DataError(f"{count} columns are named {name!r}: give each its own name.")
    for index, field in enumerate(table.schema):
        column = _plain_column(table.column(index), field)
        if column.type != field.type:
            table = table.set_column(index, field.name, column)
    return table


def _plain_column(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    kind = field.type
    if pa.types.is_null(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise DataError(
            f"Column {field.name!r} holds {kind} values, and a cell may hold one number, text, date "
            "or truth value: drop the column or spread it over several."
        )
    return column


def _to_pandas(table: pa.Table) -> Any:
    import pandas as pd

    names = table.column_names
    return pd.DataFrame({name: _pandas_series(table[name]) for name in names}, columns=names)


def _pandas_series(column: pa.ChunkedArray) -> Any:
    kind = column.type
    if column.null_count and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        return column.to_pandas(types_mapper=_nullable)
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.unit in ("s", "ms")):
        return _stamped(column).to_pandas()
    return column.to_pandas()


def _nullable(kind: pa.DataType) -> Any:
    import pandas as pd

    name = "boolean" if pa.types.is_boolean(kind) else str(kind).replace("i", "I").replace("u", "U")
    return pd.api.types.pandas_dtype(name)


def _stamped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give dates and coarse time stamps in the unit that pandas takes for its own."""
    import pandas as pd

    zone = getattr(column.type, "tz", None)
    units = ("ns", "us") if int(pd.__version__.split(".")[0]) < 3 else ("us",)
    seconds = column.cast(pa.timestamp("ms", zone))
    for unit in units:
        try:
            return seconds.cast(pa.timestamp(unit, zone))
        except pa.ArrowInvalid:  # nanoseconds reach from 1677 to 2262 only
            continue
    return seconds


def _to_polars(table: pa.Table) -> Any:
    try:
        import polars
    except ImportError as error:
        raise MissingExtraError(
            "frame='polars' needs polars: pip install polars, or take frame='pandas'."
        ) from error
    return polars.from_arrow(_to_arrow(table))


def _to_arrow(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type) and field.type.unit == "s":
            fine = pa.timestamp("us", field.type.tz)  # what polars and Parquet have
            table = table.set_column(index, field.name, pc.cast(table.column(index), fine))
    return table


FRAMES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": _to_pandas,
    "polars": _to_polars,
    "arrow": _to_arrow,
}
