import gzip
from hashlib import sha256

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from drawlike.datasets import read
from drawlike.errors import DataError, SettingError
from drawlike.events import Emitter, History


def dtypes(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def warnings_of(path, **options):
    heard = History()
    data = read(path, events=Emitter(heard), **options)
    return data, [event.message for event in heard if event.kind == "warning"]


def test_types_of_complete_columns(csv):
    path = csv(
        "i,f,b,s,d,t\n1,1.0,true,x,2020-01-31,2020-01-31 10:00:00\n2,2.0,false,y,1969-12-31,2020-01-31T10:00:01\n"
    )
    assert dtypes(read(path).X) == {
        "i": "int64",
        "f": "float64",
        "b": "bool",
        "s": "object",
        "d": "datetime64[ns]",
        "t": "datetime64[ns]",
    }


def test_missing_cells_keep_the_type(csv):
    frame = read(
        csv("i,b,s,f,d\n1,true,x,1.5,2020-01-31\nNA,,N/A,nan,\n3,false,y,null,1969-12-31\n")
    ).X
    assert dtypes(frame) == {
        "i": "Int64",
        "b": "boolean",
        "s": "object",
        "f": "float64",
        "d": "datetime64[ns]",
    }
    assert frame.isna().to_numpy()[1].all()
    assert frame["i"].tolist()[::2] == [1, 3]


def test_a_question_mark_is_missing_only_when_it_is_said(csv):
    path = csv("a,b\n1,x\n?,y\n3,?\n")
    assert read(path).X["a"].tolist() == ["1", "?", "3"]
    frame = read(path, na_values="?").X
    assert str(frame["a"].dtype) == "Int64"
    assert frame.isna().sum().tolist() == [1, 1]


def test_missing_tokens_can_be_texts(csv):
    path = csv("country\nNA\nDE\n")
    assert read(path, keep_default_na=False, header=True).X["country"].tolist() == ["NA", "DE"]


def test_a_column_without_values_is_real_and_missing(csv):
    column = read(csv("a,b\n1,\n2,\n")).X["b"]
    assert column.dtype == np.float64
    assert column.isna().all()


@pytest.mark.parametrize("frame", ["pandas", "polars", "arrow"])
def test_frames_agree(csv, frame):
    path = csv("i,s,d\n1,x,2020-01-01\n,y,2020-01-02\n")
    X = read(path, frame=frame).X
    kinds = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.Table}
    assert isinstance(X, kinds[frame])
    table = pa.Table.from_pandas(X) if frame == "pandas" else pa.table(X)
    assert table["i"].to_pylist() == [1, None]
    assert table["s"].to_pylist() == ["x", "y"]
    assert [str(day)[:10] for day in table["d"].to_pylist()] == ["2020-01-01", "2020-01-02"]


def test_dates_beyond_nanoseconds(csv):
    column = read(csv("d\n9999-12-31\n2020-01-01\n")).X["d"]
    assert str(column.dtype) == "datetime64[us]"
    assert column[0].year == 9999


def test_slashes_in_dates(csv):
    assert read(csv("d,x\n2020/1/31,1\n2020/12/1,2\n")).X["d"][1] == pd.Timestamp(2020, 12, 1)


def test_codes_keep_their_zeros_and_digits(csv):
    frame = read(csv("zip,id,n\n00501,12345678901234567890,5\n90210,1,10\n")).X
    assert frame["zip"].tolist() == ["00501", "90210"]
    assert frame["id"].tolist() == ["12345678901234567890", "1"]
    assert frame["n"].tolist() == [5, 10]


def test_blanks_after_delimiters_mean_nothing(csv):
    path = csv('a, b, c, d\n1, x, "y, z", 2020-01-01\n2, NA, " w", 2020-01-02\n')
    frame = read(path).X
    assert list(frame.columns) == ["a", "b", "c", "d"]
    assert frame["b"].tolist() == ["x", None]
    assert frame["c"].tolist() == ["y, z", " w"]
    assert str(frame["d"].dtype) == "datetime64[ns]"


def test_newlines_in_quotes_are_text(csv):
    path = csv('a,"two\nlines"\n1,"x\ny"\n2,z\n')
    frame = read(path).X
    assert list(frame.columns) == ["a", "two\nlines"]
    assert frame.iloc[:, 1].tolist() == ["x\ny", "z"]


def test_a_last_cell_of_two_lines_is_no_open_quote(csv):
    assert read(csv('a,b\n1,x\n2,"y\nz"\n')).X["b"].tolist() == ["x", "y\nz"]


def test_decimal_commas(csv):
    frame = read(csv("a;b\n1,5;2\n2,25;3\n")).X
    assert frame["a"].tolist() == [1.5, 2.25]
    assert frame["b"].tolist() == [2, 3]


def test_packed_and_unpacked_are_the_same(csv):
    plain, packed = csv("a,b\n1,x\n2,y\n"), csv(gzip.compress(b"a,b\n1,x\n2,y\n"), "table.csv.gz")
    assert read(plain).X.equals(read(packed).X)


