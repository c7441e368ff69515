"""Targets other than classes, weights in place of rows, and what is refused in words."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from drawlike.balancing import (
    ADASYN,
    SMOTE,
    BalancedClassifier,
    BorderlineSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    Rebalancer,
    class_weights,
    find_leaks,
    relevance,
    sample_weights,
)
from drawlike.errors import DataError, SettingError, UnsupportedError

SAMPLERS = [RandomOverSampler, SMOTE, BorderlineSMOTE, ADASYN]


@pytest.fixture
def labels():
    """Three labels, of which every row has the first, some the second, few the third."""
    sets = np.zeros((200, 3), int)
    sets[:, 0], sets[:60, 1], sets[50:62, 2] = 1, 1, 1
    return sets


@pytest.fixture
def numbers(rng):
    """Numbers of which one in twenty is far above the others."""
    return np.concatenate([rng.normal(10, 1, 190), rng.normal(30, 2, 10)])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_rows_of_rare_labels_come_with_all_of_their_labels(sampler, labels, rng):
    X = rng.normal(size=(200, 2))
    model = sampler(target="multilabel", random_state=0)
    rows, found = model.fit_resample(X, labels)
    assert model.sampling_strategy_ == {1: 138 - 50, 2: 138 - 12}
    assert rows.shape == (3 * 138, 2) and found.shape == (3 * 138, 3)
    np.testing.assert_array_equal(found[:200], labels)
    known = {tuple(row) for row in labels.tolist()}
    assert {tuple(row) for row in found.tolist()} <= known
    assert found[:, 2].sum() == 138


def test_label_sets_keep_their_form(labels, rng):
    X = pd.DataFrame(rng.normal(size=(200, 2)), columns=list("ab"))
    frame = pd.DataFrame(labels, columns=["x", "y", "z"]).astype("int8")
    sampler = RandomOverSampler(target="multilabel", sampling_strategy={"z": 40}, random_state=0)
    rows, found = sampler.fit_resample(X, frame)
    assert found["z"].sum() == 40 and list(found.dtypes) == list(frame.dtypes)
    assert found.index.equals(rows.index)
    _, listed = RandomUnderSampler(target="multilabel").fit_resample(X, labels.tolist())
    assert isinstance(listed, list) and len(listed) == 3 * 12


def test_relevance_rises_to_the_whisker_of_the_side_with_outliers(numbers):
    found = relevance(numbers)
    assert found[-10:].min() == 1 and found[numbers < np.median(numbers)].max() == 0
    order = np.argsort(numbers[numbers > np.median(numbers)])
    assert (np.diff(found[numbers > np.median(numbers)][order]) >= 0).all()


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("form", [np.asarray, pd.Series, list, pl.Series])
def test_rare_numbers_become_as_frequent_as_common_ones(sampler, form, numbers, rng):
    X = np.stack([numbers, rng.normal(size=200)], 1)
    model = sampler(target="number", random_state=0)
    rows, found = model.fit_resample(X, form(numbers))
    assert type(found) is type(form(numbers)) and len(found) == len(rows)
    n_rare = (relevance(numbers) >= 0.8).sum()
    assert model.sampling_strategy_ == {"high": 200 - 2 * n_rare}
    new = np.asarray(found)[200:]
    # a new number hangs on its row as the old ones do
    np.testing.assert_allclose(new, rows[200:, 0])
    assert new.min() >= numbers[relevance(numbers) >= 0.8].min()


def test_a_model_draws_rare_numbers_with_their_rows(numbers, rng):
    X = pd.DataFrame({"a": numbers + 0.1 * rng.normal(size=200), "b": rng.choice(list("xy"), 200)})
    rows, found = Rebalancer(target="number", random_state=0).fit_resample(X, pd.Series(numbers))
    assert list(rows.columns) == ["a", "b"] and len(rows) == len(found) > 350
    np.testing.assert_array_equal(found[:200], numbers)
    assert np.corrcoef(rows["a"], found)[0, 1] > 0.95
    least = numbers[relevance(numbers) >= 0.8].min()
    assert (found[200:] > least - 1).mean() > 0.9


@pytest.mark.parametrize("form", [np.asarray, pd.DataFrame, np.ndarray.tolist, sparse.csr_array])
def test_a_model_draws_label_sets_with_their_rows(form, labels, rng):
    X, asked = rng.normal(size=(200, 2)), {2: 40}
    sampler = Rebalancer(target="multilabel", sampling_strategy=asked, random_state=0)
    rows, found = sampler.fit_resample(X, form(labels))
    assert isinstance(found, type(form(labels))) and rows.shape == (228, 2)
    sets = np.asarray(found.toarray() if sparse.issparse(found) else found)
    np.testing.assert_array_equal(sets[:200], labels)
    assert np.isin(sets, (0, 1)).all() and sets[200:, 2].mean() > 0.8


def test_images_with_several_labels_are_refused(labels):
    with pytest.raises(UnsupportedError, match="several labels"):
        Rebalancer(target="multilabel").fit_resample(np.zeros((200, 4, 4)), labels)


def test_whole_numbers_stay_whole(rng):
    y = np.append(rng.integers(0, 10, 100), [60, 80, 95])
    _, found = SMOTE(target="number", random_state=0).fit_resample(y[:, None], y)
    assert found.dtype == y.dtype


def test_frequent_numbers_are_thinned(numbers):
    rows, found = RandomUnderSampler(target="number").fit_resample(numbers[:, None], numbers)
    assert len(found) == 2 * (relevance(numbers) >= 0.8).sum()
    np.testing.assert_array_equal(rows[:, 0], found)


@pytest.mark.parametrize(
    ("target", "y", "said"),
    [
        ("multilabel", [0, 1, 1, 0], "rows of 0 and 1"),
        ("multilabel", [[1, 0], [1, 0]], "nothing to balance"),
        ("number", ["a", "b", "a", "b"], "holds no numbers"),
        ("number", [1.0, 2.0, 3.0, 4.0], "whiskers"),
    ],
)
def test_targets_of_another_kind_are_refused(target, y, said):
    with pytest.raises(DataError, match=said):
        RandomOverSampler(target=target).fit_resample(np.zeros((len(y), 1)), y)


def test_unknown_targets_and_models_of_rare_numbers_are_refused(labels):
    with pytest.raises(SettingError, match="target='sets'"):
        RandomOverSampler(target="sets").fit_resample(np.zeros((200, 1)), labels)
    with pytest.raises(DataError, match="target='multilabel'"):
        RandomOverSampler().fit_resample(np.zeros((200, 1)), labels)


def test_weights_weigh_classes_as_a_sampler_would_fill_them_up():
    y = np.repeat([0, 1, 2], [60, 30, 10])
    weights = sample_weights(y)
    assert weights.mean() == pytest.approx(1)
    np.testing.assert_allclose(np.bincount(y, weights), 100 / 3)
    assert class_weights(y) == pytest.approx({0: 100 / 180, 1: 100 / 90, 2: 100 / 30})
    some = sample_weights(y, sampling_strategy={2: 30})
    np.testing.assert_allclose(np.bincount(y, some) / np.bincount(y, some)[1], [2, 1, 1])
    thinned = sample_weights(y, sampling_strategy={0: 30}, direction="under")
    np.testing.assert_allclose(np.bincount(y, thinned) / np.bincount(y, thinned)[2], [3, 3, 1])


def test_rare_numbers_and_labels_weigh_more(numbers, labels):
    weights = sample_weights(numbers, target="number")
    assert weights[-1] > 5 * weights[0]
    assert set(class_weights(labels, target="multilabel")) == {0, 1, 2}


@pytest.mark.parametrize("strategy", [True, {1: float("nan")}, {1: "many"}, {1: 12.5}])
def test_strategies_that_are_no_counts_are_refused(strategy):
    y = np.arange(40) < 10
    with pytest.raises(SettingError, match="sampling_strategy"):
        RandomOverSampler(sampling_strategy=strategy).fit_resample(np.zeros((40, 1)), y.astype(int))


@pytest.mark.parametrize("m", [0, -1, 2.5, "all"])
def test_numbers_of_neighbours_are_checked(m):
    X, y = np.arange(40.0)[:, None], np.arange(40) < 10
    with pytest.raises(SettingError, match="m_neighbors"):
        BorderlineSMOTE(m_neighbors=m).fit_resample(X, y)


@pytest.mark.parametrize("sampler", [*SAMPLERS, Rebalancer])
def test_columns_of_one_name_are_refused_in_words(sampler):
    X = pd.DataFrame(np.arange(80.0).reshape(40, 2), columns=["a", "a"])
    with pytest.raises(DataError, match="several columns of the name 'a'"):
        sampler().fit_resample(X, np.arange(40) < 10)


def test_a_classifier_says_what_to_do_with_one_hot_rows():
    model = BalancedClassifier(LogisticRegression())
    with pytest.raises(DataError, match="argmax"):
        model.fit(np.arange(40.0)[:, None], np.eye(2)[np.arange(40) % 2])


def test_complex_numbers_are_refused():
    X = np.arange(40)[:, None] * (1 + 2j)
    with pytest.raises(DataError, match="imaginary"):
        SMOTE().fit_resample(X, np.arange(40) < 10)
    with pytest.raises(UnsupportedError, match="a"):
        SMOTE().fit_resample(pd.DataFrame(X, columns=["a"]), np.arange(40) < 10)


def test_images_that_came_again_or_lie_between_others_are_found(rng):
    images, y = rng.random((80, 6, 6)), np.arange(80) < 20
    assert not find_leaks(images, y)
    place = rng.random((30, 1, 1))
    again = rng.integers(0, 20, 30)
    copied = np.concatenate([images, images[again]])
    mixed = np.concatenate([images, place * images[again] + (1 - place) * images[again - 1]])
    labels = np.append(y, np.ones(30, bool))
    assert [leak.kind for leak in find_leaks(copied, labels)] == ["copies"]
    assert "between" in [leak.kind for leak in find_leaks(mixed, labels)]


@pytest.mark.parametrize("form", [pd.DataFrame, pl.DataFrame, pa.table])
def test_decimals_are_numbers_and_keep_their_places(form, rng):
    prices = [Decimal(f"{x:.2f}") for x in rng.gamma(2, 10, 60)]
    prices[3] = None
    X = form({"price": prices, "size": rng.normal(size=60)})
    rows, _ = SMOTE(random_state=0).fit_resample(X, np.arange(60) < 10)
    found = list(rows["price"].to_pylist() if form is pa.table else rows["price"])
    new = [x for x in found[60:] if x is not None]
    assert len(set(new) - set(prices)) > 20
    assert all(isinstance(x, Decimal) and x.as_tuple().exponent == -2 for x in new)


def test_rows_without_a_label_are_drawn_too(rng):
    X, y = rng.normal(size=(120, 2)), np.eye(3, dtype=int)[np.repeat([0, 1, 2], [90, 20, 10])]
    y[:5] = 0
    sampler = Rebalancer("gaussian", target="multilabel", random_state=0)
    for form in (y, y.tolist(), sparse.csr_array(y)):
        _, labels = sampler.fit_resample(X, form)
        found = labels.toarray() if sparse.issparse(labels) else np.asarray(labels)
        assert (found.sum(1) == 0).sum() > 40


def test_labels_of_one_name_and_infinite_numbers_are_refused(rng):
    X, y = rng.normal(size=(60, 2)), np.eye(3, dtype=int)[np.arange(60) % 3]
    for names in (["a", "a", "b"], ["a", "(none)", "b"]):
        with pytest.raises(DataError, match="rename"):
            class_weights(pd.DataFrame(y, columns=names), target="multilabel")
    numbers = rng.lognormal(size=60)
    numbers[3] = np.inf
    with pytest.raises(DataError, match="first in row 3"):
        SMOTE(target="number").fit_resample(X, numbers)
