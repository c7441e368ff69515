import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from drawlike.errors import SchemaError
from drawlike.evaluation.inputs.columns import MISSING, Columns, Vocabulary, joined


@pytest.fixture
def frame(rng):
    n = 60
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "pay": rng.normal(size=n),
            "job": rng.choice(["cook", "nurse", "smith"], n, p=[0.6, 0.3, 0.1]),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, n), unit="D"),
            "code": [f"id-{i:05d}" for i in rng.permutation(n)],
        }
    )


@pytest.fixture
def vocabulary(frame):
    return Vocabulary.learn(frame, None)


def test_numbers_and_categories_are_told_apart(frame, vocabulary):
    columns = vocabulary.read(frame, "training")
    assert columns.number_names == ("age", "pay", "day")
    assert columns.code_names == ("job",)
    assert [column.name for column in vocabulary.ignored] == ["code"]
    np.testing.assert_array_equal(columns.get("age"), frame["age"])


def test_codes_count_from_the_most_frequent(frame, vocabulary):
    codes = vocabulary.read(frame, "training").get("job")
    assert [frame["job"][codes == code].iloc[0] for code in range(3)] == (
        frame["job"].value_counts().index.tolist()
    )


def test_categories_that_only_the_holdout_has_come_after_and_unseen_ones_last(frame):
    holdout = frame.assign(job="judge")
    vocabulary = Vocabulary.learn(frame, holdout)
    assert set(vocabulary.read(holdout, "hold-out").get("job")) == {3}
    assert set(vocabulary.read(frame.assign(job="witch"), "synthetic").get("job")) == {4}
    assert set(vocabulary.read(frame.assign(job=None), "synthetic").get("job")) == {MISSING}


def test_any_library_gives_the_same(frame, vocabulary):
    expected = vocabulary.read(frame, "training")
    for other in (pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        found = vocabulary.read(other, "training")
        np.testing.assert_array_equal(found.numbers, expected.numbers)
        np.testing.assert_array_equal(found.codes, expected.codes)


def test_text_that_spells_the_same_is_the_same(frame, vocabulary):
    spelled = frame.assign(
        age=frame["age"].astype(str),
        day=frame["day"].dt.strftime("%Y-%m-%d"),
        job=" " + frame["job"],
    )
    expected, found = vocabulary.read(frame, "training"), vocabulary.read(spelled, "synthetic")
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    np.testing.assert_array_equal(found.codes, expected.codes)


def test_spelling_of_truth_and_of_whole_floats_does_not_matter(rng):
    frame = pd.DataFrame({"flag": rng.random(50) < 0.4, "level": rng.choice(["1", "2"], 50)})
    vocabulary = Vocabulary.learn(frame, None, {"level": "category"})
    other = pd.DataFrame({"flag": frame["flag"].astype(str), "level": frame["level"].astype(float)})
    expected, found = vocabulary.read(frame, "training"), vocabulary.read(other, "synthetic")
    np.testing.assert_array_equal(found.codes, expected.codes)


def test_order_of_columns_does_not_matter(frame, vocabulary):
    turned = vocabulary.read(frame[frame.columns[::-1]], "synthetic")
    np.testing.assert_array_equal(turned.numbers, vocabulary.read(frame, "training").numbers)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="pay"), "lacks 'pay'"),
        (lambda f: f.assign(extra=1), "has 'extra', which"),
        (lambda f: f.rename(columns={"pay": "wage"}), "lacks 'pay' and has 'wage'"),
        (lambda f: f.assign(age="old"), "hold 'old' there"),
        (lambda f: f.assign(day="some day"), "hold 'some day' there"),
    ],
)
def test_differing_columns_are_refused(frame, vocabulary, change, said):
    with pytest.raises(SchemaError, match=said):
        vocabulary.read(change(frame), "synthetic")


def test_columns_are_shown_as_people_know_them(frame, vocabulary):
    columns = vocabulary.read(frame, "training")
    assert vocabulary.shown(columns, "job").tolist() == frame["job"].tolist()
    np.testing.assert_array_equal(
        vocabulary.shown(columns, "day"), frame["day"].to_numpy("datetime64[us]")
    )


def test_missing_cells_are_shown_as_such(frame, vocabulary):
    columns = vocabulary.read(frame.assign(job=None, day=pd.NaT), "synthetic")
    assert set(vocabulary.shown(columns, "job")) == {None}
    assert np.isnat(vocabulary.shown(columns, "day")).all()


def test_columns_are_taken_joined_and_left_out(rng):
    columns = Columns.of_array(rng.normal(size=(6, 3)))
    halves = [columns.take(np.arange(3)), columns.take(np.arange(3, 6))]
    np.testing.assert_array_equal(joined(halves).numbers, columns.numbers)
    assert columns.without("x1").names == ("x0", "x2")
