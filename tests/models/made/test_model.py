"""MADE: exact scores, draws as often as they score, values of any columns given."""

import copy
import itertools

import numpy as np
import pandas as pd
import pytest
import torch

import drawlike as dl
import drawlike.models.made.model as made
from drawlike.errors import NotConditionalError, SettingError

SMALL = {"hidden": (24, 24), "random_state": 0, "validation_fraction": 0.0, "lr": 1e-2}
STATES = np.array(list(itertools.product((0, 1), repeat=6)), np.uint8).reshape(-1, 2, 3)


def crosses(n=1500, seed=0):
    """Two-valued images (n, 2, 3): the lower row is the upper one, or its negative if y."""
    rng = np.random.default_rng(seed)
    upper, y = rng.random((n, 3)) < (0.2, 0.5, 0.8), rng.integers(0, 2, n)
    lower = upper ^ (y[:, None] == 1) ^ (rng.random((n, 3)) < 0.1)
    return np.stack([upper, lower], 1).astype(np.uint8), y


@pytest.fixture(scope="module")
def images():
    return crosses()


@pytest.fixture(scope="module", params=["fixed", "any"])
def learned(request, images):
    return dl.MADE(**SMALL, order=request.param, max_steps=250).fit(*images, listener=None)


def test_scores_of_all_images_sum_to_one_under_each_label(learned):
    for label in (0, 1):
        scores = learned.score_samples(STATES, np.full(len(STATES), label))
        assert np.exp(scores).sum() == pytest.approx(1, abs=1e-6)
    assert np.exp(learned.score_samples(STATES)).sum() == pytest.approx(1, abs=1e-6)


def test_images_are_drawn_as_often_as_they_score(learned):
    drawn = learned.sample(8000, y=1, random_state=0)
    code = drawn.reshape(-1, 6) @ 2 ** np.arange(5, -1, -1)
    share = np.bincount(code, minlength=64) / len(code)
    mass = np.exp(learned.score_samples(STATES, np.ones(64, int)))
    assert np.abs(share - mass).sum() < 0.12  # 64 cells by luck: about .07


def test_what_the_label_decides_is_learned(learned, images):
    X, y = images
    right, wrong = (learned.score(X, labels) for labels in (y, 1 - y))
    assert right > wrong + 1
    entropy = 3 * 0.325 + sum(-p * np.log(p) - (1 - p) * np.log(1 - p) for p in (0.2, 0.5, 0.8))
    assert right == pytest.approx(-entropy, abs=0.12)


def test_an_ensemble_of_orders_is_a_density_too_and_no_worse_on_average(images):
    X, y = images
    model = dl.MADE(**SMALL, order="any", max_steps=150).fit(X, y, listener=None)
    net, values = copy.deepcopy(model.net_).double(), torch.from_numpy(X.reshape(-1, 6)).double()
    rows = net, values, torch.eye(2).double()[y]
    with torch.no_grad():
        alone = [model._in_order(*rows, order).numpy() for order in model.orders_.first(4)]
    np.testing.assert_allclose(model.score_samples(X, y), alone[0], rtol=1e-6)
    model.set_params(ensemble=4)
    together = model.score_samples(X, y)
    np.testing.assert_allclose(together, np.logaddexp.reduce(alone) - np.log(4), rtol=1e-6)
    assert together.mean() >= np.mean(alone)
    assert np.exp(model.score_samples(STATES)).sum() == pytest.approx(1, abs=1e-6)


def test_a_set_of_orders_is_kept(images, tmp_path):
    X, y = images
    model = dl.MADE(**SMALL, order="any", n_orders=3, ensemble=3, max_steps=5)
    model.fit(X, y, listener=None).save(tmp_path / "m")
    again = dl.load(tmp_path / "m")
    assert len(again.orders_.first(9)) == 3
    np.testing.assert_array_equal(again.score_samples(X[:9]), model.score_samples(X[:9]))


def table(n=3000, seed=0):
    """A fair coin, a number that it moves by 4, and a category that follows the number."""
    rng = np.random.default_rng(seed)
    coin = rng.random(n) < 0.5
    number = rng.normal(size=n) + np.where(coin, 4.0, 0.0)
    return pd.DataFrame({"coin": coin, "number": number, "side": np.where(number > 2, "r", "l")})


def test_values_of_any_columns_can_be_given():
    model = dl.MADE(**(SMALL | {"hidden": (64,)}), max_steps=400).fit(table(), listener=None)
    later = model.sample(600, given={"side": "r"}, random_state=0)
    assert set(later["side"]) == {"r"}
    assert later["coin"].mean() == pytest.approx(0.977, abs=0.04)
    assert later["number"].mean() == pytest.approx(3.95, abs=0.3)
    high = model.condition({"number": 4.5})
    assert high.predict_proba("coin")[0, 1] > 0.95
    assert high.categories("side")[high.predict_proba("side")[0].argmax()] == "r"
    rows = table(400, seed=1)
    gaps = rows.assign(coin=rows["coin"].astype("boolean").where(rows.index % 2 == 0))
    filled = model.impute(gaps, random_state=0)
    assert (filled["coin"] == rows["coin"]).mean() > 0.95


