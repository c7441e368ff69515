"""The alarm of a posterior collapse."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_wine

from drawlike.events import Emitter, History
from drawlike.models import VAE
from drawlike.models.vae.activity import Activity


def alarms(history):
    return [e.message for e in history if e.kind == "warning" and e.name == "posterior collapse"]


def ring(n=1000):
    angle = np.arange(n) % 8 * np.pi / 4
    noise = np.random.default_rng(0).normal(0, 0.01, (n, 2))
    return np.c_[np.cos(angle), np.sin(angle)] + noise


DATA = {
    "digits": lambda: load_digits().images.astype(np.uint8),
    "wine": lambda: load_wine().data,
    "ring": ring,
}


@pytest.mark.parametrize("name", DATA)
def test_a_collapse_is_named_and_health_is_not(name):
    history = History()
    settings = {"max_steps": 400, "hidden": (64,), "random_state": 0}
    VAE(**settings).fit(DATA[name](), listener=history)
    assert not alarms(history)
    assert history.curve("active units")[1][-1] >= 1

    VAE(**settings, beta=1000.0).fit(DATA[name](), listener=history)
    (message,) = alarms(history)
    assert "0 of 16 latent units" in message
    assert "0.01 is active" in message
    assert "warm_up" in message


def test_units_are_counted_by_the_variance_of_their_means():
    history = History()
    activity = Activity(Emitter(history))
    means = torch.tensor([[1.0, 0.05, 0.2], [1.0, -0.05, -0.2]])  # variances 0, .0025, .04
    activity.check(means, 7)
    assert history.curve("active units") == ([7], [1.0])


def test_a_late_waking_unit_raises_no_alarm_and_a_collapse_one():
    history = History()
    activity = Activity(Emitter(history))
    idle, awake = torch.zeros(5, 2), torch.arange(10.0).reshape(5, 2)
    for means in (idle, idle, idle, awake, idle, idle, idle):
        activity.check(means, 0)
    assert not alarms(history)
    activity.check(idle, 8)
    activity.check(idle, 9)
    activity.conclude(idle)
    (message,) = alarms(history)
    assert "at step 8" in message
