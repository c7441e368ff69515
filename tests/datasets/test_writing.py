import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drawlike.datasets import as_dataset, load_sample, read, write
from drawlike.errors import DataError, UnsupportedError

FRAME = pd.DataFrame(
    {
        "i": [1, 2, 3],
        "m": pd.array([1, None, 3], "Int64"),
        "f": [1.0, 2.0, 3.0],
        "g": [0.1, np.nan, 1e22],
        "w": [1.0, np.nan, -0.0],
        "b": [True, False, True],
        "n": pd.array([True, None, False], "boolean"),
        "s": [" x", 'quo"te, comma', "two\nlines"],
        "z": ["007", None, "中文"],
        "d": pd.to_datetime(["2020-01-31", "1969-07-20", None]),
        "t": pd.to_datetime(["2020-01-31 10:00:00.123456789", "2020-02-01", None], format="mixed"),
    },
    index=[3, 1, 2],
)


def leftovers(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.tsv", "a.parquet", "a.arrow", "a.feather"]
)
def test_tables_come_back_as_they_were(tmp_path, name):
    assert write(FRAME, tmp_path / name) == tmp_path / name
    pd.testing.assert_frame_equal(read(tmp_path / name).X, FRAME.reset_index(drop=True))
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_polars_and_pyarrow_tables_come_back(tmp_path, name):
    frame = pl.DataFrame(
        {
            "i": [1, None],
            "s": ["x", "y"],
            "f": [1.0, 2.0],
            "d": pl.Series(["2020-01-01", None]).str.to_date(),
        }
    )
    write(frame, tmp_path / name)
    assert read(tmp_path / name, frame="polars").X.equals(frame)
    write(frame.to_arrow(), tmp_path / name, overwrite=True)
    assert read(tmp_path / name, frame="polars").X.equals(frame)


