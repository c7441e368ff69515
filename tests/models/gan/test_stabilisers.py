"""What steadies a GAN goes with every loss, and its state is kept."""

import numpy as np
import pytest
import torch
from sklearn.base import clone

import drawlike as dl
from drawlike import GAN
from drawlike.base.distance import Distance
from drawlike.errors import SettingError
from drawlike.losses.adversarial import LOSSES
from drawlike.models.gan.game import Game
from drawlike.networks import AugmentedCritic
from drawlike.networks.spectral import Spectral

ALL = {"spectral_norm": True, "minibatch_std": True, "augment": "cutout"}


def rows(n=200, seed=0):
    return np.random.default_rng(seed).normal((5, -5), 0.5, (n, 2))


def circle(n=200):
    """Rows that a critic soon tells from those of a generator that does not learn."""
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, n)
    return np.c_[np.cos(angle), np.sin(angle)]


def interrupted(step):
    """A listener that stops a fit as a user does."""

    def hear(event):
        if event.kind == "metric" and event.step == step:
            raise KeyboardInterrupt

    return hear


@pytest.mark.parametrize("loss", LOSSES)
def test_stabilisers_go_with_every_loss(loss):
    model = GAN(
        loss=loss, latent="normal", lr=5e-3, max_steps=200, batch_size=64, hidden=(32,), **ALL
    ).set_params(random_state=0)
    drawn = model.fit(rows(600), listener=None).sample(500, random_state=0)
    np.testing.assert_allclose(drawn.mean(0), (5, -5), atol=0.4)


def test_stabilisers_go_with_a_mixture_too():
    y = np.arange(200) % 2
    model = GAN(latent="mixture", hidden=(8,), max_steps=5, random_state=0, **ALL)
    X = rows() + 10 * y[:, None]
    realism = model.fit(X, y, listener=None).realism(X, y)
    assert np.isfinite(realism).all()
    assert isinstance(model.critic_, AugmentedCritic)
    assert any(isinstance(module, Spectral) for module in model.critic_.modules())


def test_an_interrupted_fit_goes_on_to_the_same_bytes(tmp_path):
    model = GAN(latent="normal", hidden=(16,), max_steps=220, lr=1e-5, critic_lr=1e-2, **ALL)
    model.set_params(loss="relativistic", batch_size=64, random_state=0)
    clone(model).fit(circle(), checkpoint=tmp_path, listener=interrupted(200))
    resumed = clone(model).fit(circle(), checkpoint=tmp_path, listener=None)
    whole = clone(model).fit(circle(), listener=None)
    assert whole.critic_.augmentation.rate > 0
    a, b = (fitted.critic_.state_dict() for fitted in (resumed, whole))
    for name, value in a.items():
        assert torch.equal(value, b[name]), name
    X = rows(9, seed=1)
    np.testing.assert_array_equal(resumed.realism(X), whole.realism(X))


def test_a_kept_critic_judges_the_same_a_row_at_a_time(tmp_path):
    model = GAN(latent="normal", hidden=(8,), max_steps=20, random_state=0, **ALL)
    model.fit(rows(), listener=None).save(tmp_path / "gan")
    X = rows(9, seed=1)
    again = dl.load(tmp_path / "gan")
    np.testing.assert_allclose(again.realism(X), model.realism(X), rtol=1e-5)
    one_by_one = [float(again.realism(x[None])[0]) for x in X]
    np.testing.assert_allclose(one_by_one, model.realism(X), rtol=1e-4)


def test_the_critic_sees_moved_rows_and_the_rate_follows_it(monkeypatch):
    seen = []
    judge = Game.critic_loss

    def watched(self, generator, critic, batch):
        seen.append(float(self.augmentation.rate))
        return judge(self, generator, critic, batch)

    monkeypatch.setattr(Game, "critic_loss", watched)
    model = GAN(latent="normal", loss="hinge", augment="cutout", hidden=(32,), max_steps=60)
    model.set_params(lr=1e-9, critic_lr=1e-2, random_state=0).fit(circle(), listener=None)
    assert seen[0] == 0
    assert max(seen) > 0.02


def test_spectral_norm_bounds_a_wasserstein_critic():
    GAN(loss="wasserstein", spectral_norm=True, max_steps=2, hidden=(8,)).fit(rows(), listener=None)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"augment": "mirror"}, "translation, cutout, colour"),
        ({"augment": ("cutout", "colour")}, "'colour' is for images"),
        ({"augment": 3}, "translation, cutout, colour"),
        ({"augment": "cutout", "augment_rate": 1.5}, "a probability"),
        ({"spectral_norm": "yes"}, "True or False"),
        ({"minibatch_std": None}, "True or False"),
    ],
)
def test_stabilisers_that_cannot_be_are_refused(settings, told):
    with pytest.raises(SettingError, match=told):
        GAN(max_steps=2, **settings).fit(rows(), listener=None)


def test_a_training_is_not_given_up_before_its_rates_have_fallen(monkeypatch):
    monkeypatch.setattr(Distance, "__call__", lambda self, draw, step: float(step))
    model = GAN(latent="normal", hidden=(4,), max_steps=500, patience=1, random_state=0)
    model.fit(rows(), listener=None)
    steps = [event.step for event in model.history_ if event.name == "energy distance"]
    assert steps == [100, 200, 300, 400]
