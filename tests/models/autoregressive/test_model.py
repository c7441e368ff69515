"""Autoregressive: exact scores, values of any columns given, atoms and gaps at their rates."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

import drawlike as dl
from drawlike.errors import NotConditionalError, SettingError

FAST = {"width": 32, "epochs": 2, "random_state": 0}
LEVELS = {"sky": ["clear", "grey", "rain"], "wind": ["calm", "strong"], "sport": ["none", "sail"]}


def weather(n=4000, seed=0):
    """A known law of three columns: p(sail) is .8 in strong wind without rain, else .1."""
    rng = np.random.default_rng(seed)
    sky = rng.choice(LEVELS["sky"], n, p=[0.5, 0.3, 0.2])
    strong = rng.random(n) < np.where(sky == "rain", 0.7, 0.3)
    sails = rng.random(n) < np.where(strong & (sky != "rain"), 0.8, 0.1)
    return pd.DataFrame(
        {
            "sky": sky,
            "wind": np.where(strong, "strong", "calm"),
            "sport": np.where(sails, "sail", "none"),
        }
    )


def numbers(n=3000, seed=0):
    """Correlated numbers, one with an atom and gaps, and a label that follows from the first."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    b = 0.8 * a + 0.6 * rng.normal(size=n)
    paid = np.where(rng.random(n) < 0.4, 0.0, np.exp(b))
    paid[rng.random(n) < 0.15] = np.nan
    return pd.DataFrame({"a": a, "b": b, "paid": paid, "side": np.where(a > 0, "up", "down")})


@pytest.fixture(scope="module")
def learned():
    model = dl.Autoregressive(width=64, epochs=16, random_state=0)
    return model.fit(weather(), listener=None)


@pytest.fixture(scope="module")
def measured():
    return dl.Autoregressive(random_state=0).fit(numbers(), listener=None)


STATES = pd.DataFrame(list(itertools.product(*LEVELS.values())), columns=list(LEVELS))


def test_scores_of_all_rows_sum_to_one(learned):
    assert np.exp(learned.score_samples(STATES)).sum() == pytest.approx(1, abs=1e-6)


def test_a_known_law_is_found(learned):
    shares = weather(400_000, seed=1).value_counts(normalize=True)
    truth = shares.reindex(pd.MultiIndex.from_frame(STATES)).to_numpy()
    assert np.abs(np.exp(learned.score_samples(STATES)) - truth).sum() / 2 < 0.04
    found = learned.sample(20_000, random_state=0).value_counts(normalize=True)
    assert np.abs(found.reindex(shares.index).fillna(0) - shares).sum() / 2 < 0.04


@pytest.mark.parametrize(
    ("given", "column"),
    [({"sport": "sail"}, "wind"), ({"wind": "strong"}, "sky"), ({"sport": "sail", "sky": "grey"}, "wind")],
)  # fmt: skip
def test_conditionals_are_those_of_the_law(learned, given, column):
    fresh = weather(400_000, seed=1)
    truth = fresh[(fresh[list(given)] == pd.Series(given)).all(axis=1)][column]
    truth = truth.value_counts(normalize=True)
    drawn = learned.sample(6000, given=given, random_state=0)
    assert (drawn[list(given)] == pd.Series(given)).all(axis=None)
    found = drawn[column].value_counts(normalize=True).reindex(truth.index)
    assert np.abs(found - truth).sum() / 2 < 0.05
    condition = learned.condition(given)
    odds = pd.Series(condition.predict_proba(column)[0], condition.categories(column))
    assert np.abs(odds.reindex(truth.index) - truth).sum() / 2 < 0.05
    assert condition.predict()[column][0] == truth.idxmax()


def test_a_cell_that_lacks_is_marginalised(learned):
    rows = STATES.assign(sport=None)
    encoded = learned._encoded(rows)[1]
    log_prob = learned._log_prob(encoded, encoded[:, :0]).numpy()
    each = np.exp(learned.score_samples(STATES)).reshape(-1, 2).sum(1)
    np.testing.assert_allclose(np.exp(log_prob[::2]), each, atol=0.02)


def test_numbers_atoms_and_gaps_come_at_their_rates(measured):
    table, drawn = numbers(), measured.sample(6000, random_state=1)
    assert (drawn["paid"] == 0).mean() == pytest.approx((table["paid"] == 0).mean(), abs=0.03)
    assert drawn["paid"].isna().mean() == pytest.approx(table["paid"].isna().mean(), abs=0.03)
    assert drawn["a"].corr(drawn["b"]) == pytest.approx(0.8, abs=0.05)
    assert ((drawn["a"] > 0) == (drawn["side"] == "up")).mean() > 0.97
    assert not np.isin(drawn["a"], table["a"]).any()
    assert table["a"].min() <= drawn["a"].min() and drawn["a"].max() <= table["a"].max()


