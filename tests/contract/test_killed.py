"""``kill -9`` in the middle of a fit: the next one ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from sklearn.base import clone

from drawlike.errors import CheckpointError, SettingError
from drawlike.events import History
from drawlike.models import GAN, MADE, VAE
from tests.scenarios import shapes

VICTIM = """
import sys
from tests.contract.test_killed import MODELS, fit
fit(sys.argv[1], checkpoint=sys.argv[2]).save(sys.argv[3])
"""
# a checkpoint after 50 steps (VAE, MADE) and 100 (GAN): as many again are left to be killed in
MODELS = {
    "vae": VAE(max_steps=125, hidden=(32,), n_latent=4, random_state=0),
    "gan": GAN(max_steps=250, hidden=(64,), network="dense", random_state=0),
    "made": MADE(max_steps=125, hidden=(32,), order="any", n_components=2, random_state=0),
}


def fit(name, checkpoint=None, listener=None):
    X, y = shapes(200)
    return clone(MODELS[name]).fit(X, y, listener=listener, checkpoint=checkpoint)


def start_victim(name, checkpoint, out):
    threads = {"OMP_NUM_THREADS": str(torch.get_num_threads())}  # sums in the same order
    words = [sys.executable, "-c", VICTIM, name, str(checkpoint), str(out)]
    return subprocess.Popen(words, env=os.environ | threads)


def until(ready, process, seconds=120):
    deadline = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None, "the fit ended before it could be killed"
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.005)


@pytest.mark.parametrize(
    "name", ["gan", *(pytest.param(n, marks=pytest.mark.slow) for n in ("vae", "made"))]
)
def test_a_killed_fit_goes_on_to_the_same_bytes(name, tmp_path):
    checkpoint = tmp_path / "checkpoint"
    victim = start_victim(name, checkpoint, tmp_path / "never")
    until((checkpoint / "manifest.json").exists, victim)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    assert not (tmp_path / "never" / "manifest.json").exists()
    history = History()
    resumed, whole = fit(name, checkpoint, history), fit(name)
    assert any("resumed at step" in (event.message or "") for event in history)
    weights = [model._state()["weights"] for model in (whole, resumed)]
    assert weights[0].keys() == weights[1].keys()
    for key, array in weights[0].items():
        np.testing.assert_array_equal(array, weights[1][key], err_msg=key)


def test_a_checkpoint_is_for_one_fit(tmp_path, rng):
    X = rng.normal(size=(100, 2))
    VAE(max_steps=50, random_state=0).fit(X, listener=None, checkpoint=tmp_path / "c")
    with pytest.raises(CheckpointError, match="another fit"):
        VAE(max_steps=50, random_state=0).fit(X + 1, listener=None, checkpoint=tmp_path / "c")
    with pytest.raises(CheckpointError, match="seed"):
        VAE(max_steps=50, random_state=1).fit(X, listener=None, checkpoint=tmp_path / "c")
    with pytest.raises(SettingError, match="random_state"):
        GAN(max_steps=50).fit(X, listener=None, checkpoint=tmp_path / "d")
