"""``kill -9`` in the middle of a fit: the next one ends with the same bytes."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from drawlike.errors import CheckpointError, SettingError
from drawlike.models import GAN, VAE, load

FIT = """
import sys
from tests.scenarios import shapes
from drawlike.models import GAN, VAE
X, y = shapes(200)
model = {model}
model.fit(X, y, listener=None, checkpoint=sys.argv[1] or None).save(sys.argv[2])
"""
MODELS = {
    "vae": "VAE(max_steps=300, hidden=(64,), random_state=0)",
    "gan": "GAN(max_steps=400, hidden=(64,), network='dense', random_state=0)",
}


def start(name, checkpoint, out):
    code = FIT.format(model=MODELS[name])
    return subprocess.Popen([sys.executable, "-c", code, str(checkpoint), str(out)])


def until(ready, process, seconds=120):
    deadline = time.monotonic() + seconds
    while not ready():
        assert process.poll() is None, "the fit ended before it could be killed"
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.005)


@pytest.mark.parametrize("name", MODELS)
def test_a_killed_fit_goes_on_to_the_same_bytes(name, tmp_path):
    whole = start(name, "", tmp_path / "whole")
    checkpoint = tmp_path / "checkpoint"
    victim = start(name, checkpoint, tmp_path / "never")
    until((checkpoint / "manifest.json").exists, victim)
    victim.send_signal(signal.SIGKILL)
    assert victim.wait() == -signal.SIGKILL
    assert not (tmp_path / "never" / "manifest.json").exists()
    assert start(name, checkpoint, tmp_path / "resumed").wait() == 0
    assert whole.wait() == 0
    weights = [load(tmp_path / which)._state()["weights"] for which in ("whole", "resumed")]
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
