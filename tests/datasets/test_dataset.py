import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

from drawlike.datasets import as_dataset
from drawlike.errors import DataError

FRAME = pd.DataFrame({"a": [1, 2, 3], "income": ["low", "high", "low"]}, index=[5, 6, 7])
FORMS = {
    "pandas": FRAME,
    "polars": pl.from_pandas(FRAME),
    "pyarrow": pa.Table.from_pandas(FRAME, preserve_index=False),
    "array": np.arange(6).reshape(3, 2),
    "tensor": torch.arange(6).reshape(3, 2),
    "texts": ["a", "b", "c"],
    "column": pl.Series(["a", "b", "c"]),
    "sequences": [np.zeros((n, 2)) for n in (1, 2, 3)],
}


def listed(X):
    if isinstance(X, pd.DataFrame | pl.DataFrame):
        return X.to_numpy().tolist()
    if isinstance(X, pa.Table):
        return [list(row.values()) for row in X.to_pylist()]
    return [item.tolist() if hasattr(item, "tolist") else item for item in X]


@pytest.mark.parametrize("X", FORMS.values(), ids=FORMS.keys())
def test_take_gives_the_same_kind_of_thing(X):
    data = as_dataset(X)
    for index in ([2, 0], np.array([2, 0]), torch.tensor([2, 0])):
        part = data.take(index)
        assert type(part.X) is type(X)
        assert listed(part.X) == [listed(X)[2], listed(X)[0]]
        assert part.ids.tolist() == [2, 0]
    assert data.take([True, False, True]).ids.tolist() == [0, 2]
    assert len(data.take([])) == 0


def test_ids_point_into_the_source():
    data = as_dataset(FORMS["array"], y=["a", "b", "c"])
    part = data.take([2, 1]).take([1])
    assert part.ids.tolist() == [1]
    assert part.y.tolist() == ["b"]
    assert part.X.tolist() == [[2, 3]]


@pytest.mark.parametrize("form", ["pandas", "polars", "pyarrow"])
def test_labels_of_a_table_stay_in_it(form):
    data = as_dataset(FORMS[form], label="income")
    assert data.y is None
    assert data.labels.tolist() == ["low", "high", "low"]
    assert data.take([1]).labels.tolist() == ["high"]


@pytest.mark.parametrize(
    "y",
    [
        [1, 2, 3],
        np.array([[1], [2], [3]]),
        torch.tensor([1, 2, 3]),
        pd.Series([1, 2, 3], index=[9, 8, 7]),
        pl.Series([1, 2, 3]),
    ],
)
def test_labels_beside_the_data(y):
    labels = as_dataset(FORMS["array"], y).labels
    assert type(labels) is np.ndarray
    assert labels.tolist() == [1, 2, 3]


def test_no_labels():
    assert as_dataset(FORMS["array"]).labels is None


@pytest.mark.parametrize(
    ("X", "given", "words"),
    [
        (FRAME, {"label": "incme"}, "no column 'incme'.*Did you mean 'income'"),
        (FRAME, {"label": "income", "y": [1, 2, 3]}, "Both y and label='income'"),
        (FORMS["array"], {"label": "income"}, "this is no table"),
        (FRAME, {"y": [1, 2]}, "3 rows and y has 2 labels"),
        (FRAME, {"y": np.zeros((3, 2))}, r"y has shape \(3, 2\)"),
        (FRAME[:0], {}, "no rows"),
        (FRAME[[]], {}, r"0 feature\(s\)"),
        (np.zeros((0, 3)), {}, "no rows"),
        (np.zeros((3, 0)), {}, r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1"),
        (np.zeros((3, 0, 4), np.uint8), {}, r"0 feature\(s\)"),
        ([], {}, "no rows"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, "2 columns are named 'a'"),
    ],
)
def test_what_does_not_fit(X, given, words):
    with pytest.raises(DataError, match=words):
        as_dataset(X, **given)


def test_a_dataset_can_be_amended():
    data = as_dataset(FRAME)
    assert as_dataset(data).X is FRAME
    assert as_dataset(data, label="income").labels.tolist() == ["low", "high", "low"]
    part = as_dataset(data.take([2, 0]), y=[4, 5])
    assert (part.ids.tolist(), part.y.tolist()) == ([2, 0], [4, 5])
    labelled = as_dataset(FRAME, label="income")
    assert as_dataset(labelled, label="income").label == "income"
    for other in ({"y": [1, 2, 3]}, {"label": "a"}):
        with pytest.raises(DataError, match="labels of its own"):
            as_dataset(labelled, **other)


def test_a_dataset_keeps_its_kind():
    data = as_dataset(np.zeros((3, 4, 2)), kind="sequence")
    assert as_dataset(data).kind == "sequence"
    assert as_dataset(data, kind="image").kind == "image"
