"""The alarm of a posterior collapse."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits, load_wine

from drawlike.base.activity import Activity
from drawlike.events import Emitter, History
from drawlike.models import VAE


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


@pytest.mark.parametrize(
    "name", ["ring", *(pytest.param(name, marks=pytest.mark.slow) for name in ("wine", "digits"))]
)
def test_a_collapse_is_named_and_health_is_not(name):
    history = History()
    settings = {"hidden": (64,), "random_state": 0}
    VAE(**settings, max_steps=600, warm_up=0.5).fit(DATA[name](), listener=history)
    assert not alarms(history)
    assert history.curve("active units")[1][-1] >= 1

    VAE(**settings, max_steps=400, beta=50.0).fit(DATA[name](), listener=history)
    (message,) = alarms(history)
    assert "0 of 16 latent units" in message
    assert "above 0.01" in message
    assert "warm_up" in message


def test_units_are_counted_by_the_variance_of_their_means():
    history = History()
    activity = Activity(Emitter(history))
    means = torch.tensor([[1.0, 0.05, 0.2], [1.0, -0.05, -0.2]])  # variances 0, .0025, .04
    activity.check(means, torch.zeros(2, 3), 7)
    assert history.curve("active units") == ([7], [1.0])


def test_a_late_waking_unit_raises_no_alarm_and_a_collapse_one():
    history = History()
    activity = Activity(Emitter(history))
    still = torch.zeros(5, 2)
    idle, awake = (still, still), (torch.arange(10.0).reshape(5, 2), still)
    for posterior in (idle, idle, idle, awake, idle, idle, idle):
        activity.check(*posterior, 0)
    assert not alarms(history)
    activity.check(*idle, 8)
    activity.check(*idle, 9)
    activity.conclude(*idle, 9)
    (message,) = alarms(history)
    assert "at step 8" in message


def test_units_that_move_and_say_nothing_are_a_collapse():
    history = History()
    means = torch.linspace(-0.3, 0.3, 9)[:, None]  # variance .0375: active, and .019 nats
    Activity(Emitter(history)).conclude(means, torch.zeros(9, 1), 3)
    (message,) = alarms(history)
    assert "1 of 1 latent units are active" in message
    assert "0.019 nats" in message
