"""What every model that learns chunk by chunk must do."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from drawlike import VAE, load, stream
from drawlike.base import IncrementalMixin, capabilities
from drawlike.errors import DataError, DrawlikeError, NotConditionalError, SchemaError
from tests.scenarios import MODELS, mixed_table, two_modes

NAMES = [name for name, case in MODELS.items() if isinstance(case.fast, IncrementalMixin)]
EACH = pytest.mark.parametrize("name", NAMES)
# a few gradient steps move a model little, on scales that it took from the first rows: it
# does not get to rows that are many deviations away from those, as summing statistics does
EXACT = pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("rbm")])
ROWS, TABLE = two_modes(400), mixed_table()
LABELS = (ROWS[:, 0] > 0).astype(int)


def begun(name, X, y=None, **options):
    return clone(MODELS[name].fast).partial_fit(X, y, listener=None, **options)


def test_there_are_such_models_and_others():
    assert NAMES
    assert not hasattr(VAE(), "partial_fit")
    assert not capabilities(VAE)["incremental"]


@EACH
def test_it_counts_rows_and_goes_on(name):
    model = begun(name, ROWS[:200])
    assert model.n_rows_ == 200
    assert model.partial_fit(ROWS[200:], listener=None) is model
    assert model.n_rows_ == 400
    assert model.sample(5, random_state=0).shape == (5, 2)


@EXACT
def test_it_learns_from_later_rows(name):
    model = begun(name, ROWS[:200] - 50)
    for _ in range(5):
        model.partial_fit(ROWS[:200] + 50, listener=None)
    drawn = model.sample(200, random_state=0)
    assert (drawn[:, 0] > 0).any()


@EACH
def test_the_same_chunks_give_the_same_bytes(name):
    drawn = []
    for _ in "ab":
        model = begun(name, ROWS[:200]).partial_fit(ROWS[200:], listener=None)
        drawn.append(model.sample(20, random_state=0))
    np.testing.assert_array_equal(*drawn)


@EACH
def test_chunks_with_gaps_may_be_of_any_size(name):
    gaps = ROWS.copy()
    gaps[::5, 0] = np.nan
    model = begun(name, gaps[:30])
    for start, stop in [(30, 200), (200, 230), (230, 231), (231, 400)]:
        model.partial_fit(gaps[start:stop], listener=None)
    assert model.n_rows_ == 400
    drawn = model.sample(200, random_state=0)
    np.testing.assert_allclose(np.nanmean(drawn, 0), ROWS.mean(0), atol=1.0)


@EACH
def test_it_goes_on_after_a_fit_and_fit_forgets(name):
    model = clone(MODELS[name].fast).fit(ROWS[:200], listener=None)
    model.partial_fit(ROWS[200:], listener=None)
    assert model.n_rows_ == 400
    model.fit(ROWS[:100], listener=None)
    fresh = clone(MODELS[name].fast).fit(ROWS[:100], listener=None)
    drawn = [each.sample(20, random_state=0) for each in (model, fresh)]
    np.testing.assert_array_equal(*drawn)


@EACH
def test_it_goes_on_after_it_was_kept(name, tmp_path):
    model = begun(name, ROWS[:200], LABELS[:200])
    model.save(tmp_path / "kept")
    again = load(tmp_path / "kept")
    drawn = []
    for each in (model, again):
        each.partial_fit(ROWS[200:], LABELS[200:], listener=None)
        drawn.append(each.sample(20, random_state=0))
        np.testing.assert_allclose(each.labels_.frequencies_, np.bincount(LABELS) / 400)
    np.testing.assert_allclose(*drawn)


@EXACT
def test_classes_may_come_later_where_they_were_named(name):
    order = np.argsort(LABELS, kind="stable")
    X, y = ROWS[order], LABELS[order]
    first = int((y == 0).sum())
    model = begun(name, X[:first], y[:first], classes=[0, 1])
    assert model.labels_.frequencies_.tolist() == [1, 0]
    assert (model.sample(20, return_y=True, random_state=0)[1] == 0).all()
    model.partial_fit(X[first:], y[first:], listener=None)
    np.testing.assert_allclose(model.labels_.frequencies_, np.bincount(LABELS) / 400)
    drawn = model.sample(50, 1, random_state=0)
    assert np.abs(drawn[:, 0].mean() - X[first:, 0].mean()) < 1.5


@EACH
def test_weights_count_in_the_labels(name):
    weight = np.where(LABELS == 0, 3.0, 1.0)
    model = begun(name, ROWS, LABELS, sample_weight=weight)
    np.testing.assert_allclose(model.labels_.mass_, np.bincount(LABELS, weight))


@EACH
def test_chunks_of_a_table(name):
    half = len(TABLE) // 2
    model = begun(name, TABLE, label="group").partial_fit(TABLE[:half], listener=None)
    assert model.n_rows_ == len(TABLE) + half
    drawn = model.sample(10, random_state=0)
    assert (drawn.dtypes == TABLE.dtypes).all()
    with pytest.raises(SchemaError, match=r"'grade' holds values that the first rows had not.*new"):
        model.partial_fit(with_new_grade(TABLE), listener=None)
    assert model.n_rows_ == len(TABLE) + half
    pd.testing.assert_frame_equal(model.sample(10, random_state=0), drawn)


def with_new_grade(table):
    return table.assign(grade=pd.Categorical(["new grade"] * len(table)))


@EACH
def test_a_stream_is_learned_chunk_by_chunk(name):
    model = begun(name, stream([(ROWS[:200], LABELS[:200]), (ROWS[200:], LABELS[200:])]))
    one_by_one = begun(name, ROWS[:200], LABELS[:200])
    one_by_one.partial_fit(ROWS[200:], LABELS[200:], listener=None)
    drawn = [each.sample(20, random_state=0) for each in (model, one_by_one)]
    np.testing.assert_array_equal(*drawn)


@EACH
def test_chunks_of_a_stream_that_weigh_nothing_are_left_out(name):
    nothing = np.zeros(200)
    model = begun(name, stream([(ROWS[:200], None, nothing), ROWS[200:]]))
    drawn = [each.sample(20, random_state=0) for each in (model, begun(name, ROWS[200:]))]
    np.testing.assert_array_equal(*drawn)
    with pytest.raises(DataError, match=r"Every weight of the stream is 0"):
        model.partial_fit(stream([(ROWS[:200], None, nothing)]), listener=None)


FAULTS = {
    "fewer columns": (ROWS[:, :1], LABELS, {}, ValueError, "2 features"),
    "no labels": (ROWS, None, {}, NotConditionalError, "Labels are needed"),
    "an unknown label": (ROWS, LABELS + 1, {}, NotConditionalError, "Label 2 was .*classes="),
    "another label column": (ROWS, None, {"label": "a"}, DataError, "label='a', and the first"),
    "a table": (TABLE, None, {}, DrawlikeError, "kind"),
    "no weight": (ROWS, LABELS, {"sample_weight": 0 * LABELS}, DataError, "one is above 0"),
}


@EACH
@pytest.mark.parametrize("fault", FAULTS)
def test_a_chunk_that_does_not_fit_is_refused_and_nothing_is_lost(name, fault):
    X, y, options, error, words = FAULTS[fault]
    model = begun(name, ROWS, LABELS)
    before = model.sample(10, random_state=0)
    with pytest.raises(error, match=words):
        model.partial_fit(X, y, listener=None, **options)
    np.testing.assert_array_equal(model.sample(10, random_state=0), before)
    assert model.n_rows_ == 400


@EACH
def test_labels_that_come_too_late_are_refused(name):
    with pytest.raises(NotConditionalError, match="begun without labels"):
        begun(name, ROWS).partial_fit(ROWS, LABELS)
    with pytest.raises(DataError, match="classes= are given, and no labels"):
        begun(name, ROWS, classes=[0, 1])