def test_fresh_rows_score_about_as_the_law_does(measured):
    fresh = numbers(2000, seed=5)
    paid = fresh["paid"].to_numpy()
    of_b = np.log(np.where(paid > 0, paid, 1)) - fresh["b"]
    np.testing.assert_allclose(of_b[paid > 0], 0, atol=1e-9)  # so paid follows from b
    normal = 0.5 * np.log(2 * np.pi * np.e)
    least = 2 * normal + np.log(0.6) + 0.6  # nats of a and b, without those of the gaps
    assert np.isfinite(measured.score_samples(fresh)).all()
    assert measured.score(fresh) > -least - 3


def test_means_and_draws_fill_gaps(measured):
    rows = numbers(300, seed=7)
    truth, holes = rows["b"].copy(), rows.assign(paid=1.0)
    holes["paid"] = np.exp(truth)
    holes.loc[:, "a"] = np.nan
    filled = measured.impute(holes)
    assert not filled["a"].isna().any()
    assert np.corrcoef(filled["a"], truth)[0, 1] > 0.6


def test_a_column_in_other_words_is_derived():
    table = weather()
    table["code"] = table["sky"].map({"clear": 7, "grey": 3, "rain": 5})
    model = dl.Autoregressive(**FAST).fit(table, listener=None)
    drawn = model.sample(500, random_state=0)
    assert (drawn["code"] == drawn["sky"].map({"clear": 7, "grey": 3, "rain": 5})).all()
    given = model.sample(50, given={"code": 5}, random_state=0)
    assert (given["sky"] == "rain").all()
    wrong = table.iloc[:1].assign(sky="rain", code=3)
    assert model.score(wrong) < model.score(wrong.assign(code=5)) - 5


def test_one_order_is_given_its_first_columns_only():
    model = dl.Autoregressive(**FAST, order="fixed").fit(weather(), listener=None)
    assert (model.sample(20, given={"wind": "calm"}, random_state=0)["wind"] == "calm").all()
    with pytest.raises(NotConditionalError, match="order='any'"):
        model.sample(3, given={"sky": "rain"})


def test_labels_are_conditions_and_are_told_by_the_columns():
    table = numbers()
    model = dl.Autoregressive(random_state=0).fit(table, label="side", listener=None)
    assert (model.sample(400, y="up", random_state=0)["a"] > 0).mean() > 0.95
    assert model.condition({"a": 1.5}).predict_proba()[0, 1] > 0.9
    fresh = numbers(500, seed=1)
    assert (model.predict(fresh.drop(columns="side")) == fresh["side"]).mean() > 0.95


def test_the_same_seed_gives_the_same_bytes_and_a_kept_model_too(tmp_path):
    table = numbers(400)
    first, second = (dl.Autoregressive(**FAST).fit(table, listener=None) for _ in range(2))
    drawn = first.sample(300, random_state=0)
    pd.testing.assert_frame_equal(drawn, second.sample(300, random_state=0))
    first.save(tmp_path / "kept")
    kept = dl.load(tmp_path / "kept")
    pd.testing.assert_frame_equal(drawn, kept.sample(300, random_state=0))
    np.testing.assert_array_equal(first.score_samples(table), kept.score_samples(table))


def test_numbers_hang_together_within_a_bin():
    rng = np.random.default_rng(0)
    a = rng.random(4000)
    table = pd.DataFrame({"a": a, "b": a + rng.normal(0, 0.001, 4000)})
    drawn = dl.Autoregressive(random_state=0).fit(table, listener=None).sample(2000, random_state=0)
    assert (drawn["a"] - drawn["b"]).abs().median() < 0.15 / 64  # .29 / 64 if it were by chance


def test_many_categories_are_learned():
    rng = np.random.default_rng(0)
    code = rng.integers(0, 3000, 6000)
    table = pd.DataFrame({"item": code.astype(str), "high": code >= 1500})
    model = dl.Autoregressive(**FAST).fit(table, listener=None)
    drawn = model.sample(2000, random_state=0)
    assert drawn["item"].nunique() > 800
    assert np.isfinite(model.score_samples(table[:50])).all()


@pytest.mark.parametrize(
    "wrong", [{"order": "sideways"}, {"width": 0}, {"dropout": 1.0}, {"lr": -1.0}]
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SettingError):
        dl.Autoregressive(**wrong).fit(weather(50), listener=None)


def test_a_large_table_is_learned_in_no_more_than_some_steps():
    model = dl.Autoregressive(max_steps=7, **FAST).fit(weather(), listener=None)
    told = [event for event in model.history_ if event.kind == "progress" and event.stage == "fit"]
    assert (told[-1].step, told[-1].total) == (7, 7)


@pytest.mark.parametrize("order", ["any", "fixed"])
def test_the_number_of_threads_does_not_change_the_bytes(order):
    table, before, drawn = numbers(700), torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            model = dl.Autoregressive(**FAST, order=order).fit(table, listener=None)
            drawn.append(model.sample(9000, random_state=0))
    finally:
        torch.set_num_threads(before)
    pd.testing.assert_frame_equal(*drawn, check_exact=True)