@settings(max_examples=40, deadline=None)
@given(
    values=hnp.arrays(
        np.float64, st.tuples(st.integers(1, 8), st.just(2)), elements=st.floats(allow_nan=False)
    )
)
def test_every_float_comes_back_to_the_bit(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("floats") / "a.csv"
    write(pd.DataFrame(values, columns=["a", "b"]), path)
    back = read(path).X
    assert (back.dtypes == np.float64).all()
    assert np.array_equal(back.to_numpy(), values)


def test_one_column_with_missing_cells_keeps_its_rows(tmp_path):
    for column in (pd.array([1, None, 3], "Int64"), ["x", None, "y"]):
        frame = pd.DataFrame({"a": column})
        write(frame, tmp_path / "a.csv", overwrite=True)
        pd.testing.assert_frame_equal(read(tmp_path / "a.csv").X, frame)


def test_categories_become_texts_in_csv_and_stay_in_parquet(tmp_path):
    frame = pd.DataFrame({"c": pd.Categorical(["x", "y", "x"], ["y", "x"], ordered=True), "i": 1})
    write(frame, tmp_path / "a.csv")
    assert read(tmp_path / "a.csv").X["c"].tolist() == ["x", "y", "x"]
    write(frame, tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(read(tmp_path / "a.parquet").X, frame)


def test_durations_become_seconds_in_csv(tmp_path):
    write(pd.DataFrame({"d": pd.to_timedelta([90, 0.5], unit="s"), "i": 1}), tmp_path / "a.csv")
    assert read(tmp_path / "a.csv").X["d"].tolist() == [90.0, 0.5]


def test_dates_are_written_for_people(tmp_path):
    write(FRAME[["d"]][:2], tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == '"d"\n2020-01-31\n1969-07-20\n'


def test_labels_beside_a_table(tmp_path):
    write(FRAME[["i"]], tmp_path / "a.csv", y=["a", "b", "c"])
    assert read(tmp_path / "a.csv").X["y"].tolist() == ["a", "b", "c"]
    with pytest.raises(DataError, match="has a column 'y' already"):
        write(pd.DataFrame({"y": [1]}), tmp_path / "b.csv", y=[1])


def test_arrays_of_two_dimensions_as_tables(tmp_path):
    write(torch.tensor([[1.0, 2.0], [3.0, 4.5]]), tmp_path / "a.csv", y=["u", "v"])
    back = read(tmp_path / "a.csv").X
    assert list(back.columns) == ["c0", "c1", "y"]
    assert back["c1"].tolist() == [2.0, 4.5]


@pytest.mark.parametrize("y", [None, ["a", "b", "a"], [1, 2, 3]])
def test_npz(tmp_path, rng, y):
    X = rng.normal(size=(3, 4))
    write(X, tmp_path / "a.npz", y=y)
    back = read(tmp_path / "a.npz")
    assert np.array_equal(back.X, X)
    assert (None if back.y is None else back.y.tolist()) == y


@pytest.mark.parametrize("name", ["a.npy", "a.npy.gz"])
def test_npy(tmp_path, rng, name):
    X = rng.normal(size=(3, 4))
    write(X, tmp_path / name)
    assert np.array_equal(read(tmp_path / name).X, X)
    with pytest.raises(UnsupportedError, match=r"\.npz"):
        write(X, tmp_path / "b.npy", y=[1, 2, 3])


@pytest.mark.parametrize("name", ["-idx3-ubyte", "-idx3-ubyte.gz", ".idx"])
def test_idx_and_its_labels(tmp_path, grey, name):
    path = tmp_path / f"new-images{name}"
    write(grey, path, y=np.arange(5))
    back = read(path)
    assert (back.X.dtype, back.y.dtype) == (np.uint8, np.uint8)
    assert np.array_equal(back.X, grey)
    assert back.y.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(DataError, match="labels.*is there already"):
        path.unlink()
        write(grey, path, y=np.arange(5))


def test_idx_without_a_place_for_labels(tmp_path, grey):
    with pytest.raises(DataError, match="no 'images' in its name"):
        write(grey, tmp_path / "a.idx", y=np.arange(5))
    with pytest.raises(UnsupportedError, match="IDX files hold no"):
        write(grey, tmp_path / "x-images-idx3-ubyte", y=list("abcde"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out", "out.zip"])
@pytest.mark.parametrize("channels", ["none", "one", "last", "first"])
def test_images_come_back(tmp_path, grey, colour, name, channels):
    shapes = {
        "none": (grey, grey),
        "one": (grey[..., None], grey),
        "last": (colour, colour),
        "first": (np.moveaxis(colour, 3, 1), colour),
    }
    X, expected = shapes[channels]
    write(X, tmp_path / name)
    assert np.array_equal(read(tmp_path / name).X, expected)


def test_images_of_classes(tmp_path, grey):
    y = np.array(["dog", "cat", "dog", "emu", "cat"])
    write(as_dataset(grey, y), tmp_path / "out")
    back = read(tmp_path / "out")
    assert back.y.tolist() == ["cat", "cat", "dog", "dog", "emu"]
    assert np.array_equal(back.X, grey[[1, 4, 0, 2, 3]])
    with pytest.raises(DataError, match=r"'\.\./x' cannot be the name of a folder"):
        write(grey, tmp_path / "bad", y=["../x"] * 5)
    assert not (tmp_path / "bad").exists()


def test_numbers_from_0_to_1_are_grey(tmp_path):
    write(np.array([[[0.0, 0.5, 1.0]]]).repeat(2, axis=1), tmp_path / "out")
    assert read(tmp_path / "out").X.tolist() == [[[0, 128, 255]] * 2]
    with pytest.raises(UnsupportedError, match="8 bits"):
        write(np.full((1, 2, 3), 7.5), tmp_path / "other")


def test_digits_come_back(tmp_path):
    data = load_sample("digits").take(range(50))
    write(data, tmp_path / "out.zip")
    back = read(tmp_path / "out.zip")
    order = np.argsort(data.y, kind="stable")
    assert np.array_equal(back.X, data.X[order])
    assert np.array_equal(back.y, data.y[order])


def test_the_same_content_gives_the_same_bytes(tmp_path, grey):
    for name in ("a.csv.gz", "b.csv.gz"):
        write(FRAME, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    for name in ("a.zip", "b.zip"):
        write(grey, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_nothing_is_overwritten_unasked(tmp_path, grey):
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(DataError, match=r"a\.csv is there already.*overwrite=True"):
        write(FRAME, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
    write(FRAME, tmp_path / "a.csv", overwrite=True)
    assert len(read(tmp_path / "a.csv")) == 3
    write(grey, tmp_path / "out")
    with pytest.raises(DataError, match="is there already"):
        write(grey[:2], tmp_path / "out")
    write(grey[:2], tmp_path / "out", overwrite=True)
    assert len(read(tmp_path / "out")) == 2


def test_a_folder_with_other_files_is_never_replaced(tmp_path, grey):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/thesis.tex").write_text("years of work")
    with pytest.raises(DataError, match=r"other files than PNG images, as thesis\.tex"):
        write(grey, tmp_path / "home", overwrite=True)
    assert (tmp_path / "home/thesis.tex").read_text() == "years of work"


def test_a_file_is_not_replaced_by_a_folder_nor_a_folder_by_a_file(tmp_path, grey):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(DataError, match="is a file"):
        write(grey, tmp_path / "out", overwrite=True)
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match="is a folder"):
        write(FRAME, tmp_path / "a.csv", overwrite=True)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.parquet", "a.npz", "a.idx", "a.zip", "a"])
def test_a_full_disk_leaves_what_was_there(tmp_path, name):
    """A limit on file sizes stands for a full disk: both fail inside a write."""
    code = f"""
import numpy as np, pandas as pd, pathlib, resource, signal
from drawlike.datasets import write
from drawlike.errors import DataError
table = {name!r}.startswith(("a.csv", "a.parquet"))
X = np.random.default_rng(0).integers(0, 256, (60, 64, 64), dtype=np.uint8)
data = pd.DataFrame(X.reshape(-1, 64)) if table else X
path = pathlib.Path({str(tmp_path)!r}) / {name!r}
write(data[:1], path)
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    write(data, path, overwrite=True)
except DataError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be written" in told.stdout
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(read(tmp_path / name)) >= 1


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (FRAME, "a.npz", r"A table is not written to 'a\.npz'"),
        (FRAME, "a.xlsx", "suffix may be .csv"),
        (FRAME, "a", "A table is not written to 'a'"),
        (FRAME, "a.parquet.gz", "also with .gz"),
        (np.zeros((2, 3, 4), np.uint8), "a.csv", "An array of 3 dimensions"),
        (["a", "b"], "a.csv", "texts and sequences are not written yet"),
        (np.array([[1, "x"]], object), "a.npz", "make it a frame"),
        (None, "a.csv", "NoneType"),
    ],
)
def test_what_cannot_be_written(tmp_path, data, name, words):
    with pytest.raises(UnsupportedError, match=words):
        write(data, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_column_of_mixed_types_is_named(tmp_path):
    with pytest.raises(DataError, match="column a.*one type"):
        write(pd.DataFrame({"a": [1, "x"]}), tmp_path / "a.csv")


def test_folders_on_the_way_are_made(tmp_path):
    write(FRAME, tmp_path / "new/er/a.csv")
    assert len(read(tmp_path / "new/er/a.csv")) == 3
