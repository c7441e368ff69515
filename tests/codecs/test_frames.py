import datetime as dt
from decimal import Decimal

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from drawlike.codecs.building import build
from drawlike.codecs.cells import ColumnForm, pack, unpack
from drawlike.codecs.frames import Frame
from drawlike.errors import CorruptStoreError, DataError, SchemaError, UnsupportedError

MOMENT = dt.datetime(2024, 2, 29, 12, 30, 0, 125000)
DAY, CLOCK, WHILE = MOMENT.date(), MOMENT.time(), dt.timedelta(days=2, microseconds=125000)

PANDAS = {
    **{
        name: pd.Series([0, 1, 100], dtype=name)
        for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
    },
    "float32": pd.Series([0.1, np.nan, -2.5], dtype="float32"),
    "float64": pd.Series([0.1, np.nan, -2.5]),
    "bool": pd.Series([True, False, True]),
    "Int8": pd.Series([1, None, 3], dtype="Int8"),
    "UInt64": pd.Series([1, None, 2**64 - 1], dtype="UInt64"),
    "Float32": pd.Series([0.5, None, 3], dtype="Float32"),
    "Float64 with both": pd.Series([0.0, None, 1.0], dtype="Float64") / pd.Series([0.0, 1.0, 2.0]),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "string[python]": pd.Series(["a", None, "b"], dtype="string[python]"),
    "string[pyarrow]": pd.Series(["a", None, "b"], dtype="string[pyarrow]"),
    "str": pd.Series(["a", None, "b"], dtype=pd.StringDtype(na_value=np.nan)),
    "text": pd.Series(["a", None, "b", np.nan, pd.NA], dtype=object),
    "object booleans": pd.Series([True, None, False], dtype=object),
    "object integers": pd.Series([1, None, 2**60 + 1], dtype=object),
    "object dates": pd.Series([DAY, None, DAY], dtype=object),
    "object times": pd.Series([CLOCK, np.nan, CLOCK], dtype=object),
    "object decimals": pd.Series([Decimal("0.29"), None, Decimal("7.00")], dtype=object),
    "nothing": pd.Series([None, np.nan], dtype=object),
    "category": pd.Series(pd.Categorical(["a", None, "b"], ["c", "b", "a"], ordered=True)),
    "category of integers": pd.Series(pd.Categorical([3, 1, None], [1, 2, 3])),
    "category of days": pd.Series(pd.Categorical(pd.to_datetime(["2024-01-01", "2023-01-01"]))),
    "datetime64[ns]": pd.Series([MOMENT, None], dtype="datetime64[ns]"),
    "datetime64[s]": pd.Series([MOMENT, None], dtype="datetime64[s]"),
    "zoned": pd.Series([MOMENT, None]).dt.tz_localize("Europe/Paris"),
    "offset": pd.Series([MOMENT, None]).dt.tz_localize("+02:00"),
    "timedelta64[us]": pd.Series([WHILE, None], dtype="timedelta64[us]"),
    "ArrowDtype": pd.Series(["a", None], dtype=pd.ArrowDtype(pa.string())),
    "ArrowDtype date": pd.Series([DAY, None], dtype=pd.ArrowDtype(pa.date32())),
    "ArrowDtype float": pd.Series([0.5, None], dtype=pd.ArrowDtype(pa.float32())),
    "ArrowDtype list": pd.Series(
        ["a", None], dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))
    ),
}
POLARS = {
    **{
        str(dtype): pl.Series([0, None, 100], dtype=dtype)
        for dtype in (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt32, pl.UInt64)
    },
    "Float32": pl.Series([0.1, None, float("nan")], dtype=pl.Float32),
    "Float64": pl.Series([0.1, None, float("nan")]),
    "Boolean": pl.Series([True, None, False]),
    "String": pl.Series(["a", None, "b"]),
    "Categorical": pl.Series(["a", None, "b"], dtype=pl.Categorical),
    "Enum": pl.Series(["a", None, "b"], dtype=pl.Enum(["b", "unused", "a"])),
    "Date": pl.Series([DAY, None]),
    "Datetime ns": pl.Series([MOMENT, None], dtype=pl.Datetime("ns")),
    "Datetime zoned": pl.Series([MOMENT, None], dtype=pl.Datetime("ms", "Asia/Tokyo")),
    "Duration": pl.Series([WHILE, None], dtype=pl.Duration("us")),
    "Time": pl.Series([CLOCK, None]),
    "Decimal": pl.Series([Decimal("0.29"), None], dtype=pl.Decimal(10, 2)),
    "Null": pl.Series([None, None]),
}
PYARROW = {
    str(t): pa.array(values, t)
    for t, values in [
        (pa.int8(), [1, None]),
        (pa.uint64(), [2**64 - 1, None]),
        (pa.float32(), [0.5, None, float("nan")]),
        (pa.float64(), [0.1, None, float("nan")]),
        (pa.bool_(), [True, None]),
        (pa.string(), ["a", None]),
        (pa.large_string(), ["a", None]),
        (pa.string_view(), ["a", None]),
        (pa.dictionary(pa.int8(), pa.string()), ["a", None, "b"]),
        (pa.date32(), [DAY, None]),
        (pa.date64(), [DAY, None]),
        (pa.time32("ms"), [CLOCK, None]),
        (pa.time64("us"), [CLOCK, None]),
        (pa.timestamp("us"), [MOMENT, None]),
        (pa.timestamp("ns", "UTC"), [MOMENT, None]),
        (pa.duration("us"), [WHILE, None]),
        (pa.decimal128(10, 2), [Decimal("0.29"), None]),
        (pa.null(), [None]),
    ]
}
FRAMES = (
    [pytest.param(pd.DataFrame({"x": s}), id=f"pandas-{k}") for k, s in PANDAS.items()]
    + [pytest.param(pl.DataFrame({"x": s}), id=f"polars-{k}") for k, s in POLARS.items()]
    + [pytest.param(pa.table({"x": a}), id=f"pyarrow-{k}") for k, a in PYARROW.items()]
)


