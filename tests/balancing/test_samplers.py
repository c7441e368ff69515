"""Samplers: how many rows of each class, in which form, and where new rows lie."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from drawlike import LatentClass
from drawlike.balancing import (
    ADASYN,
    SMOTE,
    BorderlineSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    Rebalancer,
)
from drawlike.errors import DataError, SettingError, UnsupportedError
from tests.scenarios import shapes

OVER = [RandomOverSampler, SMOTE, BorderlineSMOTE, ADASYN, Rebalancer]
INTERPOLATING = [SMOTE, BorderlineSMOTE, ADASYN]


def clouds(n=200, seed=0):
    """Three classes of two numbers, 140, 40 and 20 of 200, that overlap."""
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1, 2], [n * 7 // 10, n // 5, n // 10])
    return rng.normal(size=(n, 2)) + 1.5 * y[:, None] * [1, -1], y


def mixed(n=200, seed=0):
    """Numbers, whole numbers, dates and categories, some missing, and a rare class."""
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.15, "rare", "usual")
    frame = pd.DataFrame(
        {
            "pay": rng.lognormal(3, 1, n),
            "age": rng.integers(18, 80, n),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D"),
            "town": rng.choice(["Bern", "Oslo", "Rome"], n),
            "member": rng.random(n) < 0.5,
        }
    )
    frame.loc[rng.random(n) < 0.1, "pay"] = np.nan
    return frame, pd.Series(y, name="kind")


@pytest.mark.parametrize("sampler", OVER)
def test_all_classes_become_as_large_as_the_largest(sampler):
    X, y = clouds()
    rows, labels = sampler(random_state=0).fit_resample(X, y)
    assert np.bincount(labels).tolist() == [140] * 3
    np.testing.assert_array_equal(rows[:200], X)
    np.testing.assert_array_equal(labels[:200], y)


@pytest.mark.parametrize("sampler", [*OVER, RandomUnderSampler])
def test_the_same_seed_gives_the_same_rows(sampler):
    X, y = clouds()
    first, again = (sampler(random_state=3).fit_resample(X, y)[0] for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(
    ("strategy", "counts"),
    [
        ("minority", [140, 40, 140]),
        ("not majority", [140, 140, 140]),
        ({1: 50}, [140, 50, 20]),
        (lambda y: {2: 30}, [140, 40, 30]),
    ],
)
def test_strategies_say_how_many(strategy, counts):
    _, labels = SMOTE(sampling_strategy=strategy, random_state=0).fit_resample(*clouds())
    assert np.bincount(labels).tolist() == counts


def test_a_ratio_is_that_of_two_classes():
    X, y = clouds()
    two = y < 2
    for sampler, counts in ((SMOTE, [140, 70]), (RandomUnderSampler, [80, 40])):
        model = sampler(sampling_strategy=0.5, random_state=0)
        assert np.bincount(model.fit_resample(X[two], y[two])[1]).tolist() == counts


def test_what_is_kept_of_large_classes_is_told():
    X, y = clouds()
    sampler = RandomUnderSampler(random_state=0)
    rows, labels = sampler.fit_resample(X, y)
    assert np.bincount(labels).tolist() == [20] * 3
    assert sampler.sampling_strategy_ == {0: 20, 1: 20}
    np.testing.assert_array_equal(rows, X[sampler.sample_indices_])


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("majority", "use one of"),
        (1.5, "at most 1"),
        ({7: 100}, r"names \[7\]"),
        ({0: 10}, "fewer than the 140"),
    ],
)
def test_strategies_that_make_no_sense_are_refused(strategy, message):
    X, y = clouds()
    two = y < 2
    with pytest.raises(SettingError, match=message):
        SMOTE(sampling_strategy=strategy).fit_resample(X[two], y[two])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(200), "at least 2 classes"),
        (np.linspace(0, 1, 200), "pandas.cut"),
        (np.ones((200, 3)), "Multilabel"),
        ([None, *"ab" * 99, "a"], "missing in 1 rows, first in row 0"),
        (np.arange(3), "200 rows and y 3"),
    ],
)
def test_labels_that_cannot_be_balanced_are_refused(y, message):
    with pytest.raises(DataError, match=message):
        SMOTE().fit_resample(clouds()[0], y)


def test_cells_and_classes_that_cannot_be_used_are_refused():
    X, y = clouds()
    X[5, 1] = np.inf
    with pytest.raises(DataError, match="infinite in row 5"):
        SMOTE().fit_resample(X, y)
    with pytest.raises(DataError, match="'b' has 1 row"):
        SMOTE().fit_resample([[1.0], [2.0], [3.0]], ["a", "a", "b"])
    with pytest.raises(SettingError, match="k_neighbors=0"):
        SMOTE(k_neighbors=0).fit_resample(*clouds())
    with pytest.raises(SettingError, match="no columns"):
        SMOTE(categorical_features=["town"]).fit_resample(pd.DataFrame(clouds()[0]), y)


@pytest.mark.parametrize("sampler", INTERPOLATING)
def test_new_rows_lie_between_neighbours_of_their_class(sampler):
    X, y = clouds()
    rows, labels = sampler(random_state=0).fit_resample(X, y)
    own = X[y == 2] / X[y == 2].std(0)
    near = NearestNeighbors(n_neighbors=6).fit(own).kneighbors(own)[1][:, 1:]
    new = rows[200:][labels[200:] == 2] / X[y == 2].std(0)
    starts, ends = np.repeat(own, 5, 0), own[near.ravel()]
    away = _distance_to_segments(new, starts, ends)
    assert away.max() < 1e-6


def _distance_to_segments(points, starts, ends):
    along, off = ends - starts, points[:, None] - starts
    share = np.clip((off * along).sum(2) / (along**2).sum(1), 0, 1)
    return np.linalg.norm(off - share[..., None] * along, axis=2).min(1)


def test_borderline_rows_come_from_where_classes_meet():
    X = np.concatenate([np.linspace(0, 1, 60), np.linspace(1.02, 3, 20)])[:, None]
    y = np.repeat([0, 1], [60, 20])
    means = {}
    for sampler in (SMOTE(random_state=0), BorderlineSMOTE(random_state=0), ADASYN(random_state=0)):
        means[type(sampler).__name__] = sampler.fit_resample(X, y)[0][80:].mean()
    assert means["BorderlineSMOTE"] < means["SMOTE"] - 0.3
    assert means["ADASYN"] < means["SMOTE"] - 0.3


def test_units_do_not_matter():
    X, y = clouds()
    small, _ = SMOTE(random_state=0).fit_resample(X, y)
    large, _ = SMOTE(random_state=0).fit_resample(X * [1, 1e6], y)
    np.testing.assert_allclose(small * [1, 1e6], large, rtol=1e-9)


@pytest.mark.parametrize("sampler", [SMOTE, RandomOverSampler, Rebalancer])
@pytest.mark.parametrize("library", [None, pl.from_pandas, pa.Table.from_pandas])
def test_frames_keep_their_columns_types_and_categories(sampler, library):
    X, y = mixed()
    given = library(X) if library else X
    drawn, labels = sampler(random_state=0).fit_resample(given, y)
    assert type(drawn) is type(given)
    rows = drawn if library is None else drawn.to_pandas()
    if library is None:
        assert (rows.dtypes == X.dtypes).all()
        assert (labels.index == rows.index).all()
    assert list(rows.columns) == list(X.columns)
    new, rare = rows.iloc[len(X) :], X[y == "rare"]
    assert set(new["town"]) <= set(rare["town"])
    assert (new["age"] == new["age"].round()).all()
    assert new["day"].between(X["day"].min(), X["day"].max()).all()
    assert (labels == "rare").sum() == (labels == "usual").sum()


def test_a_category_is_that_of_most_neighbours():
    X = pd.DataFrame({"x": [*np.linspace(5, 6, 12), 0, 0.1, 0.2, 0.3], "c": ["u"] * 12 + [*"aaab"]})
    y = np.repeat([0, 1], [12, 4])
    drawn, _ = SMOTE(k_neighbors=3, random_state=0).fit_resample(X, y)
    assert set(drawn["c"][16:]) == {"a"}


def test_ten_thousand_categories_are_two_columns_of_codes():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=4000), "c": rng.integers(0, 10_000, 4000).astype(str)})
    y = rng.random(4000) < 0.1
    drawn, labels = SMOTE(random_state=0).fit_resample(X, y)
    assert labels.sum() == (~labels).sum()
    assert set(drawn["c"][4000:]) <= set(X["c"][y])


def test_sparse_rows_give_the_rows_of_dense_ones():
    X, y = clouds()
    X[X < 0] = 0
    dense, _ = SMOTE(random_state=0).fit_resample(X, y)
    rows, _ = SMOTE(random_state=0).fit_resample(sparse.csr_array(X), y)
    assert isinstance(rows, sparse.csr_array)
    np.testing.assert_allclose(rows.toarray(), dense, rtol=1e-6)
    with pytest.raises(UnsupportedError, match="GB"):
        Rebalancer().fit_resample(sparse.csr_array((200, 10_000_000)), y)


def test_whole_numbers_stay_whole_and_unbiased_in_every_form():
    rng = np.random.default_rng(0)
    X, y = rng.poisson(2, (1000, 3)), np.arange(1000) < 200
    dense, _ = SMOTE(random_state=0).fit_resample(X, y)
    rows, _ = SMOTE(random_state=0).fit_resample(sparse.csr_matrix(X), y)
    assert isinstance(rows, sparse.csr_matrix)
    assert rows.toarray().mean() == pytest.approx(dense.mean(), abs=0.01)  # ties differ
    frame = pd.DataFrame(X.astype(float), columns=list("abc"))
    frame.iloc[500:520, 0] = np.nan
    frame = frame.astype("Int64")
    expected = SMOTE(random_state=0).fit_resample(frame, y)[0]["a"].to_numpy(float, na_value=np.nan)
    for library in (pl.from_pandas, pa.Table.from_pandas):
        drawn = SMOTE(random_state=0).fit_resample(library(frame), y)[0]
        found = np.array(drawn["a"].to_numpy(), float)
        np.testing.assert_array_equal(found, expected)


def test_arrow_tables_keep_words_and_dictionaries():
    rng = np.random.default_rng(0)
    words, y = rng.choice(["a", "b"], 100).tolist(), np.arange(100) < 20
    table = pa.table(
        {
            "x": rng.normal(size=100),
            "long": pa.array(words, pa.large_string()),
            "code": pa.array(words).dictionary_encode(),
        }
    )
    labels = pa.array(np.where(y, "yes", "no").tolist())
    rows, said = SMOTE(random_state=0).fit_resample(table, labels)
    assert rows.schema == table.schema and said.type == labels.type
    assert len(rows) == len(said) == 160


def test_lists_of_several_kinds_of_cells_keep_them():
    rows = [[i % 7 + 0.5, "ab"[i % 2]] for i in range(100)]
    y = ["yes" if i < 20 else "no" for i in range(100)]
    for sampler in (SMOTE(random_state=0), Rebalancer(random_state=0)):
        drawn, labels = sampler.fit_resample(rows, y)
        assert drawn[:100] == rows and isinstance(labels, list)
        assert isinstance(drawn[-1][0], float) and drawn[-1][1] in "ab"


def test_labels_of_any_form_go_with_frames():
    X, y = mixed()
    for labels in (y.tolist(), pd.DataFrame({"kind": y}), pl.DataFrame({"kind": y.tolist()})):
        rows, said = RandomOverSampler(random_state=0).fit_resample(X, labels)
        assert type(said) is type(labels) and len(said) == len(rows)


def test_one_hot_rows_without_a_class_have_none_of_it():
    X, y = clouds()
    one_hot = np.eye(4, dtype=int)[y]
    _, said = RandomUnderSampler(random_state=0).fit_resample(X, one_hot)
    assert said.sum(0).tolist() == [20, 20, 20, 0]


def test_rows_that_need_no_new_ones_are_not_the_callers_own():
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    rows, _ = Rebalancer(random_state=0).fit_resample(X, y)
    rows[:] = 0
    assert X.any()


def test_a_critic_takes_a_seed_and_needs_rows_and_weights():
    X, y = clouds()
    critic = RandomForestClassifier(5)
    drawn = [Rebalancer(critic=critic, random_state=0).fit_resample(X, y)[0] for _ in range(2)]
    np.testing.assert_array_equal(*drawn)
    with pytest.raises(SettingError, match="takes no weights"):
        Rebalancer(critic=KNeighborsClassifier(), random_state=0).fit_resample(X, y)
    with pytest.raises(DataError, match="at least"):
        Rebalancer(critic=True, random_state=0).fit_resample(X[:145], np.arange(145) < 5)


def test_missing_cells_stay_missing():
    X, y = clouds()
    X[y == 2, 1] = np.nan
    rows, labels = SMOTE(random_state=0).fit_resample(X, y)
    assert np.isnan(rows[labels == 2, 1]).all()
    assert not np.isnan(rows[labels != 2]).any()


def test_images_are_repeated_and_drawn():
    X, y = shapes(60)
    keep = (y == 0) | (np.arange(60) % 4 == 0)
    for sampler in (RandomOverSampler(random_state=0), Rebalancer("gaussian", random_state=0)):
        rows, labels = sampler.fit_resample(X[keep], y[keep])
        assert rows.shape[1:] == X.shape[1:]
        assert (np.bincount(labels) == np.bincount(labels).max()).all()


def test_a_model_draws_no_lone_row_again():
    X, y = mixed(400)
    sampler = Rebalancer(LatentClass(), random_state=0)
    drawn, _ = sampler.fit_resample(X, y)
    assert not drawn.duplicated(keep=False).iloc[:400].any()
    assert isinstance(sampler.model_, LatentClass)


def test_a_critic_drops_draws_unlike_real_rows():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(600, 2)), rng.normal(size=(150, 2)) * [0.05, 1] + 5])
    y = np.repeat([0, 1], [600, 150])
    X[600:675, 0] -= 3  # two thin sheets, which one normal smears
    spread = []
    for critic in (False, True):
        sampler = Rebalancer("gaussian", critic=critic, random_state=0)
        new = sampler.fit_resample(X, y)[0][750:, 0]
        spread.append((np.abs(new[:, None] - [2, 5]).min(1) > 0.3).mean())
    assert spread[1] < 0.3 * spread[0]


def test_a_critic_that_nothing_passes_is_told():
    X, y = np.array([[0.0], [0.0], [1.0], [2.0], [3.0], [4.0]]), [1, 1, 0, 0, 0, 0]
    assert len(Rebalancer("gaussian", random_state=0).fit_resample(X, y)[0]) == 8
    with pytest.raises(DataError, match="allow_copies=True"):
        Rebalancer("topk", random_state=0).fit_resample(np.arange(6.0)[:, None], y)


def test_models_of_frames_alone_learn_other_forms_too():
    X, y = np.random.default_rng(0).normal(size=(200, 3)), np.arange(200) < 20
    sampler = Rebalancer("latent-class", random_state=0)
    for rows in (X, pd.DataFrame(X.astype("float32")), sparse.csr_array(X)):
        drawn, _ = sampler.fit_resample(rows, y)
        assert type(drawn) is type(rows)
        assert drawn.shape == (360, 3)
    assert drawn.dtype == X.dtype
