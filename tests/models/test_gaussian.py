"""The multivariate normal against scipy, with gaps, labels, codes and rounding."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from drawlike.errors import SettingError
from drawlike.events import History
from drawlike.models import Gaussian


def gaussian(**settings):
    return Gaussian(**{"reg_covar": 0.0, "random_state": 0} | settings)


def correlated(rng, n=500):
    return rng.normal(size=(n, 3)) @ [[2, 0, 0], [1, 1, 0], [0.5, 0.2, 0.1]] + (5, -5, 1e3)


def test_mean_covariance_and_density_are_those_of_scipy(rng):
    X = correlated(rng)
    model = gaussian().fit(X)
    covariance = np.cov(X.T, bias=True)
    np.testing.assert_allclose(model.mean_, X.mean(0), rtol=1e-12)
    np.testing.assert_allclose(model.covariance_, covariance, rtol=1e-10)
    want = multivariate_normal(X.mean(0), covariance).logpdf(X)
    np.testing.assert_allclose(model.score_samples(X), want, rtol=1e-9)
    assert model.density == "exact"


def test_a_diagonal_normal_is_a_product(rng):
    X = correlated(rng)
    model = gaussian(covariance_type="diag").fit(X)
    np.testing.assert_allclose(model.covariance_, X.var(0))
    want = multivariate_normal(X.mean(0), np.diag(X.var(0))).logpdf(X)
    np.testing.assert_allclose(model.score_samples(X), want, rtol=1e-9)


def test_each_class_has_its_own_normal(rng):
    X, y = correlated(rng), np.repeat(["a", "b"], 250)
    X[250:] *= 3
    model = gaussian().fit(X, y)
    assert model.mean_.shape == (2, 3)
    assert model.covariance_.shape == (2, 3, 3)
    for c, label in enumerate(("a", "b")):
        alone = gaussian().fit(X[y == label])
        np.testing.assert_allclose(model.mean_[c], alone.mean_)
        np.testing.assert_allclose(model.covariance_[c], alone.covariance_)
        np.testing.assert_allclose(
            model.score_samples(X[:9], np.full(9, label)), alone.score_samples(X[:9])
        )


def test_unobserved_cells_are_marginalised(rng):
    X = correlated(rng, n=20_000)
    gaps = X.copy()
    # the second column is missing where the first is large: dropping rows would be wrong
    gaps[X[:, 0] > 5, 1] = np.nan
    history = History()
    model = gaussian(max_iter=500).fit(gaps, listener=history)
    np.testing.assert_allclose(model.mean_, X.mean(0), atol=0.05)
    np.testing.assert_allclose(model.covariance_, np.cov(X.T), atol=0.15)
    curve = history.curve("log_likelihood")[1]
    assert np.diff(curve).min() > -1e-9 * abs(curve[-1])
    row = np.array([[4.0, np.nan, 1e3]])
    seen = [0, 2]
    marginal = multivariate_normal(model.mean_[seen], model.covariance_[np.ix_(seen, seen)])
    assert model.score(row) == pytest.approx(marginal.logpdf([4.0, 1e3]))
    assert np.isfinite(model.sample(50, random_state=0)).all()


def test_a_diagonal_normal_needs_no_iterations_for_gaps(rng):
    X = correlated(rng)
    X[rng.random(X.shape) < 0.3] = np.nan
    model = gaussian(covariance_type="diag").fit(X)
    np.testing.assert_allclose(model.mean_, np.nanmean(X, 0))
    np.testing.assert_allclose(model.covariance_, np.nanvar(X, 0))


def test_weights_count_as_repeated_rows(rng):
    X, weight = correlated(rng, n=100), rng.integers(0, 4, 100)
    weighted = gaussian().fit(X, sample_weight=weight)
    repeated = gaussian().fit(np.repeat(X, weight, 0))
    np.testing.assert_allclose(weighted.mean_, repeated.mean_, rtol=1e-10)
    np.testing.assert_allclose(weighted.covariance_, repeated.covariance_, rtol=1e-10)


def test_samples_have_mean_and_covariance(rng):
    X = correlated(rng)
    drawn = gaussian().fit(X).sample(50_000, random_state=1)
    np.testing.assert_allclose(drawn.mean(0), X.mean(0), atol=0.05)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(X.T), atol=0.15)


def test_whole_numbers_are_scored_by_a_lower_bound_of_their_mass(rng):
    X = rng.binomial(20, 0.3, (5000, 1))
    model = gaussian().fit(X)
    assert model.density == "lower bound"
    values = np.arange(21)[:, None]
    assert np.exp(model.score_samples(values)).sum() < 1
    assert np.exp(model.score_samples(values)).sum() > 0.95
    assert model.sample(10, random_state=0).dtype == X.dtype


def test_constant_pixels_do_not_make_the_density_infinite():
    images = np.zeros((50, 4, 5), np.uint8)
    images[:, 1, 1] = np.arange(50)
    images[0, 0, 0] = 255
    model = gaussian().fit(images)
    scores = model.score_samples(images)
    assert np.isfinite(scores).all()
    assert (scores < 0).all()  # a mass
    assert model.sample(3, random_state=0).shape == (3, 4, 5)


def test_duplicated_and_constant_columns_stay_invertible(rng):
    X = np.repeat(rng.normal(0, 1e5, (100, 1)), 3, 1)
    X[:, 2] = 7.0
    model = Gaussian(random_state=0).fit(X)
    assert np.isfinite(model.score_samples(X)).all()
    np.testing.assert_allclose(model.covariance_.diagonal()[:2], X[:, :2].var(0), rtol=1e-5)


def test_codes_of_a_table_have_their_frequencies(rng):
    frame = pd.DataFrame(
        {"c": rng.choice(["a", "b"], 1000, p=[0.8, 0.2]), "x": rng.normal(size=1000)}
    )
    model = gaussian().fit(frame)
    share = (frame["c"] == "a").mean()
    difference = model.score_samples(frame.assign(c="a")) - model.score_samples(frame.assign(c="b"))
    np.testing.assert_allclose(difference, np.log(share / (1 - share)))
    drawn = model.sample(5000, random_state=0)
    assert (drawn["c"] == "a").mean() == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"covariance_type": "round"}, "covariance_type='round' is unknown"),
        ({"reg_covar": -1.0}, "reg_covar=-1.0; use a number, 0 or more"),
        ({"tol": None}, "tol=None; use a number"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        Gaussian(**settings).fit(np.ones((5, 2)))
