import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from scipy import sparse

from drawlike.datasets import as_dataset
from drawlike.errors import DataError, SettingError, UnsupportedError

TEXTS = ["a b", "c", "d"]


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        (pd.DataFrame({"a": [1, 2]}), "table"),
        (pl.DataFrame({"a": [1, 2]}), "table"),
        (pa.table({"a": [1, 2]}), "table"),
        (np.zeros((3, 2)), "array"),
        (torch.zeros(3, 2), "array"),
        ([[1, 2], [3, 4]], "array"),
        (np.zeros((3, 8, 5), np.uint8), "image"),
        (torch.zeros(3, 8, 5, dtype=torch.uint8), "image"),
        (np.zeros((3, 8, 5, 3)), "image"),
        (np.zeros((3, 1, 8, 5), np.float32), "image"),
        (torch.zeros(3, 4, 8, 5), "image"),
        (TEXTS, "text"),
        (np.array(TEXTS), "text"),
        (pd.Series(TEXTS), "text"),
        (pl.Series(TEXTS), "text"),
        ([np.zeros((4, 2)), np.zeros((7, 2))], "sequence"),
        ([torch.zeros(4, 2), torch.zeros(4, 2)], "sequence"),
    ],
)
def test_kinds_that_show(X, kind):
    data = as_dataset(X)
    assert data.kind == kind
    assert len(data) == len(X)


def test_data_in_memory_stay_what_they_are():
    for X in (pd.DataFrame({"a": [1]}), np.zeros((3, 2)), torch.zeros(3, 2), pa.table({"a": [1]})):
        assert as_dataset(X).X is X


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "bool"])
def test_three_dimensions_are_in_doubt(dtype):
    X = np.zeros((3, 8, 5), dtype)
    with pytest.raises(DataError, match="kind='image' or kind='sequence'"):
        as_dataset(X)
    assert as_dataset(X, kind="image").kind == "image"
    assert as_dataset(X, kind="sequence").kind == "sequence"


@pytest.mark.parametrize("shape", [(3, 3, 8, 4), (3, 1, 1, 1), (2, 5, 6, 7)])
def test_channels_in_doubt(shape):
    with pytest.raises(DataError, match="channels"):
        as_dataset(np.zeros(shape))


def test_two_dimensions_can_be_a_sequence():
    assert as_dataset(np.zeros((9, 2)), kind="sequence").kind == "sequence"


def test_a_list_of_pictures():
    pictures = [np.zeros((8, 5), np.uint8)] * 3
    assert as_dataset(pictures, kind="image").X.shape == (3, 8, 5)
    assert as_dataset([np.zeros((8, 5, 3), np.uint8)] * 2).X.shape == (2, 8, 5, 3)
    with pytest.raises(DataError, match=r"\(8, 5, 3\) x 1, \(9, 5, 3\) x 1"):
        as_dataset([np.zeros((8, 5, 3)), np.zeros((9, 5, 3))])


@pytest.mark.parametrize(
    ("X", "kind", "words"),
    [
        (np.zeros((3, 2)), "image", "cannot be of kind='image'"),
        (np.zeros((3, 2)), "table", "Make it a frame"),
        (pd.DataFrame({"a": [1]}), "array", "A frame cannot be"),
        (TEXTS, "table", "A list of strings cannot be"),
        (np.zeros((2, 3, 4, 5, 6)), None, "too many dimensions"),
        (np.zeros(5), None, r"Reshape your data: X.reshape\(-1, 1\)"),
        (np.array([["a", "b"]]), None, "make it a frame"),
        (np.zeros((3, 2), complex), None, "Complex data not supported"),
        (pd.Series([1, 2]), None, "to_frame"),
        (pd.Series(["a", None]), None, "missing texts"),
        ([[1, 2], [3]], None, "differ in shape"),
    ],
)
def test_kinds_that_cannot_be(X, kind, words):
    with pytest.raises(DataError, match=words):
        as_dataset(X, kind=kind)


def test_a_kind_that_is_not_known():
    with pytest.raises(SettingError, match="kind='picture' is not known"):
        as_dataset(np.zeros((3, 2)), kind="picture")


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (None, "NoneType"),
        (3.5, "float"),
        ("adult.csv", "drawlike.read"),
        ({"a": [1]}, "pandas.DataFrame"),
        (sparse.csr_matrix(np.eye(3)), "sparse"),
        (torch.eye(3).to_sparse(), "sparse"),
        (pl.LazyFrame({"a": [1]}), "collect"),
        (np.ma.masked_array(np.eye(2)), "filled"),
        (object(), "object"),
    ],
)
def test_what_is_no_data(X, words):
    with pytest.raises(UnsupportedError, match=words):
        as_dataset(X)
