"""Sets, ranges and tests of rows: exact where models know them, sought for where not."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from scipy.stats import norm

import drawlike as dl
from drawlike import Between
from drawlike.base.narrowing import Limits, narrowed
from drawlike.errors import DataError, NotConditionalError, SettingError
from tests.scenarios import mixed_table, shapes

TABLE = mixed_table(600)
FAST_NET = {"width": 16, "epochs": 2, "n_classes": 6, "random_state": 0}
MAKE = {
    "latent-class": lambda: dl.LatentClass(random_state=0),
    "autoregressive": lambda: dl.Autoregressive(**FAST_NET),
    "full": lambda: dl.GaussianMixture(3, random_state=0),
    "diag": lambda: dl.GaussianMixture(3, covariance_type="diag", random_state=0),
    "kde": lambda: dl.KDE("scott", random_state=0),
    "vae": lambda: dl.VAE(max_steps=100, hidden=(16,), n_latent=4, random_state=0),
}
ASKED = {
    "range": {"age": Between(30, 40)},
    "dates": {"since": Between("2020-06-01", pd.Timestamp("2020-09-30"), inclusive="left")},
    "two ranges": {"height": Between(low=175), "pay": Between(0, 40)},
    "sets": {"group": {"a", "c"}, "children": {0, 4}, "grade": "low"},
    "gaps": {"score": {None}, "member": {True}},
    "mixed": {"age": {30, 31, 32, 33, None}, "grade": Between(high="low"), "group": {"a", "b"}},
    "a test": lambda t: t["height"] > 170 + t["children"].astype(float),
    "both": [{"age": pd.Interval(30, 60)}, lambda t: t["pay"] == 0],
}
FITS = {
    "range": lambda t: t["age"].between(30, 40),
    "dates": lambda t: t["since"].between("2020-06-01", "2020-09-29"),
    "two ranges": lambda t: (t["height"] >= 175) & t["pay"].between(0, 40),
    "sets": lambda t: t["group"].isin(["a", "c"]) & t["children"].isin([0, 4]) & (t["grade"] == "low"),
    "gaps": lambda t: t["score"].isna() & t["member"],
    "mixed": lambda t: (t["age"].isna() | t["age"].between(30, 33)) & (t["grade"] == "low") & (t["group"] != "c"),
    "a test": ASKED["a test"],
    "both": lambda t: t["age"].between(31, 60) & (t["pay"] == 0),
}  # fmt: skip


@pytest.fixture(scope="module", params=[None, "group"], ids=["plain", "labelled"])
def models(request):
    return {
        name: make().fit(TABLE, label=request.param, listener=None) for name, make in MAKE.items()
    }


@pytest.mark.parametrize(
    ("name", "asked"),
    [(name, asked) for name in MAKE if name != "kde" for asked in ASKED]
    + [("kde", "two ranges"), ("kde", "sets")],
)
def test_what_is_asked_comes_and_with_it_what_belongs_to_it(models, name, asked):
    model = models[name]
    drawn = model.sample(3000, given=ASKED[asked], random_state=0)
    assert len(drawn) == 3000
    assert drawn.dtypes.equals(TABLE.dtypes)
    assert FITS[asked](drawn).astype(bool).all()
    slack = 0.1 if name == "autoregressive" else 0.04  # its orders agree as far as they are learned
    free = model.sample(8000 if name == "kde" else 30_000, random_state=1)
    free = free[FITS[asked](free).fillna(False).astype(bool)]
    for column in TABLE:
        assert distance(drawn[column], free[column]) < slack + 1.6 / np.sqrt(len(free)), column


def distance(a, b):
    """Kolmogorov's distance of numbers, total variation of a few categories."""
    if a.dtype.kind in "fM" or pd.api.types.is_integer_dtype(a.dtype):
        a, b = (pd.to_numeric(x).to_numpy(float, na_value=-9e18) for x in (a, b))
        at = np.unique(np.concatenate([a, b]))
        upto = (np.searchsorted(np.sort(x), at, side="right") / len(x) for x in (a, b))
        return np.abs(np.subtract(*upto)).max()
    shares = [x.astype(str).value_counts(normalize=True) for x in (a, b)]
    return shares[0].sub(shares[1], fill_value=0).abs().sum() / 2


