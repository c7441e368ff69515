"""Conditions on any columns, and missing cells filled: tables, arrays, labels, kinds."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from scipy.stats import multivariate_normal

from drawlike.errors import DataError, NotConditionalError, SettingError, UnsupportedError
from drawlike.models import Gaussian, GaussianMixture
from tests.scenarios import mixed_table, shapes, two_modes

TABLE = mixed_table(800)
MEAN, COVARIANCE = np.array([1.0, -2.0, 5.0]), np.array([[2, 0.9, 0.3], [0.9, 1, 0], [0.3, 0, 3.0]])


@pytest.fixture(scope="module")
def table_model():
    return GaussianMixture(4, random_state=0).fit(TABLE, label="group", listener=None)


@pytest.fixture(scope="module")
def normal():
    X = np.random.default_rng(0).multivariate_normal(MEAN, COVARIANCE, 4000)
    return Gaussian(reg_covar=0.0, random_state=0).fit(X, listener=None), X


def regression(model, seen, values):
    """Conditional mean and covariance of the columns that are not seen, in closed form."""
    hidden = [i for i in range(len(model.mean_)) if i not in seen]
    S = model.covariance_
    gain = S[np.ix_(hidden, seen)] @ np.linalg.inv(S[np.ix_(seen, seen)])
    mean = model.mean_[hidden] + (values - model.mean_[seen]) @ gain.T
    return mean, S[np.ix_(hidden, hidden)] - gain @ S[np.ix_(seen, hidden)]


def test_a_normal_predicts_the_linear_regression(normal):
    model, X = normal
    predicted = model.condition({0: X[:20, 0], 2: X[:20, 2]}).predict()
    mean, _ = regression(model, [0, 2], X[:20][:, [0, 2]])
    np.testing.assert_allclose(predicted[:, [1]], mean, rtol=1e-9)
    np.testing.assert_array_equal(predicted[:, [0, 2]], X[:20][:, [0, 2]])


def test_draws_and_densities_are_those_of_the_conditional_normal(normal):
    model, X = normal
    given = model.condition({1: -1.0})
    mean, covariance = regression(model, [1], np.array([[-1.0]]))
    drawn = given.sample(30_000, random_state=0)
    assert (drawn[:, 1] == -1.0).all()
    np.testing.assert_allclose(drawn[:, [0, 2]].mean(0), mean[0], atol=0.05)
    np.testing.assert_allclose(np.cov(drawn[:, [0, 2]].T), covariance, atol=0.1)
    want = multivariate_normal(mean[0], covariance).logpdf(X[:50][:, [0, 2]])
    np.testing.assert_allclose(given.score_samples(X[:50]), want, rtol=1e-8)


def test_values_a_row_give_rows_of_their_own(normal):
    model, _ = normal
    given = model.condition({0: [0.0, 3.0]})
    assert given.sample(2, random_state=0)[:, 0].tolist() == [0, 0, 3, 3]
    assert given.predict().shape == (2, 3)
    np.testing.assert_array_equal(
        model.sample(given={0: [0.0, 3.0]}, random_state=5), given.sample(1, random_state=5)
    )
    with pytest.raises(DataError, match="2 values are given for n=5"):
        model.sample(5, given={0: [0.0, 3.0]})
    with pytest.raises(DataError, match="give as many each"):
        model.condition({0: [0.0, 3.0], 1: [1.0, 2.0, 3.0]})


def test_feature_names_name_the_columns_of_an_array_too(normal):
    model, X = normal
    frame_like = pd.DataFrame(X, columns=["a", "b", "c"])
    by_name = Gaussian(reg_covar=0.0).fit(frame_like, listener=None).condition({"a": 1.0})
    assert set(by_name.sample(3)["a"]) == {1.0}
    with pytest.raises(NotConditionalError, match="0 to 2"):
        model.condition({"a": 1.0})
    with pytest.raises(NotConditionalError, match="no column 3"):
        model.condition({3: 1.0})
    with pytest.raises(DataError, match="infinite"):
        model.condition({1: np.inf})


def test_float32_and_tensors_come_back_as_they_came():
    X = torch.from_numpy(two_modes(300).astype(np.float32))
    model = GaussianMixture(2, random_state=0).fit(X, listener=None)
    drawn = model.condition({0: 2.0}).sample(5, random_state=0)
    assert isinstance(drawn, torch.Tensor)
    assert drawn.dtype == torch.float32
    gaps = X.clone()
    gaps[::4, 1] = torch.nan
    filled = model.impute(gaps)
    assert isinstance(filled, torch.Tensor)
    assert not filled.isnan().any()
    assert torch.equal(filled[1::4], X[1::4])


def test_an_unknown_class_follows_from_the_values():
    X = two_modes(600)
    y = np.where(X[:, 0] > 0, "right", "left")
    model = Gaussian(random_state=0).fit(X, y, listener=None)
    given = model.condition({0: [-2.0, 2.0]})
    assert (given.predict_proba().argmax(1) == [0, 1]).all()
    _, labels = given.sample(50, random_state=0, return_y=True)
    assert list(labels) == ["left"] * 50 + ["right"] * 50
    known = model.condition({0: [-2.0, 2.0]}, y="right")
    np.testing.assert_allclose(known.predict()[:, 1], 1.0, atol=0.4)
    both = np.stack(
        [model.condition({0: 0.2}, y=c).score_samples(X[:9]) for c in ("left", "right")]
    )
    prior = np.log(model.condition({0: 0.2}).predict_proba()[0])
    want = np.logaddexp(*(both + prior[:, None]))
    np.testing.assert_allclose(model.condition({0: 0.2}).score_samples(X[:9]), want, rtol=1e-8)


def test_a_table_holds_what_is_given_exactly(table_model):
    values = {
        "age": 40,
        "pay": 0.0,
        "since": pd.Timestamp("2020-05-01"),
        "grade": "low",
        "score": np.nan,
        "group": "b",
    }
    drawn = table_model.sample(40, given=values, random_state=0)
    assert (drawn.dtypes == TABLE.dtypes).all()
    assert (drawn["age"] == 40).all()
    assert (drawn["pay"] == 0.0).all()
    assert (drawn["since"] == pd.Timestamp("2020-05-01")).all()
    assert (drawn["grade"] == "low").all()
    assert drawn["score"].isna().all()
    assert (drawn["group"] == "b").all()
    pd.testing.assert_frame_equal(drawn, table_model.sample(40, given=values, random_state=0))


@pytest.mark.parametrize("library", [None, pl.from_pandas, pa.Table.from_pandas])
def test_a_frame_gives_its_columns(table_model, library):
    known = TABLE[["age", "since", "grade", "member", "score"]][:50]
    frame = library(known) if library else known
    by_hand = {name: known[name].to_numpy() for name in known}
    told = table_model.condition(frame).predict_proba()
    np.testing.assert_array_equal(told, table_model.condition(by_hand).predict_proba())
    drawn = table_model.sample(given=frame, random_state=0)
    pd.testing.assert_frame_equal(drawn, table_model.sample(given=by_hand, random_state=0))
    with pytest.raises(DataError, match="50 values are given for n=3"):
        table_model.sample(3, given=frame)


def test_the_chain_rule_holds_on_tables(table_model):
    some = TABLE.iloc[:30]
    given = {name: some[name].to_numpy() for name in ("height", "member")}
    rest = table_model.condition(given).score_samples(some)
    blank = table_model.condition({"grade": some["grade"].to_numpy()})
    joint = table_model.score_samples(some)
    codec, x = table_model.codec_, table_model._encoded(some)[1]
    x[:, [i for n in codec.names if n not in given and n != "group" for i in _at(codec, n)]] = (
        np.nan
    )
    marginal = table_model._log_classes(x).logsumexp(1).numpy()
    jacobian = codec.log_jacobian(some) - codec.log_jacobian_but(some, given)
    np.testing.assert_allclose(rest + marginal + jacobian, joint, rtol=1e-9)
    assert np.isfinite(blank.score_samples(some)).all()


def _at(codec, name):
    place = codec.places(name)
    return range(place.start, place.stop)


def test_probabilities_of_categories_sum_up_and_agree_with_draws(table_model):
    given = table_model.condition({"height": 185.0})
    odds = given.predict_proba("group")[0]
    drawn = given.sample(6000, random_state=0)
    for category, p in zip(given.categories(), odds, strict=True):
        assert (drawn["group"] == category).mean() == pytest.approx(p, abs=0.025)
    odds = given.predict_proba("children")[0]
    assert odds.sum() == pytest.approx(1)
    for category, p in zip(given.categories("children"), odds, strict=True):
        assert (drawn["children"] == category).mean() == pytest.approx(p, abs=0.025)
    assert table_model.condition({"grade": "low"}).predict_proba("grade").max() == 1
    with pytest.raises(DataError, match="no categories"):
        given.predict_proba("height")


def test_predictions_of_a_table_are_in_its_units():
    rng = np.random.default_rng(0)
    x = rng.normal(size=3000)
    frame = pd.DataFrame({"x": x, "y": np.exp(0.5 * x + rng.normal(0, 0.1, 3000))})
    model = GaussianMixture(6, random_state=0).fit(frame, listener=None)
    predicted = model.condition({"x": [-1.0, 0.0, 1.0]}).predict()
    np.testing.assert_allclose(
        predicted["y"], np.exp(0.5 * np.array([-1, 0, 1]) + 0.005), rtol=0.08
    )
    assert predicted["x"].tolist() == [-1.0, 0.0, 1.0]


def test_what_cannot_be_given_is_refused(table_model):
    with pytest.raises(SettingError, match="give a mapping"):
        table_model.condition([1, 2])
    for values, said in [
        ({"grade": "unheard"}, "'unheard'"),
        ({"height": None}, "never missing"),
        ({"height": "tall"}, "does not fit"),
        ({"member": [True, False], "age": [1, 2, 3]}, "as many each"),
    ]:
        with pytest.raises(DataError, match=said):
            table_model.condition(values)
    with pytest.raises(NotConditionalError, match="'weight'"):
        table_model.sample(2, given={"weight": 3})
    with pytest.raises(SettingError, match="disagree"):
        table_model.sample(2, y="a", given={"group": "b", "age": 30})
    images = Gaussian(random_state=0).fit(shapes()[0], listener=None)
    with pytest.raises(UnsupportedError, match="image"):
        images.condition({0: 1})


@pytest.mark.parametrize("draw", [False, True])
def test_arrays_are_filled_by_the_conditional_normal(normal, draw):
    model, X = normal
    rng = np.random.default_rng(1)
    gaps = np.where(rng.random(X.shape) < 0.3, np.nan, X)
    filled = model.impute(gaps, draw=draw, random_state=0)
    seen = ~np.isnan(gaps)
    np.testing.assert_array_equal(filled[seen], X[seen])
    assert np.isfinite(filled).all()
    if draw:
        np.testing.assert_allclose(np.cov(filled.T), COVARIANCE, atol=0.2)
        return
    for row, out in list(zip(gaps, filled, strict=True))[:40]:
        known = np.flatnonzero(~np.isnan(row)).tolist()
        if 0 < len(known) < 3:
            hidden = [i for i in range(3) if i not in known]
            mean, _ = regression(model, known, row[None, known])
            np.testing.assert_allclose(out[hidden], mean[0], rtol=1e-8)


@pytest.mark.parametrize("draw", [False, True])
@pytest.mark.parametrize("library", [None, pl.from_pandas, pa.Table.from_pandas])
def test_tables_are_filled_and_the_rest_stays(draw, library):
    plain = TABLE.drop(columns="grade")
    table = library(plain) if library else plain.set_index(np.arange(800)[::-1])
    model = GaussianMixture(3, random_state=0).fit(table, label="group", listener=None)
    filled = model.impute(table, draw=draw, random_state=0)
    assert type(filled) is type(table)
    back = filled if library is None else filled.to_pandas()
    if library is None:
        assert (back.dtypes == plain.dtypes).all()
        assert (back.index == table.index).all()
    assert not back.isna().any().any()
    for name in plain.columns:
        seen = plain[name].notna().to_numpy()
        assert (back[name].to_numpy()[seen] == plain[name].to_numpy()[seen]).all(), name


def test_a_missing_label_is_filled_from_the_other_columns(rng):
    y = rng.choice(["a", "b"], 500)
    frame = pd.DataFrame({"y": y, "x": rng.normal(size=500) + 8 * (y == "a")})
    model = Gaussian(random_state=0).fit(frame, label="y", listener=None)
    gaps = frame.astype({"y": object})
    gaps.loc[::5, "y"] = None
    filled = model.impute(gaps)
    assert (filled["y"] == y).mean() > 0.99


def test_filling_helps_more_than_the_mean(rng):
    X = np.concatenate([rng.normal((-3, 3), 0.5, (500, 2)), rng.normal((3, -3), 0.5, (500, 2))])
    gaps = X.copy()
    gaps[::3, 1] = np.nan
    filled = GaussianMixture(2, random_state=0).fit(gaps, listener=None).impute(gaps)
    assert np.sqrt(((filled - X)[::3, 1] ** 2).mean()) < 0.6 < X[:, 1].std()
