"""Ctrl-C, kill -9 and what is left afterwards."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from drawlike import load

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def rows(tmp_path):
    """Enough rows that a GAN does not end at once."""
    path = tmp_path / "rows.npz"
    np.savez(path, X=np.random.default_rng(0).normal(size=(400, 2)))
    return path


def asked(rows, folder, steps):
    """Words for a small GAN, whose first checkpoint comes after 100 steps."""
    settings = ["--set", f"max_steps={steps}", "--set", "hidden=[16]"]
    return ["fit", rows, "--out", folder, "--model", "gan", *settings]


def start(words):
    """The program in a process of its own, whose sums run in the order of this one's."""
    return subprocess.Popen(
        [sys.executable, "-c", "from drawlike.cli import main; main()", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": str(torch.get_num_threads())},
    )


def wait_for(path, process):
    """Wait until the program has written a file."""
    for _ in range(12_000):
        if path.exists() or process.poll() is not None:
            return
        time.sleep(0.005)
    raise AssertionError(f"{path} did not appear")


def test_ctrl_c_keeps_a_usable_model_and_says_so(rows, tmp_path):
    folder = tmp_path / "m"
    process = start(asked(rows, folder, steps=1_000_000))
    wait_for(folder / "checkpoint" / "manifest.json", process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Interrupted; the model so far is kept" in out
    assert "--resume" in out
    assert "Traceback" not in err
    assert load(folder).sample(3, random_state=0).shape == (3, 2)


def test_a_killed_fit_is_resumed_to_the_same_bytes(drawlike, rows, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = start(asked(rows, killed, steps=250))
    wait_for(killed / "checkpoint" / "manifest.json", process)
    process.kill()
    process.communicate(timeout=60)
    assert not (killed / "manifest.json").exists(), "killed before the end"
    resumed = drawlike(*asked(rows, killed, steps=250), "--resume")
    assert "resumed at step" in resumed.err
    assert drawlike(*asked(rows, whole, steps=250)).code == 0
    arrays = [(folder / "arrays.safetensors").read_bytes() for folder in (killed, whole)]
    assert arrays[0] == arrays[1]
    assert not (killed / "checkpoint").exists()


def test_an_interrupted_fit_is_not_overwritten_by_accident(drawlike, rows, tmp_path):
    (tmp_path / "m" / "checkpoint").mkdir(parents=True)
    again = drawlike("fit", rows, "--out", tmp_path / "m")
    assert again.code == 1
    assert "--resume" in again.err
    assert drawlike("fit", rows, "--out", tmp_path / "m", "--overwrite").code == 0
