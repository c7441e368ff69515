"""What must agree before a checkpoint is continued."""

import numpy as np
import pytest

from drawlike.errors import CheckpointError
from drawlike.events import History
from drawlike.models import VAE, Gaussian, load
from tests.scenarios import two_modes

X = two_modes(100)


def vae(**settings):
    return VAE(**{"max_steps": 50, "hidden": (8,), "n_latent": 2, "random_state": 0} | settings)


def resumed(model, folder):
    history = History()
    model.fit(X, checkpoint=folder, listener=history)
    return any("resumed" in (event.message or "") for event in history)


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_any_kind_of_seed_can_go_on(kind, tmp_path):
    assert not resumed(vae(random_state=kind(3)), tmp_path)
    assert resumed(vae(random_state=kind(3)), tmp_path)


def test_a_loaded_model_can_go_on(tmp_path):
    vae().fit(X, checkpoint=tmp_path / "c", listener=None).save(tmp_path / "m")
    assert resumed(load(tmp_path / "m"), tmp_path / "c")


def test_other_settings_and_other_folders_are_refused(tmp_path):
    vae().fit(X, checkpoint=tmp_path / "c", listener=None)
    with pytest.raises(CheckpointError, match="settings"):
        vae(lr=0.1).fit(X, checkpoint=tmp_path / "c")
    Gaussian().fit(X).save(tmp_path / "m")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        vae().fit(X, checkpoint=tmp_path / "m")
