"""Known answers: in a few seconds each model finds what was put into the data."""

from functools import cache

import numpy as np
import pytest
from sklearn.base import clone

from drawlike.losses.energy import energy_distance
from tests.scenarios import BIMODAL, MODELS, correlated, mixed_table, shapes, two_modes


def distance(a, b):
    import torch

    return float(energy_distance(*(torch.from_numpy(np.asarray(x, float)) for x in (a, b))))


def able(name, **steps):
    """A model that learns for some seconds; a network for so many steps as are enough."""
    model = clone(MODELS[name].able)
    return model.set_params(max_steps=steps[name]) if name in steps else model


MODES = pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n == "vae-vamp" else n for n in BIMODAL]
)


@cache
def drawn_modes(name):
    """2000 rows of a model of the two modes."""
    return able(name).fit(two_modes(), listener=None).sample(2000, random_state=1)


@MODES
def test_two_modes_are_found(name):
    drawn = drawn_modes(name)
    right = drawn[:, 0] > 0
    assert right.mean() == pytest.approx(0.3, abs=0.1)
    np.testing.assert_allclose(np.median(drawn[right], 0), (2, 1), atol=0.2)
    np.testing.assert_allclose(np.median(drawn[~right], 0), (-2, 0), atol=0.2)
    between = (np.abs(drawn[:, 0]) < 0.8).mean()
    assert between < 0.08


@MODES
def test_samples_come_closer_than_one_normal(name):
    fresh = two_modes(2000, seed=7)
    close, far = (distance(drawn_modes(model), fresh) for model in (name, "gaussian"))
    assert close < 0.5 * far


SLOW_VAE = pytest.param("vae", marks=pytest.mark.slow)


@pytest.mark.parametrize("name", ["gaussian", "gaussian-mixture", "kde", SLOW_VAE, "gan", "made"])
def test_mean_and_correlation_are_found(name):
    drawn = able(name).fit(correlated(), listener=None).sample(4000, random_state=1)
    np.testing.assert_allclose(drawn.mean(0), (10, -5, 0), atol=0.3)
    np.testing.assert_allclose(drawn.std(0), (2, 1, 0.5), rtol=0.2)
    assert np.corrcoef(drawn[:, :2].T)[0, 1] == pytest.approx(0.8, abs=0.12)


@pytest.mark.parametrize("name", ["gaussian-mixture", "kde", "vae", "gan", "made"])
def test_the_label_decides_the_mode(name):
    X = two_modes()
    y = np.where(X[:, 0] > 0, "right", "left")
    model = able(name, vae=500, gan=500, made=300).fit(X, y, listener=None)
    for label, side in (("right", 1), ("left", -1)):
        drawn = model.sample(500, y=label, random_state=0)
        assert (np.sign(drawn[:, 0]) == side).mean() > 0.95


@pytest.mark.parametrize("name", ["gaussian", "gaussian-mixture", "kde", "vae", "gan", "made"])
def test_atoms_and_missing_values_keep_their_rate(name):
    table = mixed_table(1000)
    model = able(name, vae=300, gan=350, made=300).fit(table, label="group", listener=None)
    drawn = model.sample(2000, random_state=0)
    assert (drawn["pay"] == 0).mean() == pytest.approx((table["pay"] == 0).mean(), abs=0.07)
    for column in ("age", "score"):
        rate = table[column].isna().mean()
        assert drawn[column].isna().mean() == pytest.approx(rate, abs=0.06), column


@pytest.mark.parametrize("name", ["vae", "gan", "made"])
def test_images_of_a_label_are_drawn(name):
    X, y = shapes(300)
    model = able(name, vae=150, gan=150, made=60).fit(X, y, listener=None)
    for label, bright, dark in ((0, slice(2, 5), slice(10, 13)), (1, slice(10, 13), slice(2, 5))):
        drawn = model.sample(50, y=label, random_state=0)[:, 2:10].astype(float)
        assert drawn[:, :, bright].mean() > drawn[:, :, dark].mean() + 80
