"""Streams: chunks of files, lists and functions, and what is wrong with them in words."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from drawlike.datasets import read, stream
from drawlike.errors import DataError, DrawlikeError, SettingError, UnsupportedError

ARRAY = np.arange(30.0).reshape(10, 3)


def table(n=100):
    rng = np.random.default_rng(0)
    made = pd.DataFrame(
        {
            "real": rng.normal(size=n),
            "count": pd.array(rng.integers(0, 50, n), "Int64"),
            "group": rng.choice(["x", "y"], n),
            "mass": rng.uniform(0, 1, n),
        }
    )
    made.loc[3, "count"], made.loc[5, "real"] = pd.NA, np.nan
    return made


@pytest.fixture
def path(tmp_path):
    table().to_parquet(tmp_path / "rows.parquet", row_group_size=30)
    return tmp_path / "rows.parquet"


def test_a_parquet_file_comes_in_chunks_and_is_read_again(path):
    streamed = stream(path, chunk_rows=17)
    for _ in range(2):
        assert max(len(data) for data in streamed) <= 17
        whole = pd.concat([data.X for data in streamed], ignore_index=True)
        assert len(whole) == streamed.n_rows == 100
    pd.testing.assert_frame_equal(streamed.gather().data.X, read(path).X)


@pytest.mark.parametrize("frame", ["pandas", "polars", "arrow"])
def test_columns_are_as_they_would_be_read(path, frame):
    streamed = stream(path, chunk_rows=17, frame=frame, columns=["group", "count"])
    whole = pl.DataFrame(streamed.read(["count"]))
    assert whole.equals(pl.DataFrame(read(path, frame=frame).X).select("count"))
    assert streamed.names == ("group", "count")


def test_a_folder_is_its_files_by_name(tmp_path):
    table(20).to_parquet(tmp_path / "b.parquet")
    table(10).to_parquet(tmp_path / "a.parquet")
    streamed = stream(tmp_path)
    assert [len(data) for data in streamed] == [10, 20]
    assert streamed.n_rows == 30
    assert stream([tmp_path / "b.parquet", tmp_path / "a.parquet"]).n_rows == 30


def test_columns_of_labels_and_weights_are_taken_out_of_the_rows(path):
    (piece,) = stream(path, y="group", weight="mass").pieces()
    assert list(piece.data.X.columns) == ["real", "count"]
    assert (piece.data.y == table()["group"]).all()
    assert (piece.weight == table()["mass"]).all()


def test_numbers_of_a_file_can_be_an_array(path):
    (piece,) = stream(path, kind="array", columns=["real", "count"]).pieces()
    expected = table()[["real", "count"]].to_numpy(float, na_value=np.nan)
    np.testing.assert_array_equal(piece.data.X, expected)
    assert piece.data.kind == "array"


@pytest.mark.parametrize("again", [[ARRAY, ARRAY], lambda: iter([ARRAY, ARRAY])])
def test_lists_and_functions_are_gone_through_again(again):
    streamed = stream(again)
    assert [len(data) for data in streamed] == [len(data) for data in streamed] == [10, 10]
    assert streamed.repeats


def test_a_generator_is_gone_through_once_from_its_first_chunk():
    streamed = stream(ARRAY + i for i in range(3))
    assert [data.X[0, 0] for data in streamed] == [0, 1, 2]
    assert list(streamed) == []
    assert not streamed.repeats


def test_chunks_carry_labels_and_weights():
    labels, weight = np.arange(10) % 2, np.linspace(0, 1, 10)
    streamed = stream([(ARRAY, labels, weight), (ARRAY, labels, weight)])
    piece = streamed.gather()
    assert (piece.data.y == np.tile(labels, 2)).all()
    assert (piece.weight == np.tile(weight, 2)).all()


def test_tensors_stay_tensors():
    gathered = stream([torch.from_numpy(ARRAY)] * 2).gather().data.X
    assert torch.equal(gathered, torch.from_numpy(ARRAY).repeat(2, 1))


def test_empty_chunks_are_passed_over():
    streamed = stream([ARRAY[:0], ARRAY, ARRAY[:0]])
    assert [len(data) for data in streamed] == [10]


def test_rows_can_be_left_out():
    streamed = stream([ARRAY[:4], ARRAY[4:]])
    keep = np.arange(10) % 3 == 0
    np.testing.assert_array_equal(streamed.only(keep).gather().data.X, ARRAY[keep])
    with pytest.raises(DataError, match="gave 10 rows, and its hold-out was taken from 11"):
        streamed.only(np.ones(11, bool)).gather()


BAD = {
    "nothing": ([], DataError, "gave no rows in 0 chunks"),
    "no chunks": ([5], UnsupportedError, "gave int: its chunks are frames, 2-d arrays"),
    "a number": (5, UnsupportedError, "int cannot be streamed: give the path"),
    "rows in memory": (ARRAY, UnsupportedError, "ndarray is in memory: give it to fit"),
    "a function of no chunks": (lambda: 5, UnsupportedError, "returned int: it must return"),
    "images": ([np.ones((2, 2, 2), "uint8")], UnsupportedError, "shape (2, 2, 2): frames and 2-d"),
    "too few labels": ([(ARRAY, [1])], DataError, "X has 10 rows and y has 1 labels"),
    "a long tuple": ([(ARRAY, 1, 2, 3)], DataError, "a tuple of 4: give X, (X, y) or"),
    "negative weights": ([(ARRAY, None, -np.ones(10))], DataError, "none negative"),
    "another width": ([ARRAY, ARRAY[:, :2]], DataError, "Chunk 2 of the stream has 2 columns"),
    "a lost column": (
        [table(), table().drop(columns="real")],
        DataError,
        "Chunk 2 of the stream lacks ['real']",
    ),
    "a new column": (
        [table(), table().assign(new=1)],
        DataError,
        "Chunk 2 of the stream brings ['new']",
    ),
    "another order": (
        [table(), table().iloc[:, ::-1]],
        DataError,
        "Chunk 2 of the stream orders its columns anew",
    ),
    "an array after a table": ([table(), ARRAY], DataError, "Chunk 2 of the stream is no table"),
}


@pytest.mark.parametrize("given", BAD)
def test_what_cannot_be_streamed_is_told(given):
    source, error, words = BAD[given]
    with pytest.raises(error, match=re.escape(words)):
        stream(source).gather()


FAULTS = {
    "a missing file": (lambda path: stream(path.with_name("row.parquet")), "Did you mean"),
    "an unknown label": (lambda path: stream(path, label="grup"), "Did you mean 'group'"),
    "unknown weights": (lambda path: stream(path, weight="w"), "no column 'w' to take as weight"),
    "an unknown column": (lambda path: stream(path, columns=["q"]), "lacks ['q']"),
    "texts as numbers": (lambda path: stream(path, kind="array"), "Column 'group' holds object"),
    "images": (lambda path: stream(path, kind="image"), "kind='image' is not streamed"),
    "no rows at once": (lambda path: stream(path, chunk_rows=0), "chunk_rows=0"),
    "another frame": (lambda path: stream(path, frame="dask"), "frame='dask' is not known"),
    "a label of arrays": (lambda path: stream([ARRAY], label="a"), "the chunks are arrays"),
    "labels twice": (
        lambda path: stream([(table(), np.zeros(100))], y="group"),
        "The chunks are tuples with y: leave y='group' out",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_a_stream_is_told(fault, path):
    make, words = FAULTS[fault]
    with pytest.raises(DrawlikeError, match=re.escape(words)):
        make(path)


def test_other_files_are_refused_with_what_to_do(tmp_path):
    table().to_csv(tmp_path / "rows.csv", index=False)
    with pytest.raises(UnsupportedError, match=r"lambda: pandas.read_csv\(.*chunksize=65536\)"):
        stream(tmp_path / "rows.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no .parquet file"):
        stream(tmp_path / "empty")


def test_a_damaged_file_is_named(path):
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="rows.parquet"):
        stream(path).gather()


def test_files_of_other_types_are_refused(tmp_path):
    table().to_parquet(tmp_path / "a.parquet")
    table().assign(real="text").to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match="other types in the same column"):
        stream(tmp_path).gather()


def test_settings_errors_are_settings_errors(path):
    with pytest.raises(SettingError):
        stream(path, chunk_rows=1.5)
