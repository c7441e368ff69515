"""Every model that follows gradients follows them by any optimizer."""

import numpy as np
import pytest
from sklearn.base import clone

from drawlike.errors import SettingError
from tests.scenarios import IMAGES, MODELS, shapes, two_modes

CASES = MODELS | IMAGES
# the mixture that "gan" begins at is kept where ten steps do not better it
LEARNERS = [n for n in CASES if "optimizer" in CASES[n].fast.get_params() and n != "gan"]


def drawn(name, optimizer):
    model = clone(CASES[name].fast).set_params(optimizer=optimizer, max_steps=10)
    X = shapes(60)[0] if name in IMAGES else two_modes(60)
    return model.fit(X, listener=None).sample(5, random_state=0).astype(float)


def test_all_that_follow_gradients_are_here():
    assert {"gan-minimax", "vae", "vaegan", "made", "transformer", "pixelcnn"} <= set(LEARNERS)


@pytest.mark.parametrize("name", LEARNERS)
def test_an_optimizer_by_name(name):
    adam, *others = (drawn(name, optimizer) for optimizer in ("adam", "momentum", "extragradient"))
    for other in others:
        assert np.isfinite(other).all()
        assert not np.array_equal(adam, other)


@pytest.mark.parametrize("name", LEARNERS)
def test_an_unknown_optimizer(name):
    with pytest.raises(SettingError, match=r"optimizer='adagrad'.*momentum"):
        drawn(name, "adagrad")