def test_marginals_and_means_are_those_of_the_law():
    rows = np.random.default_rng(0).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 1500)
    model = dl.MADE(**(SMALL | {"hidden": (64,)}), max_steps=500).fit(rows, listener=None)
    x = rows[:50]
    part = np.column_stack([np.full(50, np.nan), x[:, 1]])
    marginal = model.score_samples(part)
    np.testing.assert_allclose(marginal, -(x[:, 1] ** 2 + np.log(2 * np.pi)) / 2, atol=0.35)
    gap = next(e.value for e in model.history_ if e.name == "nats more in other orders")
    assert abs(gap) < 0.1
    predicted = model.condition({1: [2.0, -2.0]}).predict()
    np.testing.assert_allclose(predicted[:, 0], [1.6, -1.6], atol=0.3)


def test_a_mean_does_not_depend_on_the_rows_beside_it():
    rows = np.random.default_rng(0).normal(size=(300, 3))
    model = dl.MADE(**SMALL, max_steps=30).fit(rows, listener=None)
    gaps = rows[:12].copy()
    gaps[::2, 0] = gaps[1::2, 2] = gaps[::3, 1] = np.nan
    together = model.impute(gaps)
    alone = np.concatenate([model.impute(gaps[i : i + 1]) for i in range(12)])
    np.testing.assert_allclose(together, alone, atol=5e-3)
    images = dl.MADE(**SMALL, max_steps=5).fit(crosses(200)[0], listener=None)
    some = torch.from_numpy(STATES[:8].reshape(8, 6)).float().clone()
    some[:, 4:] = torch.nan
    means = images._mean_given(some, torch.empty(8, 0))
    torch.testing.assert_close(means[3:4], images._mean_given(some[3:4], torch.empty(1, 0)))


def test_means_are_drawn_a_few_rows_at_a_time(monkeypatch):
    sizes, draw = [], made.draw_masked
    monkeypatch.setattr(
        made, "draw_masked", lambda net, x, *a, **k: sizes.append(len(x)) or draw(net, x, *a, **k)
    )
    rows = np.random.default_rng(0).normal(size=(60, 2))
    model = dl.MADE(**SMALL, max_steps=5).fit(rows, listener=None)
    model.impute(np.where([True, False], rows, np.nan))
    assert sizes == [1000] * 12


def test_a_fixed_order_can_be_given_first_columns_and_no_others():
    rows = np.random.default_rng(0).normal(size=(200, 3))
    model = dl.MADE(**SMALL, order="fixed", max_steps=5).fit(rows, listener=None)
    assert (model.sample(5, given={0: 1.5})[:, 0] == 1.5).all()
    with pytest.raises(NotConditionalError, match="order='any'"):
        model.sample(5, given={1: 1.5})


def test_grey_images_are_binarised_anew_at_every_visit():
    grey = np.full((300, 4, 4), 64, np.uint8)
    grey[:, 0], grey[:, 3] = 0, 255
    model = dl.MADE(**SMALL, pixels="binary", max_steps=150).fit(grey, listener=None)
    drawn = model.sample(2000, random_state=0)
    assert set(np.unique(drawn)) == {0, 255}
    assert (drawn[:, 1:3] == 255).mean() == pytest.approx(64 / 255, abs=0.03)
    p = 64 / 255
    entropy = -8 * (p * np.log(p) + (1 - p) * np.log(1 - p))
    assert model.score(drawn) == pytest.approx(-entropy, abs=0.3)
    assert (model.score_samples(grey[:2]) == -np.inf).all()


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"hidden": ()}, "hidden is empty"),
        ({"hidden": 64}, "hidden=64; use a list"),
        ({"hidden": (64, 0)}, "use a list"),
        ({"hidden": (8.0,)}, "use a list"),
        ({"hidden": "64"}, "hidden='64'; use a list"),
        ({"patience": 0}, "patience=0"),
        ({"max_seconds": -1}, "max_seconds=-1"),
        ({"max_seconds": "1"}, "max_seconds='1'"),
        ({"order": "random"}, "auto, any, fixed"),
        ({"ensemble": 0}, "ensemble=0"),
        ({"n_orders": 1.5}, "n_orders=1.5"),
        ({"lr": 0}, r"lr=0; use a number above 0\."),
        ({"average": 1.5}, "average=1.5; use a decay from 0 to 1"),
        ({"average": -0.5}, "average=-0.5; use a decay from 0 to 1"),
        ({"schedule": "steps"}, "plateau, cosine"),
        ({"pixels": "grey"}, "auto, binary"),
    ],
)
def test_settings_that_make_no_sense_are_refused(setting, said):
    X = crosses(30)[0]
    with pytest.raises(SettingError, match=said):
        dl.MADE(max_steps=2, **setting).fit(X, listener=None)