def test_the_same_seed_draws_the_same(models):
    for name in ("latent-class", "autoregressive", "full", "vae"):
        first, second = (models[name].sample(40, given=ASKED["both"], random_state=3) for _ in "ab")
        pd.testing.assert_frame_equal(first, second)


def test_a_set_of_labels_is_a_set_of_classes(models):
    for name in ("latent-class", "full", "kde"):
        drawn = models[name].sample(600, given={"group": {"b", "c"}}, random_state=0)
        share = (TABLE["group"] == "b").sum() / TABLE["group"].isin(["b", "c"]).sum()
        assert set(drawn["group"]) == {"b", "c"}
        assert (drawn["group"] == "b").mean() == pytest.approx(share, abs=0.12)


def test_values_a_row_go_with_ranges(models):
    for name in ("latent-class", "autoregressive", "full"):
        given = {"group": ["a", "b", "a"], "age": Between(20, 30)}
        drawn = models[name].sample(given=given, random_state=0)
        assert drawn["group"].tolist() == ["a", "b", "a"]
        assert drawn["age"].between(20, 30).all()
    with pytest.raises(NotConditionalError, match="one value of 'age'"):
        models["vae"].sample(2, given={"age": [20, 30]})


@pytest.mark.parametrize("name", ["latent-class", "full"])
def test_times_with_zones_and_numbers_spelled_as_text(name):
    rng = np.random.default_rng(0)
    seconds = pd.to_timedelta(rng.integers(0, 10**7, 500), "s")
    table = pd.DataFrame({"when": pd.Timestamp("2020-01-01", tz="UTC") + seconds})
    table["level"] = [f"{value:.2f}" for value in rng.normal(size=500)]
    table["rank"] = pd.Categorical(
        rng.choice(["low", "mid", "top"], 500), ["low", "mid", "top"], ordered=True
    )
    model = MAKE[name]().fit(table, listener=None)
    given = {
        "when": Between("2020-02-01", "2020-03-01"),
        "level": Between("-.5", 1),
        "rank": Between("mid"),
    }
    drawn = model.sample(100, given=given, random_state=0)
    assert drawn["when"].between("2020-02-01", "2020-03-01").all()
    assert drawn["level"].astype(float).between(-0.5, 1).all()
    assert set(drawn["rank"]) == {"mid", "top"}


def test_other_frames_and_their_tests():
    table = pl.from_pandas(TABLE.drop(columns="grade"))
    model = dl.LatentClass(random_state=0).fit(table, listener=None)
    given = [{"age": Between(40)}, lambda t: t["pay"] == 0]
    drawn = model.sample(30, given=given, random_state=0)
    assert isinstance(drawn, pl.DataFrame)
    assert (drawn["age"].min(), drawn["pay"].max()) >= (40, 0)


LEVELS = {"a": list("xyz"), "b": list("pq"), "c": [1, 2, 3, 4], "d": [True, False]}
STATES = pd.DataFrame(list(itertools.product(*LEVELS.values())), columns=list(LEVELS))


