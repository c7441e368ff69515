"""Normals from parts of the rows, one covariance for all classes, and classification."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits, load_wine
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import drawlike as dl
from drawlike.errors import SettingError
from drawlike.models import Gaussian, GaussianMixture, load

TYPES = ("full", "tied", "diag")


def classes(rng, n=600, d=4):
    y = rng.integers(0, 3, n)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2.0 * y[:, None] + 100, y


def same(one, other, rtol=1e-9):
    np.testing.assert_allclose(one.mean_, other.mean_, rtol=rtol)
    np.testing.assert_allclose(one.covariance_, other.covariance_, rtol=rtol, atol=1e-12)
    np.testing.assert_allclose(one.labels_.frequencies_, other.labels_.frequencies_, rtol=rtol)


def test_tied_and_full_are_linear_and_quadratic_discriminants(rng):
    X, y = classes(rng)
    tied = Gaussian(covariance_type="tied", reg_covar=0.0).fit(X, y, listener=None)
    linear = LinearDiscriminantAnalysis(solver="lsqr", store_covariance=True).fit(X, y)
    np.testing.assert_allclose(tied.covariance_, linear.covariance_, rtol=1e-9)
    np.testing.assert_allclose(tied.predict_proba(X), linear.predict_proba(X), atol=1e-9)
    full = Gaussian(reg_covar=0.0).fit(X, y, listener=None)
    # scikit-learn divides by n - 1
    quadratic = QuadraticDiscriminantAnalysis().fit(X, y)
    np.testing.assert_allclose(full.predict_proba(X), quadratic.predict_proba(X), atol=0.01)
    assert (full.predict(X) == quadratic.predict(X)).mean() > 0.99


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("shrinkage", [None, 0.3, "ledoit-wolf"])
def test_parts_lead_where_one_fit_leads(covariance, shrinkage, rng, tmp_path):
    if covariance == "diag" and shrinkage == "ledoit-wolf":
        pytest.skip("Ledoit and Wolf's intensity is for covariances")
    X, y = classes(rng)
    weight = rng.integers(0, 3, len(X)).astype(float)
    settings = {"covariance_type": covariance, "shrinkage": shrinkage, "random_state": 0}
    whole = Gaussian(**settings).fit(X, y, sample_weight=weight, listener=None)
    parts = Gaussian(**settings)
    for chunk in np.array_split(np.arange(len(X)), 5):
        parts.partial_fit(
            X[chunk], y[chunk], sample_weight=weight[chunk], classes=[0, 1, 2], listener=None
        )
    same(parts, whole)
    np.testing.assert_allclose(parts.score_samples(X), whole.score_samples(X), rtol=1e-9)
    begun = Gaussian(**settings).fit(X[:300], y[:300], sample_weight=weight[:300], listener=None)
    begun.save(tmp_path / "begun")
    for model in (begun, load(tmp_path / "begun")):
        model.partial_fit(X[300:], y[300:], sample_weight=weight[300:], listener=None)
        same(model, whole)


@pytest.mark.parametrize("covariance", TYPES)
def test_a_stream_is_learned_as_the_rows_in_memory(covariance, rng):
    X, _ = classes(rng)
    chunks = [X[:100], X[100:350], X[350:]]
    settings = {"covariance_type": covariance, "shrinkage": "ledoit-wolf"}
    if covariance == "diag":
        settings["shrinkage"] = 0.1
    streamed = Gaussian(**settings).fit(dl.stream(chunks), listener=None)
    same(streamed, Gaussian(**settings).fit(X, listener=None))


def test_parts_with_gaps_are_exact_where_columns_are_independent(rng):
    X, _ = classes(rng)
    X[rng.random(X.shape) < 0.3] = np.nan
    whole = Gaussian(covariance_type="diag").fit(X, listener=None)
    parts = Gaussian(covariance_type="diag")
    for chunk in np.array_split(X, 4):
        parts.partial_fit(chunk, listener=None)
    same(parts, whole)


def test_parts_with_gaps_come_near_em(rng):
    X = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 20_000)
    X[::2, 1] = np.nan
    parts = Gaussian()
    for chunk in np.array_split(X, 10):
        parts.partial_fit(chunk, listener=None)
    np.testing.assert_allclose(parts.covariance_, [[1, 0.8], [0.8, 1]], atol=0.12)


def test_parts_of_a_table_lead_where_one_fit_leads(rng):
    n = 600
    frame = pd.DataFrame({"c": rng.choice(["a", "b"], n), "x": rng.normal(size=n)})
    frame["z"] = frame["x"] + rng.normal(size=n)
    # parts take the codec of the first rows: twice the same rows are known to both
    twice = Gaussian(random_state=0).fit(frame, sample_weight=np.full(n, 2.0), listener=None)
    parts = Gaussian(random_state=0).partial_fit(frame, listener=None)
    parts.partial_fit(frame.sample(frac=1, random_state=0), listener=None)
    same(parts, twice)
    np.testing.assert_allclose(parts.score_samples(frame), twice.score_samples(frame), rtol=1e-9)


def accuracy(model, X, y):
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return cross_val_score(model, X, y, cv=folds, scoring="accuracy").mean()


def test_wine_is_classified_as_well_as_by_quadratic_discriminants():
    X, y = load_wine(return_X_y=True)
    theirs = accuracy(QuadraticDiscriminantAnalysis(), X, y)
    assert accuracy(Gaussian(random_state=0), X, y) >= theirs - 1e-9
    shrinking = Gaussian(covariance_type="tied", shrinkage=0.1, random_state=0)
    assert accuracy(make_pipeline(StandardScaler(), shrinking), X, y) >= theirs
    # 178 rows cannot show a mixture better (benchmarks/classification.py); two of them bound it
    mixture = GaussianMixture(3, covariance_type="tied", reg_covar=0.3, random_state=0)
    assert accuracy(make_pipeline(StandardScaler(), mixture), X, y) >= theirs - 2 / len(y)


def test_digits_are_classified_better_than_by_quadratic_discriminants():
    X, y = load_digits(return_X_y=True)
    # its default refuses: covariances are singular; of .001, .01 and .1 this is the best
    theirs = accuracy(QuadraticDiscriminantAnalysis(reg_param=0.1), X, y)
    ours = accuracy(Gaussian(shrinkage="ledoit-wolf", random_state=0), X, y)
    assert ours > theirs
    mixture = GaussianMixture(2, reg_covar=2.0, random_state=0)
    assert accuracy(mixture, X, y) > theirs


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shrinkage": 2.0}, "shrinkage=2.0; use None"),
        ({"shrinkage": "oas"}, "shrinkage='oas'; use None"),
        ({"shrinkage": "ledoit-wolf", "covariance_type": "diag"}, "'diag' has none"),
    ],
)
def test_senseless_shrinkage_is_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        Gaussian(**settings).fit(np.ones((5, 2)), listener=None)
