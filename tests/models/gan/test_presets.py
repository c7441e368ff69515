"""Classics by name: their networks on images, dense ones on columns."""

import numpy as np
import pytest
from torch import nn

import drawlike as dl
from drawlike import GAN
from drawlike.errors import SettingError
from drawlike.models.gan.presets import FIRST, PRESETS
from drawlike.networks import BatchNorm

SMALL = {"max_steps": 2, "batch_size": 8, "random_state": 0}


def images(n=24, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 28, 28)).astype(np.uint8)


def widths(net):
    """Sizes of what dense layers take and give, in order; of a label's layer none."""
    layers = [m for m in net.modules() if type(m) is nn.Linear]
    return [layers[0].in_features] + [layer.out_features for layer in layers]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_columns(name):
    X = np.random.default_rng(0).normal(size=(80, 2))
    model = GAN.preset(name, hidden=(8,), max_steps=10, random_state=0)
    assert model.fit(X, listener=None).sample(3, random_state=0).shape == (3, 2)
    for setting, value in PRESETS[name].items():
        assert setting == "hidden" or getattr(model, setting) == value


def test_an_unknown_preset_is_refused():
    with pytest.raises(SettingError, match="wgan-gp"):
        GAN.preset("wgan-pg")


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in FIRST])
def test_papers_fit_labelled_colour_images_of_any_size(name):
    X, y = images()[:, :14, :13, None].repeat(3, 3), np.arange(24) % 2
    width = None if PRESETS[name]["network"] == "dense" else 4
    model = GAN.preset(name, width=width, hidden=(8,), **SMALL).fit(X, y, listener=None)
    assert model.sample(2, y=[0, 1], random_state=0).shape == (2, 14, 13, 3)


@pytest.mark.parametrize(
    ("name", "generator", "critic"),
    [
        ("first-256", [100, 256, 784], [784, 256, 1]),
        ("first-256-512-1024", [100, 256, 512, 1024, 784], [784, 512, 256, 128, 1]),
        ("first-128-1024", [128, 128, 1024, 784], [784, 1024, 128, 1]),
        ("first-from-images", [784, 128, 784], [784, 128, 1]),
        pytest.param(
            *("first-upsampling", [100, 7 * 7 * 256], [784, 1024, 1]), marks=pytest.mark.slow
        ),
    ],
)
def test_first_gans_have_the_layers_of_their_tutorials(name, generator, critic):
    model = GAN.preset(name, **SMALL).fit(images(), listener=None)
    assert widths(model.generator_) == generator
    assert widths(model.critic_) == critic
    assert model.sample(2, random_state=0).shape == (2, 28, 28)
    normalised = [name for name in FIRST if FIRST[name].get("norm") == "batch"]
    has_batch_norm = any(isinstance(m, BatchNorm) for m in model.generator_.modules())
    assert has_batch_norm == (name in [*normalised, "first-upsampling"])


def test_a_generator_that_begins_with_images_keeps_them_and_says_so(tmp_path):
    X, y = images(40), np.arange(40) % 2
    X[y == 1] //= 8
    model = GAN.preset("first-from-images", **SMALL).fit(X, y, listener=None)
    bank, expanded = model.latent_.bank, X.reshape(40, -1) / 127.5 - 1
    for row, label in zip(bank.rows[:50].numpy(), bank.labels[:50].numpy(), strict=True):
        nearest = np.abs(expanded - row).max(1).argmin()
        np.testing.assert_allclose(row, expanded[nearest], atol=1e-6)
        assert label.argmax() == y[nearest]
    assert model.contains_training_rows
    assert not GAN.preset("first-256").contains_training_rows
    model.save(tmp_path / "gan")
    with pytest.warns(UserWarning, match="contains training rows"):
        again = dl.load(tmp_path / "gan")
    drawn = model.sample(4, y=[0, 1, 1, 0], random_state=1)
    np.testing.assert_array_equal(again.sample(4, y=[0, 1, 1, 0], random_state=1), drawn)


def test_draws_that_begin_with_rows_are_of_the_label_and_noisy():
    from torch import Generator, eye, ones, zeros

    from drawlike.models.gan.latents import Remembered
    from drawlike.networks import Bank

    bank = Bank(4, 3, 2)
    bank.place(zeros(4, 3) + ones(4, 1).cumsum(0), eye(2)[[0, 0, 1, 1]])
    labels = eye(2)[[0, 1] * 2000]
    z = Remembered(bank, 0.1).vectors(labels, Generator().manual_seed(0))
    assert set(z[::2].mean(1).round().int().tolist()) == {1, 2}
    assert set(z[1::2].mean(1).round().int().tolist()) == {3, 4}
    assert (z - z.round()).std().item() == pytest.approx(0.1, rel=0.05)


def test_rows_go_without_signs():
    with pytest.raises(SettingError, match="n_signs"):
        GAN(latent="rows", n_signs=2).fit(np.zeros((20, 2)), listener=None)
