import warnings

import numpy as np
import pandas as pd
import pytest

from drawlike.constraints import FixedCombinations, Inequality, OneHot, Where
from drawlike.errors import DataError
from drawlike.models import Autoregressive, Gaussian, GaussianMixture

RULES = [
    Inequality("a", "b"),
    Inequality("u", "v"),
    FixedCombinations(["city", "state"]),
    OneHot(["h0", "h1", "h2"]),
]
MODELS = [
    Gaussian(random_state=0),
    GaussianMixture(2, random_state=0),
    Autoregressive(epochs=2, random_state=0),
]


def table(n=3000):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 20, n)
    city = rng.choice(["Ulm", "Bonn", "Graz", "Wien"], n, p=[0.4, 0.3, 0.2, 0.1])
    hot = np.eye(3, dtype=int)[rng.choice(3, n, p=[0.5, 0.3, 0.2])]
    u = rng.normal(size=n)
    return pd.DataFrame(
        {
            "a": a,
            "b": a + rng.poisson(3, n),
            "city": city,
            "state": np.where(np.isin(city, ["Ulm", "Bonn"]), "DE", "AT"),
            **{f"h{i}": hot[:, i] for i in range(3)},
            "u": u,
            "v": u + rng.exponential(1, n),
        }
    )


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.name)
def fitted(request):
    return request.param.fit(table(), schema={"constraints": RULES})


def test_a_part_of_a_combination_leaves_those_that_agree(fitted):
    drawn = fitted.sample(1500, given={"state": "AT"}, random_state=0)
    assert set(drawn.city) == {"Graz", "Wien"}
    assert (drawn.city == "Graz").mean() == pytest.approx(2 / 3, abs=0.05)
    cold = fitted.sample(1500, given={"h0": 0}, random_state=0)
    assert (cold.h1 + cold.h2 == 1).all()
    assert cold.h1.mean() == pytest.approx(0.6, abs=0.05)


def test_each_row_has_its_own_part(fitted):
    states = np.array(["AT", "DE"] * 50)
    drawn = fitted.sample(given={"state": states}, random_state=0)
    assert (drawn.state == states).all()
    assert drawn.city.isin(["Ulm", "Bonn"]).to_numpy().tolist() == (states == "DE").tolist()


def test_what_lies_below_a_given_number_is_as_likely_as_its_gap(fitted):
    whole = fitted.sample(400, given={"b": 8}, random_state=0)
    real = table().query("b == 8").a
    assert (whole.b == 8).all()
    assert whole.a.mean() == pytest.approx(real.mean(), abs=0.4)
    assert whole.a.std() == pytest.approx(real.std(), abs=0.4)
    below = fitted.sample(400, given={"v": 0.5}, random_state=0).u
    # normal times exponential: N(1, 1) below 1/2
    assert below.max() <= 0.5
    assert below.mean() == pytest.approx(-0.141, abs=0.1)
    assert below.std() == pytest.approx(0.519, abs=0.1)


def test_both_ends_and_the_lower_one_are_given_exactly(fitted):
    both = fitted.sample(100, given={"a": 8, "b": 9}, random_state=0)
    assert ((both.a == 8) & (both.b == 9)).all()
    lower = fitted.sample(800, given={"a": 8}, random_state=0)
    assert (lower.b - 8).mean() == pytest.approx(3, abs=0.5)
    assert (lower.b >= 8).all()


def test_values_that_break_a_rule_are_refused(fitted):
    for given, said in (
        ({"a": 9, "b": 8}, "break Inequality"),
        ({"city": "Ulm", "state": "AT"}, "never held"),
        ({"h0": 1, "h1": 1}, "agrees with what is given"),
    ):
        with pytest.raises(DataError, match=said):
            fitted.sample(5, given=given)


def test_predictions_where_a_part_of_a_constraint_is_given(fitted):
    from_austria = fitted.condition({"state": "AT"})
    assert from_austria.predict().city.tolist() == ["Graz"]
    odds = dict(
        zip(from_austria.categories("city"), from_austria.predict_proba("city")[0], strict=False)
    )
    assert odds["Graz"] == pytest.approx(2 / 3, abs=0.06) and odds["Ulm"] == 0
    two = fitted.condition({"b": [8, 20]})
    assert two.predict_proba("h0").sum(1) == pytest.approx([1, 1])
    low, high = two.predict().a
    real = table().groupby("b").a.mean()
    assert low == pytest.approx(real[8], abs=1.5) and high == pytest.approx(real[20], abs=1.5)
    row = fitted.condition({"city": "Graz", "state": "AT", "a": 3, "b": 5}).predict()
    assert (row.u <= row.v).all()


def test_probabilities_of_a_part_of_a_combination(fitted):
    given = fitted.condition({"a": 3})
    odds = dict(zip(given.categories("city"), given.predict_proba("city")[0], strict=False))
    assert odds["Ulm"] == pytest.approx(0.4, abs=0.06)


@pytest.mark.parametrize("draw", [False, True])
def test_filled_cells_keep_the_rules(fitted, draw):
    rng = np.random.default_rng(0)
    holes = table().iloc[:300].astype({"a": float, "b": float, "h0": float})
    for name in ("a", "b", "city", "state", "h0", "u"):
        holes.loc[rng.random(300) < 0.3, name] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no cell was missing in fit
        full = fitted.impute(holes, draw=draw, random_state=0)
    assert not full.isna().any(axis=None)
    assert (full.a <= full.b).all()
    assert (full.u <= full.v).all()
    assert (full.h0 + full.h1 + full.h2 == 1).all()
    assert (full.city.isin(["Ulm", "Bonn"]) == (full.state == "DE")).all()
    seen = holes.notna()
    assert (full.where(seen, 0) == holes.where(seen, 0)).all(axis=None)


def test_given_values_and_a_condition_hold_together():
    rows = table().query("u + v < 3")
    model = Gaussian(random_state=0).fit(rows, schema={"constraints": [Where("u + v < 3")]})
    drawn = model.sample(200, given={"u": 1.2}, random_state=0)
    assert (drawn.u == 1.2).all()
    assert (drawn.v < 1.8).all()
