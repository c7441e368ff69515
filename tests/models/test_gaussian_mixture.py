"""Gaussian mixtures against scikit-learn, and what scikit-learn cannot do."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Theirs

from drawlike import stream
from drawlike.errors import SettingError
from drawlike.events import History
from drawlike.models import GaussianMixture, load
from drawlike.statistics.loop import Course

TYPES = ("full", "tied", "diag", "spherical")
K, D = 3, 4


def clusters(rng, n=600, spread=1.5):
    centers = rng.normal(size=(K, D)) * spread
    mixing = rng.normal(size=(K, D, D)) * 0.5 + np.eye(D)
    which = rng.integers(0, K, n)
    return centers[which] + np.einsum("nd,nde->ne", rng.normal(size=(n, D)), mixing[which])


def start_of(covariance, X):
    eye = np.eye(D)
    precisions = {
        "full": np.stack([eye] * K),
        "tied": eye,
        "diag": np.ones((K, D)),
        "spherical": np.ones(K),
    }
    return {
        "weights_init": np.array([0.2, 0.3, 0.5]),
        "means_init": X[:K],
        "precisions_init": precisions[covariance],
    }


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("offset", [0.0, 50.0])
def test_the_same_start_leads_where_scikit_learn_goes(covariance, offset, rng):
    X = clusters(rng) + offset
    settings = {"covariance_type": covariance, "max_iter": 40, "tol": 1e-5, "reg_covar": 0.0}
    settings |= start_of(covariance, X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = Theirs(K, random_state=0, **settings).fit(X)
    ours = GaussianMixture(K, random_state=0, **settings).fit(X)
    for name in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        got, want = getattr(ours, name), getattr(theirs, name)
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-7)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=1e-8)
    assert (ours.n_iter_, ours.converged_) == (theirs.n_iter_, theirs.converged_)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_)
    assert ours.bic(X) == pytest.approx(theirs.bic(X))
    assert ours.aic(X) == pytest.approx(theirs.aic(X))
    assert (ours.predict(X) == theirs.predict(X)).all()


@pytest.mark.parametrize("covariance", TYPES)
def test_what_is_added_to_covariances_hardly_moves_where_scikit_learn_goes(covariance, rng):
    X = clusters(rng)
    settings = {"covariance_type": covariance, "max_iter": 20, "tol": 0.0} | start_of(covariance, X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = Theirs(K, random_state=0, **settings).fit(X)
    ours = GaussianMixture(K, random_state=0, **settings).fit(X)
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-3, atol=1e-4)
    # that of densities which pay for it is the lower one
    assert 0 < theirs.lower_bound_ - ours.lower_bound_ < 1e-3


def test_the_default_start_ends_as_well_as_scikit_learns():
    X = load_wine().data
    ours = max(GaussianMixture(3, random_state=s).fit(X).score(X) for s in range(3))
    theirs = max(Theirs(3, random_state=s).fit(X).score(X) for s in range(3))
    assert ours > theirs - 0.05


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random_from_data", "random"])
def test_two_modes_are_recovered(init, rng):
    X = np.concatenate([rng.normal((-2, 0), 0.3, (700, 2)), rng.normal((2, 1), 0.3, (300, 2))])
    # a random start is nearly symmetric: its first steps are small
    model = GaussianMixture(2, init_params=init, tol=1e-9, max_iter=500, random_state=0).fit(X)
    order = model.means_[:, 0].argsort()
    np.testing.assert_allclose(model.weights_[order], [0.7, 0.3], atol=0.01)
    np.testing.assert_allclose(model.means_[order], [(-2, 0), (2, 1)], atol=0.05)
    np.testing.assert_allclose(model.covariances_, 0.09 * np.stack([np.eye(2)] * 2), atol=0.02)
    drawn = model.sample(5000, random_state=0)
    assert (drawn[:, 0] > 0).mean() == pytest.approx(0.3, abs=0.03)


def test_more_starts_never_end_lower(rng):
    X = clusters(rng, spread=0.5)
    one, five = (
        GaussianMixture(4, init_params="random", n_init=n, random_state=0).fit(X).lower_bound_
        for n in (1, 5)
    )
    assert five >= one


@pytest.mark.parametrize("covariance", TYPES)
def test_unobserved_cells_are_marginalised(covariance, rng):
    X = clusters(rng, n=3000, spread=4)
    gaps = np.where(rng.random(X.shape) < 0.2, np.nan, X)
    settings = {"covariance_type": covariance, "means_init": X[:K], "random_state": 0}
    full, sparse = (GaussianMixture(K, **settings).fit(data) for data in (X, gaps))
    assert sparse.score(X) > full.score(X) - 0.1
    assert np.isfinite(sparse.sample(100, random_state=0)).all()
    assert sparse.predict_proba(gaps).shape == (3000, K)


@pytest.mark.parametrize("covariance", TYPES)
def test_weights_count_as_repeated_rows(covariance, rng):
    X, weight = clusters(rng, n=150), rng.integers(0, 4, 150)
    settings = {"covariance_type": covariance, "random_state": 0}
    weighted = GaussianMixture(K, **settings).fit(X, sample_weight=weight)
    repeated = GaussianMixture(K, **settings).fit(rng.permutation(np.repeat(X, weight, 0)))
    np.testing.assert_allclose(weighted.means_, repeated.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(weighted.covariances_, repeated.covariances_, rtol=1e-8, atol=1e-8)


def test_labels_give_a_mixture_each_and_a_classifier():
    X, y = load_digits(return_X_y=True)
    train, test = slice(0, 1200), slice(1200, None)
    names = np.array([f"digit {c}" for c in y])
    model = GaussianMixture(2, covariance_type="diag", reg_covar=1.0, random_state=0)
    model.fit(X[train], names[train])
    assert model.means_.shape == (10, 2, 64)
    assert model.weights_.shape == (10, 2)
    assert model.covariances_.shape == (10, 2, 64)
    np.testing.assert_allclose(model.weights_.sum(1), 1)
    assert (model.predict(X[test]) == names[test]).mean() > 0.85
    proba = model.predict_proba(X[test])
    np.testing.assert_allclose(proba.sum(1), 1)
    joint = np.stack(
        [model.score_samples(X[test][:5], np.full(5, c)) for c in model.labels_.classes_], 1
    )
    joint += np.log(model.labels_.frequencies_)
    np.testing.assert_allclose(proba[:5], np.exp(joint - model.score_samples(X[test][:5])[:, None]))
    zeros = model.sample(200, y="digit 0", random_state=0)
    assert (model.predict(zeros) == "digit 0").mean() > 0.95


def test_a_table_with_codes_is_learned_jointly(rng):
    n = 4000
    which = rng.random(n) < 0.4
    frame = pd.DataFrame(
        {
            "x": np.where(which, rng.normal(4, 1, n), rng.normal(-4, 1, n)),
            "c": np.where(which, rng.choice(["a", "b"], n, p=[0.9, 0.1]), "b"),
            "maybe": np.where(which, np.nan, rng.normal(10, 1, n)),
        }
    )
    model = GaussianMixture(6, random_state=0).fit(frame)
    drawn = model.sample(n, random_state=0)
    high = drawn["x"] > 0
    assert high.mean() == pytest.approx(0.4, abs=0.03)
    assert (drawn["c"][high] == "a").mean() == pytest.approx(0.9, abs=0.1)
    assert (drawn["c"][~high] == "b").mean() > 0.9
    assert drawn["maybe"][high].isna().mean() > 0.9
    assert drawn["maybe"][~high].isna().mean() < 0.1


def test_very_many_categories_fit(rng):
    codes = rng.integers(0, 20_000, 60_000)
    frame = pd.DataFrame(
        {"shop": np.char.add("shop ", codes.astype(str)), "x": rng.normal(size=60_000)}
    )
    model = GaussianMixture(3, max_iter=3, random_state=0)
    model.fit(frame, schema={"shop": {"type": "category"}})
    assert set(model.sample(500, random_state=0)["shop"]) <= set(frame["shop"])


def test_warm_start_goes_on_where_the_last_fit_ended(rng):
    X = clusters(rng)
    model = GaussianMixture(K, warm_start=True, max_iter=2, tol=0.0, random_state=0)
    first = model.fit(X).lower_bounds_
    second = model.fit(X).lower_bounds_
    straight = GaussianMixture(K, max_iter=4, tol=0.0, random_state=0).fit(X).lower_bounds_
    np.testing.assert_allclose(first + second, straight)


def test_an_interrupt_keeps_what_was_learned(rng):
    def press(event):
        if event.kind == "metric" and event.name == "log_likelihood" and event.step == 3:
            raise KeyboardInterrupt

    model = GaussianMixture(K, tol=0.0, random_state=0).fit(clusters(rng), listener=press)
    assert not model.converged_
    assert model.n_iter_ == 3
    assert any("interrupted" in (e.message or "") for e in model.history_)
    assert np.isfinite(model.sample(10, random_state=0)).all()


def test_an_unfinished_fit_says_so(rng):
    history = History()
    GaussianMixture(K, max_iter=2, tol=0.0, random_state=0).fit(clusters(rng), listener=history)
    assert any("did not converge in 2 iterations" in (e.message or "") for e in history)


def test_it_comes_back_from_a_folder_the_same(rng, tmp_path):
    X = clusters(rng)
    model = GaussianMixture(K, covariance_type="tied", random_state=0).fit(
        X, rng.integers(0, 2, len(X))
    )
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))
    np.testing.assert_array_equal(again.covariances_, model.covariances_)
    np.testing.assert_array_equal(again.sample(9, random_state=1), model.sample(9, random_state=1))
    assert again.lower_bounds_ == model.lower_bounds_


@pytest.mark.parametrize("covariance", TYPES)
def test_raw_census_numbers_in_float32(covariance, data_folder):
    frame = pd.read_csv(data_folder / "adult" / "adult.data.gz", header=None, nrows=5000)
    X = frame.select_dtypes("number").to_numpy(np.float32)
    model = GaussianMixture(8, covariance_type=covariance, random_state=0).fit(X)
    assert np.isfinite(model.score_samples(X)).all()
    assert np.isfinite(model.sample(100, random_state=0)).all()
    rise = np.diff(model.lower_bounds_)
    mended = any("had lost its rows" in (e.message or "") for e in model.history_)
    assert mended or rise.min() > -1e-3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"covariance_type": "round"}, "covariance_type='round' is unknown; use one of full, tied"),
        ({"init_params": "zeros"}, "init_params='zeros' is unknown"),
        ({"n_components": 0}, "n_components=0; use a whole number"),
        ({"max_iter": 1.5}, "max_iter=1.5; use a whole number"),
        ({"n_components": True}, "n_components=True; use a whole number"),
        ({"reg_covar": -1e-6}, "reg_covar=-1e-06; use a number, 0 or more"),
        ({"reg_covar": np.inf}, "reg_covar=inf; use a number"),
        ({"tol": "small"}, "tol='small'; use a number"),
        ({"n_components": 2, "means_init": np.ones((3, 2))}, r"means_init has shape \(3, 2\)"),
        ({"means_init": [[0, np.nan]]}, "means_init holds values that cannot be; give finite"),
        ({"means_init": "here"}, "means_init holds no numbers"),
        ({"n_components": 2, "weights_init": [0.5, 0.6]}, "weights_init .* sum to 1"),
        ({"n_components": 2, "weights_init": [-0.5, 1.5]}, "weights_init .* sum to 1"),
        ({"precisions_init": -np.eye(2)[None]}, "precisions_init .* positive definite"),
        ({"precisions_init": [[[2, 1], [0, 2]]]}, "precisions_init .* symmetric"),
        ({"precisions_init": [0], "covariance_type": "spherical"}, "precisions_init holds values"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        GaussianMixture(**settings).fit(np.ones((5, 2)))


def test_a_fit_interrupted_in_its_first_iteration_is_kept(tmp_path, rng):
    class Interrupted(GaussianMixture):
        def _best(self, recipe, starts, data, run):
            return Course(starts[0](), objectives=(), converged=False, interrupted=True)

    model = Interrupted(2, random_state=0).fit(clusters(rng), listener=None)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.n_iter_ == model.n_iter_ == 0
    assert again.lower_bound_ == -np.inf


DEGENERATE = {
    "duplicated rows": lambda rng: np.repeat(rng.normal(size=(5, 2)), 40, 0),
    "fewer rows than components": lambda rng: rng.normal(size=(8, 3)),
    "narrow beside wide": lambda rng: np.concatenate(
        [rng.normal(0, 1e3, (500, 2)), rng.normal(5, 1e-4, (500, 2))]
    ),
    "few values": lambda rng: rng.integers(0, 3, (400, 2)).astype(float),
}


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("data", DEGENERATE)
def test_components_that_collapse_or_are_empty_leave_a_usable_mixture(data, covariance, rng):
    X = DEGENERATE[data](rng)
    model = GaussianMixture(8, covariance_type=covariance, random_state=0).fit(X, listener=None)
    assert np.isfinite(model.score_samples(X)).all()
    assert np.isfinite(model.covariances_).all()
    assert np.isfinite(model.sample(50, random_state=0)).all()
    np.testing.assert_allclose(model.weights_.sum(), 1)


@pytest.mark.parametrize("covariance", TYPES)
def test_an_iteration_over_a_stream_is_one_in_memory(covariance, rng):
    X = clusters(rng)
    settings = {"covariance_type": covariance, "max_iter": 1} | start_of(covariance, X)
    memory = GaussianMixture(K, random_state=0, **settings).fit(X, listener=None)
    streamed = GaussianMixture(K, random_state=0, **settings)
    streamed.fit(stream([X[:100], X[100:]]), listener=None)
    for name in ("weights_", "means_", "covariances_"):
        np.testing.assert_allclose(getattr(streamed, name), getattr(memory, name), rtol=1e-9)


def test_parts_of_the_rows_end_near_a_whole_fit(rng):
    X = clusters(rng, n=20_000, spread=4)
    whole = GaussianMixture(K, random_state=0).fit(X, listener=None)
    parts = GaussianMixture(K, batch_size=500, random_state=0)
    for chunk in np.array_split(X, 10):
        parts.partial_fit(chunk, listener=None)
    assert parts.score(X) > whole.score(X) - 0.05
    stepwise = GaussianMixture(K, algorithm="stepwise", random_state=0).fit(X, listener=None)
    assert stepwise.score(X) > whole.score(X) - 0.05