def looks(frame):
    """Everything about the frame's column that a user could tell apart."""
    native = nw.from_native(frame)["x"].to_native()
    dtype = native.type if isinstance(native, pa.ChunkedArray) else native.dtype
    cells = native.to_pylist() if isinstance(native, pa.ChunkedArray) else native.to_list()
    return dtype, [(type(cell), str(cell)) for cell in cells]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_column_comes_back_as_it_came(frame):
    form, cells = Frame(frame).read("x")
    restored = ColumnForm.from_state(form.state())
    again = build(Frame(frame).kind, {"x": restored}, {"x": cells})
    assert type(again) is type(frame)
    assert looks(again) == looks(frame)


@pytest.mark.parametrize("frame", FRAMES)
def test_values_are_null_exactly_where_cells_are_missing(frame):
    _, cells = Frame(frame).read("x")
    assert cells.values.is_null().to_pylist() == (cells.missing > 0).tolist()


def test_the_index_is_ignored_and_integer_names_are_kept():
    table = pd.DataFrame([[1, 2.5]], index=["row"], columns=[0, 1])
    frame = Frame(table)
    read = {name: frame.read(name) for name in frame.names}
    again = build(
        "pandas", {k: form for k, (form, _) in read.items()}, {k: c for k, (_, c) in read.items()}
    )
    pd.testing.assert_frame_equal(again, table.reset_index(drop=True))


@pytest.mark.parametrize(
    "values",
    [[1, "a"], [[1], [2]], [{"a": 1}], [b"a"], [1.5, 2], [pd.Interval(0, 1)], [1j, 2j]],
    ids=str,
)
def test_mixed_and_nested_columns_are_refused_by_name(values):
    with pytest.raises(SchemaError, match="'odd'"):
        Frame(pd.DataFrame({"odd": pd.Series(values, dtype=object)})).read("odd")


@pytest.mark.parametrize(
    "names", [["a", "a"], [1, "1"], [("a", "b"), ("a", "c")]], ids=["twice", "alike", "tuples"]
)
def test_names_must_be_plain_and_distinct(names):
    with pytest.raises(SchemaError, match="name"):
        Frame(pd.DataFrame([[1, 2]], columns=names))


def test_what_is_no_frame_in_memory_is_refused():
    for odd in (np.zeros((2, 2)), pl.LazyFrame({"x": [1]}), pd.Series([1])):
        with pytest.raises(UnsupportedError, match="pandas, polars or pyarrow"):
            Frame(odd)
    with pytest.raises(DataError, match="no columns"):
        Frame(pd.DataFrame(index=[0, 1]))


def test_damaged_bytes_are_a_named_error():
    whole = pack(pa.array(["a", "b"]))
    assert unpack(whole).to_pylist() == ["a", "b"]
    with pytest.raises(CorruptStoreError):
        unpack(whole[: len(whole) // 2])
    with pytest.raises(CorruptStoreError):
        unpack(np.zeros(3, np.uint8))
