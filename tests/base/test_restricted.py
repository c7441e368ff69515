"""Predictions where sets, ranges and tests of columns are given."""

import numpy as np
import pandas as pd
import pytest

from drawlike import Between
from drawlike.errors import DataError, NotConditionalError
from drawlike.models import KDE, Autoregressive, Gaussian, GaussianMixture, LatentClass

MODELS = [
    LatentClass(random_state=0),
    Autoregressive(epochs=4, random_state=0),
    GaussianMixture(6, covariance_type="diag", random_state=0),
    KDE(max_rows=500, random_state=0),
]


def table(n=3000):
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    size = rng.normal(np.select([kind == "a", kind == "b"], [0.0, 5.0], 10.0), 0.5).round(2)
    sort = np.where(rng.random(n) < np.where(kind == "a", 0.9, 0.2), "x", "y")
    return pd.DataFrame({"kind": kind, "size": size, "sort": sort})


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.name)
def fitted(request):
    return request.param.fit(table())


def test_a_set_leaves_its_shares(fitted):
    given = fitted.condition({"kind": {"b", "c"}})
    odds = dict(zip(given.categories("kind"), given.predict_proba("kind")[0], strict=False))
    assert odds["a"] == 0 and odds["b"] == pytest.approx(0.6, abs=0.06)
    x = given.predict_proba("sort")[0][list(given.categories("sort")).index("x")]
    assert x == pytest.approx(0.2, abs=0.06)
    predicted = given.predict()
    assert predicted["kind"].tolist() == ["b"] and predicted["sort"].tolist() == ["y"]
    assert predicted["size"].item() == pytest.approx(7.0, abs=0.4)


def test_a_range_tells_the_kind(fitted):
    given = fitted.condition({"size": Between(3, 7)})
    odds = dict(zip(given.categories("kind"), given.predict_proba("kind")[0], strict=False))
    assert odds["b"] > 0.8
    assert given.sample(50, random_state=0)["size"].between(3, 7).all()


def test_tests_of_rows_and_values_of_several_rows_go_together(fitted):
    given = fitted.condition([{"sort": ["x", "y"]}, lambda rows: rows["size"] < 3])
    odds = given.predict_proba("kind")
    a = list(given.categories("kind")).index("a")
    assert odds.shape == (2, 3) and (odds[:, a] > 0.75).all()
    assert given.predict()["sort"].tolist() == ["x", "y"]
    assert given.sample(2, random_state=0)["sort"].tolist() == ["x", "x", "y", "y"]


def test_what_cannot_be_is_refused(fitted):
    with pytest.raises(DataError, match="never"):
        fitted.condition({"kind": {"d"}})
    with pytest.raises(NotConditionalError, match="no column"):
        fitted.condition({"sizes": Between(1, 2)})
    with pytest.raises(DataError, match="no categories"):
        fitted.condition({"kind": {"b", "c"}}).predict_proba("size")
    assert not hasattr(fitted.condition({"kind": {"a"}}), "score_samples")


def test_classes_given_a_range():
    rows = table()
    model = LatentClass(random_state=0).fit(rows, label="kind")
    given = model.condition({"size": Between(-1, 7)})
    assert given.predict_proba()[0] == pytest.approx([0.625, 0.375, 0.0], abs=0.03)
    assert given.predict()["kind"].tolist() == ["a"]


def test_arrays_take_ranges():
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    model = Gaussian().fit(np.column_stack([x, 2 * x + rng.normal(0, 0.1, 2000)]))
    above = model.condition({0: Between(0.0)}).predict()
    # the mean of half a normal is sqrt(2 / pi)
    assert above[0] == pytest.approx([0.798, 1.596], abs=0.15)


def test_means_are_those_of_many_draws():
    rows = table().assign(hours=lambda t: t["size"] // 2)
    model = LatentClass(random_state=0).fit(rows)
    given = model.condition({"sort": ["x", "y"]})
    drawn = given.sample(20_000, random_state=0).groupby("sort")["size"].mean()
    np.testing.assert_allclose(given.predict()["size"], drawn, atol=0.15)
    for nothing in (None, np.nan):  # columns without any value have no type
        gaps = pd.DataFrame({**dict.fromkeys(rows, nothing), "sort": ["x", "y"]})
        filled = model.impute(gaps)
        np.testing.assert_allclose(filled["size"].astype(float), drawn, atol=0.15)
        assert filled["kind"].tolist() == ["a", "b"]