def small_table(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    a, c = rng.choice(LEVELS["a"], n, p=[0.6, 0.3, 0.1]), rng.integers(1, 5, n)
    b = np.where(rng.random(n) < np.where(a == "x", 0.2, 0.7) * c / 4, "p", "q")
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": rng.random(n) < np.where(b == "p", 0.9, 0.4)})


@pytest.mark.parametrize("name", ["latent-class", "autoregressive", "full"])
@pytest.mark.parametrize("label", [None, "b"])
@pytest.mark.parametrize(
    "given",
    [{"a": {"y", "z"}}, {"a": {"y", "z"}, "c": Between(2, 3)}, {"d": True, "c": {1, 4}, "b": {"p"}}],
    ids=["one", "two", "three"],
)  # fmt: skip
def test_draws_are_those_of_the_scores(name, label, given):
    model = MAKE[name]().fit(small_table(), label=label, listener=None)
    odds = np.exp(model.score_samples(STATES))
    inside = np.ones(len(STATES), bool)
    for column, wanted in given.items():
        values = STATES[column]
        if isinstance(wanted, Between):
            inside &= values.between(wanted.low, wanted.high)
        else:
            inside &= values.isin(wanted if isinstance(wanted, set) else [wanted])
    want = np.where(inside, odds, 0) / odds[inside].sum()
    drawn = model.sample(20_000, given=given, random_state=0).value_counts(normalize=True)
    found = drawn.reindex(pd.MultiIndex.from_frame(STATES)).fillna(0).to_numpy()
    slack = 0.025
    # its orders differ: a label, or a last column, comes first here, and is trusted half
    if name == "autoregressive":
        slack = 0.08 if len(given) == 3 else 0.05
    assert np.abs(found - want).sum() / 2 < slack


def test_a_normal_between_bounds_is_truncated():
    rng = np.random.default_rng(0)
    X = rng.multivariate_normal([0, 0, 0], [[1, 0.8, 0], [0.8, 1, 0.3], [0, 0.3, 1]], 5000)
    model = dl.Gaussian(reg_covar=0.0).fit(X, listener=None)
    drawn = model.sample(20_000, given={0: Between(1.5), 2: 0.5}, random_state=0)
    assert (drawn[:, 0] >= 1.5).all() and (drawn[:, 2] == 0.5).all()
    S, m = model.covariance_, model.mean_
    mean, sd = m[0] + S[0, 2] / S[2, 2] * (0.5 - m[2]), np.sqrt(S[0, 0] - S[0, 2] ** 2 / S[2, 2])
    z = (1.5 - mean) / sd
    hazard = norm.pdf(z) / norm.sf(z)
    assert drawn[:, 0].mean() == pytest.approx(mean + sd * hazard, abs=0.01)
    tail = model.sample(2000, given={0: Between(9, 9.5)}, random_state=0)
    assert ((tail[:, 0] >= 9) & (tail[:, 0] <= 9.5)).all()


def test_two_ranges_of_dependent_numbers_are_weighted_and_right():
    rng = np.random.default_rng(0)
    X = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 5000)
    model = dl.Gaussian().fit(X, listener=None)
    drawn = model.sample(5000, given={0: Between(1, 2), 1: Between(high=0.9)}, random_state=0)
    free = model.sample(400_000, random_state=1)
    free = free[(free[:, 0] >= 1) & (free[:, 0] <= 2) & (free[:, 1] <= 0.9)]
    np.testing.assert_allclose(drawn.mean(0), free.mean(0), atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(free.T), atol=0.02)
    with pytest.warns(UserWarning, match="effective sample size"):
        model.sample(50_000, given={0: Between(1, 4), 1: Between(high=-3)}, random_state=0)


def test_whole_numbers_and_tensors_of_arrays():
    X = torch.from_numpy(np.random.default_rng(0).poisson(4, (500, 2)))
    drawn = (
        dl.Gaussian()
        .fit(X, listener=None)
        .sample(200, given={0: {2, 5}, 1: Between(3, 6, inclusive="neither")})
    )
    assert isinstance(drawn, torch.Tensor)
    assert set(drawn[:, 0].tolist()) == {2, 5}
    assert set(drawn[:, 1].tolist()) == {4, 5}


