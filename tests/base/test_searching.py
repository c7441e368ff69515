"""What a search needs is learned after the networks, and never at their cost."""

import pytest

from drawlike.base import searching
from drawlike.errors import UnsupportedError
from drawlike.events import History
from drawlike.models import VAE
from tests.scenarios import shapes

SMALL = {"max_steps": 5, "hidden": (8,), "n_latent": 2, "random_state": 0}


def test_ctrl_c_while_learning_to_restore_keeps_the_model():
    class Interrupted(VAE):
        def _learned_likeness(self, rows, rng):
            raise KeyboardInterrupt

    X, history = shapes(60)[0], History()
    model = Interrupted(**SMALL).fit(X, listener=history)
    assert any("learning to restore" in (event.message or "") for event in history)
    assert model.sample(2).shape == (2, *X.shape[1:])
    with pytest.raises(UnsupportedError, match="interrupted"):
        model.denoise(X[:2])


def test_nothing_is_learned_of_images_that_are_too_large_to_restore(monkeypatch):
    monkeypatch.setattr(searching, "_WIDEST", 100)
    X = shapes(60)[0]
    model = VAE(**SMALL).fit(X, listener=None)
    assert model.likeness_ is None
    with pytest.raises(UnsupportedError, match="too large"):
        model.denoise(X[:2])


def test_validation_images_are_generated_some_at_a_time():
    class Watched(VAE):
        def _generated(self, z, cond):
            self.sizes_ = [*getattr(self, "sizes_", []), len(z)]
            return super()._generated(z, cond)

        def _guessed(self, x, cond):
            self.guessed_ = [*getattr(self, "guessed_", []), len(x)]
            return super()._guessed(x, cond)

    model = Watched(**SMALL, validation_fraction=0.5).fit(shapes(400)[0], listener=None)
    assert model.sizes_ == model.guessed_ == [128, 72]
