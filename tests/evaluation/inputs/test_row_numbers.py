import numpy as np
import pandas as pd
import pytest

from drawlike.datasets import as_dataset, read
from drawlike.errors import SchemaError
from drawlike.evaluation import evaluate
from drawlike.evaluation.inputs.row_numbers import row_numbers

FEW = ["column shapes", "unseen categories"]


def table(rng, n):
    return pd.DataFrame(
        {
            "age": rng.integers(18, 70, n),
            "job": rng.choice(["cook", "nurse"], n),
            "pay": rng.random(n),
        }
    )


@pytest.fixture
def tables(rng):
    return tuple(table(rng, n) for n in (200, 100, 200))


def figures(evaluation):
    return evaluation.metrics[["name", "value", "real"]]


@pytest.mark.parametrize(
    "other",
    [
        lambda f: f[["pay", "job", "age"]],
        lambda f: f.astype(str),
        lambda f: f.reset_index(names="Unnamed: 0"),
        lambda f: f.reset_index(),
        lambda f: f.reset_index().astype(str),
    ],
)
def test_files_of_other_tools_are_judged_like_ours(tables, other):
    train, holdout, fresh = tables
    expected = figures(evaluate(train, holdout, fresh, metrics=FEW))
    for sets in ((train, holdout, other(fresh)), (train, other(holdout), fresh)):
        pd.testing.assert_frame_equal(figures(evaluate(*sets, metrics=FEW)), expected)


def test_row_numbers_of_the_training_rows_are_no_data(tables):
    train, holdout, fresh = tables
    cut = pd.concat([train, holdout], ignore_index=True).sample(frac=1, random_state=0)
    numbered = cut.reset_index(names="Unnamed: 0")
    expected = figures(evaluate(cut[:200], cut[200:], fresh, metrics=FEW))
    found = evaluate(numbered[:200], numbered[200:], fresh, metrics=FEW)
    pd.testing.assert_frame_equal(figures(found), expected)
    assert found.train.X.columns.tolist() == ["age", "job", "pay"]


def test_what_was_left_out_is_told(tables, tmp_path):
    train, holdout, fresh = tables
    fresh.to_csv(tmp_path / "fresh.csv")
    evaluation = evaluate(train, holdout, read(tmp_path / "fresh.csv"), metrics=FEW)
    assert evaluation.left_out == ("c0",)
    evaluation.to_html(tmp_path / "report.html")
    assert "only number the rows were left out" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    "column",
    [
        {"index": np.ones(200, int)},  # the same number again
        {"index": np.arange(200) + 0.5},
        {"index": -np.arange(200)},
        {"index": ["a"] * 200},
        {"serial": np.arange(200)},
    ],
)
def test_other_columns_stay_data(tables, column):
    train, holdout, fresh = tables
    with pytest.raises(SchemaError, match=f"has '{next(iter(column))}'"):
        evaluate(train, holdout, fresh.assign(**column))


def test_a_headerless_table_a_label_and_a_declared_column_are_data(tables):
    numbered = tables[0].reset_index()
    assert row_numbers(as_dataset(numbered)) == ["index"]
    assert row_numbers(as_dataset(numbered, label="index")) == []
    declared = as_dataset(numbered, schema={"index": "integer"})
    assert row_numbers(declared) == []
    bare = pd.DataFrame({"c0": np.arange(50), "c1": np.arange(50)})
    assert row_numbers(as_dataset(bare)) == []


def test_missing_columns_are_named(tables):
    train, holdout, fresh = tables
    with pytest.raises(SchemaError, match="synthetic data lacks 'job', 'pay'"):
        evaluate(train, holdout, fresh[["age"]])
