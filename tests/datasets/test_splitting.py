import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from drawlike.datasets import as_dataset, load_sample, split
from drawlike.errors import DataError, SettingError


def halves(data, **options):
    train, holdout = split(data, **options)
    return train.ids.tolist(), holdout.ids.tolist()


def test_the_parts_are_the_whole():
    data = as_dataset(np.arange(20).reshape(10, 2))
    train, holdout = halves(data)
    assert sorted(train + holdout) == list(range(10))
    assert len(holdout) == 2
    assert train == sorted(train)


@pytest.mark.parametrize(("n", "expected"), [(32561, 6513), (10, 2), (11, 3), (30, 6)])
def test_a_share_is_rounded_up_as_scikit_learn_does(n, expected):
    assert len(halves(as_dataset(np.zeros((n, 1))))[1]) == expected


def test_a_number_of_rows():
    assert len(halves(as_dataset(np.zeros((10, 1))), holdout=7)[1]) == 7


def test_classes_give_the_same_share():
    y = np.repeat(["a", "b", "c"], [700, 200, 100])
    data = as_dataset(np.zeros((1000, 1)), y)
    _, holdout = split(data, 0.1)
    assert np.unique(holdout.y, return_counts=True)[1].tolist() == [70, 20, 10]
    _, holdout = split(data, 0.1, stratify=False)
    assert np.unique(holdout.y, return_counts=True)[1].tolist() != [70, 20, 10]


@given(
    labels=st.lists(st.sampled_from("abcdef"), min_size=2, max_size=60),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**31),
)
def test_every_class_is_within_a_row_of_its_share(labels, share, seed):
    data = as_dataset(np.zeros((len(labels), 1)), labels)
    count = int(np.ceil(round(share * len(labels), 9)))
    if count >= len(labels):
        return
    train, holdout = split(data, share, random_state=seed)
    assert len(holdout) == count
    assert not set(train.ids) & set(holdout.ids)
    for label in set(labels):
        n = labels.count(label)
        if n > 1:
            assert abs((holdout.y == label).sum() - n * count / len(labels)) < 1


def test_classes_of_one_row_hinder_nothing():
    y = ["a"] * 50 + list("bcdefghijk")
    _, holdout = split(as_dataset(np.zeros((60, 1)), y), 0.5, stratify=True)
    assert (holdout.y == "a").sum() == 25
    assert len(holdout) == 30


def test_measurements_are_no_classes(rng):
    data = as_dataset(np.zeros((50, 1)), rng.normal(size=50))
    train, _ = split(data)
    assert not train.holdout.stratified
    with pytest.raises(DataError, match="labels that are measurements"):
        split(data, stratify=True)
    with pytest.raises(DataError, match="no labels"):
        split(as_dataset(np.zeros((50, 1))), stratify=True)


def test_missing_labels_are_a_class_of_their_own():
    frame = pd.DataFrame({"a": range(40), "b": ["x"] * 20 + [None] * 20})
    _, holdout = split(as_dataset(frame, label="b"))
    assert holdout.X["b"].isna().sum() == 4


@pytest.mark.parametrize("sort", ["pandas", "polars", "array", "tensor", "list"])
def test_raw_data_give_what_they_are(sort):
    X = {
        "pandas": pd.DataFrame({"a": range(10)}),
        "polars": pl.DataFrame({"a": range(10)}),
        "array": np.zeros((10, 2, 3)),
        "tensor": torch.zeros(10, 2),
        "list": ["text"] * 10,
    }[sort]
    train, holdout = split(X)
    assert type(train) is type(holdout) is type(X)
    assert (len(train), len(holdout)) == (8, 2)


def test_a_pair_gives_two_pairs():
    X, y = np.arange(10).reshape(10, 1), np.array(["a", "b"] * 5)
    (train_X, train_y), (holdout_X, holdout_y) = split((X, y))
    assert sorted(holdout_y.tolist()) == ["a", "b"]
    assert [y[i] for i in train_X[:, 0]] == train_y.tolist()
    assert [y[i] for i in holdout_X[:, 0]] == holdout_y.tolist()
    with pytest.raises(DataError, match="10 rows and y has 9"):
        split((X, y[:9]))


def test_seeds():
    data = load_sample("wine")
    assert halves(data, random_state=3) == halves(data, random_state=np.int64(3))
    assert halves(data, random_state=3) != halves(data, random_state=4)
    assert halves(data, random_state=np.random.default_rng(1)) == halves(
        data, random_state=np.random.default_rng(1)
    )
    train, _ = split(data, random_state=None)
    assert halves(data, random_state=train.holdout.seed)[0] == train.ids.tolist()
    for wrong in (-1, "zero", 0.5):
        with pytest.raises(SettingError, match="random_state"):
            split(data, random_state=wrong)


def test_every_process_draws_the_same():
    code = (
        "from drawlike.datasets import load_sample, split;"
        "print(split(load_sample('wine'), random_state=5)[1].ids.tolist())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == str(halves(load_sample("wine"), random_state=5)[1])


@pytest.mark.parametrize("holdout", [0, 0.0, 1.0, -0.2, 1.5, 10, 11, True, 0.95, float("nan")])
def test_impossible_sizes(holdout):
    with pytest.raises(SettingError, match="holdout="):
        split(np.zeros((10, 1)), holdout)


def test_a_path_is_not_data():
    with pytest.raises(DataError, match="drawlike.read"):
        split("adult.csv")