def test_the_source_is_remembered(csv):
    data = read(csv(b"a,b\n1,x\n2,y\n"), label="b", header=True)
    assert data.source["rows"] == len(data) == 2
    assert data.source["sha256"] == sha256(b"a,b\n1,x\n2,y\n").hexdigest()
    assert data.source["options"] == {"header": True}
    assert data.labels.tolist() == ["x", "y"]


def test_ragged_rows_name_their_line(csv):
    path = csv('a,b\n1,"two\nlines"\n2,y\n3\n4,z\n')
    with pytest.raises(DataError, match="line 5 has 1 cells where 2 are expected"):
        read(path)


def test_ragged_rows_in_a_padded_file(csv):
    with pytest.raises(DataError, match="line 3 has 3 cells where 2 are expected"):
        read(csv("a, b\n1, x\n2, y, z\n"))


def test_an_open_quote_is_found(csv):
    with pytest.raises(DataError, match="quote"):
        read(csv('a,b\n1,x\n2,"y\n3,z\n4,w\n'))


def test_names_can_be_given(csv):
    data, warned = warnings_of(csv("1,x\n2,y\n"), names=["n", "s"])
    assert list(data.X.columns) == ["n", "s"]
    assert len(data) == 2
    assert not warned
    with pytest.raises(SettingError, match="3 names, and the first row has 2 cells"):
        read(csv("1,x\n2,y\n"), names=["a", "b", "c"])


def test_lines_before_the_table_are_skipped(csv):
    path = csv("made by hand\n\na,b\n1,x\n2,y\n")
    assert read(path, skip_rows=1).X["a"].tolist() == [1, 2]


def test_a_block_larger_than_one(csv):
    rows = "".join(f"{i},text {i % 7}\n" for i in range(400_000))
    heard = History()
    data = read(csv("i,s\n" + rows + "x,y\n"), events=Emitter(heard))
    assert data.X["i"].tolist()[-1] == "x"  # the type is decided by all blocks
    assert len(data) == 400_001
    steps = [(e.step, e.total) for e in heard if e.kind == "progress" and e.stage == "read"]
    assert steps[-1][0] == steps[-1][1]


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame(
        {
            "c": pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True),
            "i": pd.array([1, None, 3], "Int16"),
            "t": pd.to_datetime(["2020-01-01", None, "2020-01-02"]).as_unit("us"),
            "f": np.array([0.5, np.nan, 1], "float32"),
        },
        index=[7, 8, 9],
    )
    frame.to_parquet(tmp_path / "table.parquet")
    X = read(tmp_path / "table.parquet").X
    pd.testing.assert_frame_equal(X, frame.reset_index(drop=True))


def test_categories_that_differ_between_row_groups(tmp_path):
    parts = [
        pa.table({"c": pa.array(values).dictionary_encode()}) for values in (["x"], ["y", "x"])
    ]
    with pq.ParquetWriter(tmp_path / "a.parquet", parts[0].schema) as writer:
        for part in parts:
            writer.write_table(part)
    for frame in ("pandas", "polars"):
        column = read(tmp_path / "a.parquet", frame=frame).X["c"]
        assert list(column) == ["x", "y", "x"]
        assert "cat" in str(column.dtype).lower()


def test_arrow_file_and_stream(tmp_path):
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    with pa.ipc.new_file(tmp_path / "file.arrow", table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_stream(tmp_path / "stream.arrow", table.schema) as writer:
        writer.write_table(table)
    assert read(tmp_path / "file.arrow", frame="arrow").X.equals(table)
    assert read(tmp_path / "stream.arrow", frame="arrow").X.equals(table)


def test_decimals_become_numbers_and_lists_are_refused(tmp_path):
    pq.write_table(
        pa.table({"a": pa.array([1, 2]).cast(pa.decimal128(21, 2))}), tmp_path / "a.parquet"
    )
    assert read(tmp_path / "a.parquet").X["a"].tolist() == [1.0, 2.0]
    pq.write_table(pa.table({"a": [[1], [2, 3]]}), tmp_path / "b.parquet")
    with pytest.raises(DataError, match="'a'.*list"):
        read(tmp_path / "b.parquet")


def test_adult_without_a_header(data_folder):
    data, warned = warnings_of(data_folder / "adult/adult.data.gz", na_values="?", label="c14")
    assert data.X.shape == (32561, 15)
    assert list(data.X.columns) == [f"c{i}" for i in range(15)]
    assert set(data.labels) == {"<=50K", ">50K"}
    assert data.X.isna().sum().sum() == 4262
    assert "c0, c1" in warned[0]


def test_adult_with_a_header_has_the_same_cells(data_folder):
    bare = read(data_folder / "adult/adult.data.gz").X
    named = read(data_folder / "adult/adult_ctgan.csv.gz", label="income").X
    assert named.columns[0] == "age"
    assert np.array_equal(bare.to_numpy(), named.to_numpy())


def test_flights(data_folder):
    X = read(data_folder / "large/nycflights13_100k.parquet").X
    assert X.shape == (100_000, 19)
    assert X.isna().sum().sum() == 14108
    assert str(X["time_hour"].dtype) == "datetime64[us, UTC]"