def test_codes_too_many_to_go_through_are_drawn_and_weighted(monkeypatch):
    model = dl.Autoregressive(**FAST_NET).fit(small_table(), listener=None)
    monkeypatch.setattr("drawlike.base.narrowing._SCORED", 400)
    regions = [
        model.codec_.admitted(name, wanted).region
        for name, wanted in {
            "c": frozenset({1, 2, 4}),
            "a": frozenset("yz"),
            "d": frozenset([True]),
        }.items()
    ]
    known = model.condition({}).evidence(np.zeros(1, int))
    rng = np.random.default_rng(0)
    exact = narrowed(model, known, np.zeros(8000, int), Limits(regions), rng)
    assert exact.effective == np.inf
    monkeypatch.setattr("drawlike.base.narrowing._SCORED", 9)
    weighted = [narrowed(model, known, np.zeros(400, int), Limits(regions), rng) for _ in range(40)]
    assert max(each.effective for each in weighted) <= 9
    drawn = torch.cat([each.evidence.x for each in weighted])
    for place in range(4):
        shares = [
            torch.bincount(x[:, place].nan_to_num().long(), minlength=4) / len(x)
            for x in (exact.evidence.x, drawn)
        ]
        assert (shares[0] - shares[1]).abs().max() < 0.15


def test_what_is_too_rare_is_refused_after_a_bounded_search(models):
    given = {"since": {TABLE["since"][0]}, "age": {int(TABLE["age"].max())}, "children": 4}
    with pytest.raises(NotConditionalError, match=r"50,000 rows.*have what is given.*LatentClass"):
        models["vae"].sample(5, given=given, random_state=0)
    with pytest.raises(NotConditionalError, match="by sets and ranges"):
        models["latent-class"].sample(5, given=lambda t: t["age"] > 200)
    with pytest.warns(UserWarning, match="effective sample size"):
        drawn = models["latent-class"].sample(
            2000, given=lambda t: np.arange(len(t)) % 100 == 0, random_state=0
        )
    assert 500 < drawn["height"].nunique() < 1100


@pytest.mark.parametrize(
    ("given", "error", "says"),
    [
        ({"age": Between(200, 300)}, DataError, r"never in \[200, 300\]"),
        ({"grade": {"low", "middle"}}, DataError, "'middle'"),
        ({"height": {171.1234}}, DataError, "or a range"),
        ({"height": {None}}, DataError, "never missing"),
        ({"age": set()}, SettingError, "is empty"),
        ({"weight": {1}}, NotConditionalError, "'weight'"),
        ({"age": Between("old")}, DataError, "do not fit"),
        (7, SettingError, "give a mapping"),
        ([{"age": 3}, {"age": {4}}], SettingError, "twice"),
        (lambda t: 1, DataError, "True or False"),
    ],
)
def test_what_makes_no_sense_is_refused(models, given, error, says):
    with pytest.raises(error, match=says):
        models["latent-class"].sample(5, given=given)


def test_ranges_that_are_none_are_refused():
    with pytest.raises(SettingError, match="no bound"):
        Between()
    with pytest.raises(SettingError, match="one of both, left"):
        Between(1, 2, inclusive="yes")
    images = dl.Gaussian(random_state=0).fit(shapes()[0], listener=None)
    with pytest.raises(NotConditionalError):
        images.sample(2, given={0: Between(1)})


def test_a_category_of_one_in_a_thousand_needs_no_search(monkeypatch):
    rng = np.random.default_rng(0)
    is_rare = rng.random(20_000) < 0.001
    sound = np.where(is_rare, "loud", rng.choice(["loud", "low"], 20_000, p=[0.2, 0.8]))
    table = pd.DataFrame({"kind": np.where(is_rare, "rare", "usual"), "sound": sound})
    model = dl.GaussianMixture(6, random_state=0).fit(table, listener=None)
    monkeypatch.setattr("drawlike.base.seeking._FEWEST", 0)
    monkeypatch.setattr("drawlike.base.seeking._EACH", 1)
    joint = np.exp(model.score_samples(pd.DataFrame({"kind": "rare", "sound": ["loud", "low"]})))
    for each in (model, dl.LatentClass(n_classes=2).fit(table, listener=None)):
        drawn = each.sample(5000, given={"kind": {"rare"}}, random_state=0)
        assert (drawn["kind"] == "rare").all()
    assert (
        model.sample(5000, given={"kind": {"rare"}})["sound"] == "loud"
    ).mean() == pytest.approx(joint[0] / joint.sum(), abs=0.02)
