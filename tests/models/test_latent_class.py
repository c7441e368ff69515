"""LatentClass: exact scores and conditionals, atoms and gaps at their rates, many categories."""

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

import drawlike as dl
from drawlike.errors import SettingError

LEVELS = {"sky": ["clear", "grey", "rain"], "wind": ["calm", "strong"], "sport": ["none", "sail"]}
STATES = pd.DataFrame(list(itertools.product(*LEVELS.values())), columns=list(LEVELS))


def weather(n=4000, seed=0):
    """A known law of three columns: p(sail) is .8 in strong wind without rain, else .1."""
    rng = np.random.default_rng(seed)
    sky = rng.choice(LEVELS["sky"], n, p=[0.5, 0.3, 0.2])
    strong = rng.random(n) < np.where(sky == "rain", 0.7, 0.3)
    sails = rng.random(n) < np.where(strong & (sky != "rain"), 0.8, 0.1)
    wind, sport = np.where(strong, "strong", "calm"), np.where(sails, "sail", "none")
    return pd.DataFrame({"sky": sky, "wind": wind, "sport": sport})


@pytest.fixture(scope="module")
def learned():
    return dl.LatentClass(random_state=0).fit(weather(), listener=None)


def test_scores_of_all_rows_sum_to_one_and_are_the_law(learned):
    scores = np.exp(learned.score_samples(STATES))
    assert scores.sum() == pytest.approx(1, abs=1e-9)
    shares = weather(400_000, seed=1).value_counts(normalize=True)
    truth = shares.reindex(pd.MultiIndex.from_frame(STATES)).to_numpy()
    assert np.abs(scores - truth).sum() / 2 < 0.04


def test_conditionals_are_those_of_the_scores(learned):
    joint = pd.Series(np.exp(learned.score_samples(STATES)), pd.MultiIndex.from_frame(STATES))
    condition = learned.condition({"sport": "sail"})
    want = joint.xs("sail", level="sport").groupby("sky").sum()
    odds = pd.Series(condition.predict_proba("sky")[0], condition.categories("sky"))
    np.testing.assert_allclose(odds[want.index], want / want.sum(), rtol=1e-9)
    drawn = condition.sample(20_000, random_state=0)
    assert (drawn["sport"] == "sail").all()
    found = drawn["sky"].value_counts(normalize=True)
    np.testing.assert_allclose(found[want.index], want / want.sum(), atol=0.015)
    assert condition.predict()["sky"][0] == want.idxmax()


def test_a_cell_that_lacks_is_marginalised(learned):
    rows = STATES.assign(sport=None)
    with pytest.warns(UserWarning, match="unobserved"):
        encoded = learned._encoded(rows)[1]
    log_prob = learned._log_prob(encoded, encoded[:, :0]).numpy()
    each = np.exp(learned.score_samples(STATES)).reshape(-1, 2).sum(1)
    np.testing.assert_allclose(np.exp(log_prob[::2]), each, rtol=1e-9)


def test_a_label_is_told_by_the_columns():
    table = weather()
    model = dl.LatentClass(random_state=0).fit(table, label="sport", listener=None)
    rows = STATES.drop_duplicates(["sky", "wind"])[["sky", "wind"]]
    odds = model.predict_proba(rows)
    truth = np.where((rows["wind"] == "strong") & (rows["sky"] != "rain"), 0.8, 0.1)
    np.testing.assert_allclose(odds[:, 1], truth, atol=0.08)
    assert model.predict(rows).tolist() == np.where(truth > 0.5, "sail", "none").tolist()
    drawn = model.sample(3000, y="sail", random_state=0)
    want = table.loc[table["sport"] == "sail", "wind"].eq("strong").mean()
    assert (drawn["wind"] == "strong").mean() == pytest.approx(want, abs=0.05)


def test_gaps_are_filled_by_what_the_others_tell():
    rng = np.random.default_rng(0)
    side = rng.choice(["left", "right"], 3000)
    x = rng.normal(np.where(side == "left", -3, 3), 1)
    table = pd.DataFrame({"side": side.astype(object), "x": x})
    holes = table.copy()
    holes.loc[::3, "side"] = None
    model = dl.LatentClass(random_state=0).fit(holes, listener=None)
    filled = model.impute(holes, random_state=0)
    assert (filled["side"] == side)[::3].mean() > 0.97
    assert (filled["x"] == x).all()


def test_a_column_in_other_words_is_derived():
    table = weather().assign(code=lambda t: t["sky"].map({"clear": 7, "grey": 3, "rain": 5}))
    model = dl.LatentClass(random_state=0).fit(table, listener=None)
    drawn = model.sample(500, random_state=0)
    assert (drawn["code"] == drawn["sky"].map({"clear": 7, "grey": 3, "rain": 5})).all()
    assert (model.sample(50, given={"code": 5}, random_state=0)["sky"] == "rain").all()


def test_many_categories_are_learned():
    rng = np.random.default_rng(0)
    code = rng.integers(0, 3000, 6000)
    table = pd.DataFrame({"item": code.astype(str), "high": code >= 1500})
    schema = {"item": "category", "rare": "keep"}
    model = dl.LatentClass(random_state=0).fit(table, schema=schema, listener=None)
    assert model.sample(2000, random_state=0)["item"].nunique() > 800
    every = pd.DataFrame({"item": table["item"].unique()}).merge(
        pd.DataFrame({"high": [False, True]}), how="cross"
    )
    assert np.exp(model.score_samples(every)).sum() == pytest.approx(1, abs=1e-6)
    assert (model.sample(9, given={"item": table["item"][0]})["item"] == table["item"][0]).all()


@pytest.mark.parametrize("wrong", [{"n_classes": 0}, {"passes": 1.5}, {"prior_rows": -1.0}])
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(SettingError):
        dl.LatentClass(**wrong).fit(weather(50), listener=None)


def test_sets_of_many_categories_and_of_derived_columns():
    rng = np.random.default_rng(0)
    code = rng.integers(0, 1500, 6000)
    table = pd.DataFrame({"item": [f"no {c}" for c in code], "high": code >= 750})
    table["also"] = np.where(table["high"], "up", "down")
    schema = {"item": "category", "rare": "keep"}
    model = dl.LatentClass(random_state=0).fit(table, schema=schema, listener=None)
    some = frozenset(table["item"][:40])
    drawn = model.sample(2000, given={"item": some, "also": {"up"}}, random_state=0)
    assert set(drawn["item"]) <= some
    assert drawn["high"].all() and (drawn["also"] == "up").all()
    rows = pd.DataFrame({"item": sorted(some), "high": True, "also": "up"})
    odds = pd.Series(np.exp(model.score_samples(rows)), rows["item"])
    found = drawn["item"].value_counts(normalize=True).reindex(odds.index).fillna(0)
    assert np.abs(found - odds / odds.sum()).sum() / 2 < 0.08


def test_the_number_of_threads_does_not_change_the_bytes():
    table, before, shares = weather(3000), torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            shares.append(dl.LatentClass(random_state=0).fit(table, listener=None).shares_)
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(*shares)
