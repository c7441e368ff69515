"""Tables as CSV text from which the same types are read again."""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from .frames import plain

_WHOLE = pa.decimal128(20, 1)  # how 1.0 is kept from being written as 1, a whole number
_TICKS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}  # in a second
_MOST = 1e15  # above it float64 is written with an exponent, and read as a float again


def save_csv(
    table: pa.Table, stream: BinaryIO, *, delimiter: str = ",", has_dates: bool = True
) -> None:
    """Write a table: texts in quotes, missing cells empty, dates and times in ISO 8601.

    Durations become seconds. Unless the table ``has_dates``, which pandas frames have not,
    times that are all midnight are written as dates.
    """
    columns = [_readable(column, has_dates) for column in plain(table).columns]
    if len(columns) == 1 and columns[0].null_count:
        columns = [columns[0].cast(pa.string()).fill_null("NA")]  # else its line would be blank
    options = pyarrow.csv.WriteOptions(delimiter=delimiter)
    pyarrow.csv.write_csv(pa.table(columns, names=table.column_names), stream, options)


def _readable(column: pa.ChunkedArray, has_dates: bool) -> pa.ChunkedArray:
    """Give values whose text is read as the same type again."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_duration(column.type):
        ticks = _TICKS[column.type.unit]
        column = pc.divide(column.cast(pa.int64()).cast(pa.float64()), ticks)
    if pa.types.is_floating(column.type):
        return _floats(column)
    if pa.types.is_timestamp(column.type):
        days = column.cast(pa.date32())
        is_days = (
            column.type.tz is None and pc.all(pc.equal(days.cast(column.type), column)).as_py()
        )
        return days if is_days and not has_dates else _times(column)
    return column


def _floats(column: pa.ChunkedArray) -> pa.ChunkedArray:
    known = pc.if_else(pc.is_nan(column), None, column)
    small = pc.less(pc.abs(known), _MOST)
    whole = pc.and_(small, pc.equal(pc.floor(known), known))
    return known.cast(_WHOLE) if pc.all(whole, min_count=1).as_py() else known


def _times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    for unit in ("s", "ms", "us"):
        try:
            return column.cast(pa.timestamp(unit, column.type.tz))
        except pa.ArrowInvalid:
            continue
    return column
