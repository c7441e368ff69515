"""What an RBM's settings mean for its units: checks, and defaults that depend on the data."""

import math
from typing import Any

import numpy as np

from ...base import check_counts, check_known, check_truths, is_amount
from ...errors import SettingError
from ...networks.boltzmann import Boltzmann
from ...networks.units import VISIBLE, Units
from ...statistics.boltzmann.partition import EFFORTS
from ...training.contrastive import SCHEDULES, Contrast

_FEWEST_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 1000, 10, 300
_PLAIN_RATE, _ADAM_RATE, _NORMAL_RATE = 0.05, 0.01, 0.1
_TRAIN_TEMPERATURES = 5
_VARIANCES = ("learned", "unit")
_COUNTS = (
    "n_components",
    "batch_size",
    "n_chains",
    "n_gibbs",
    "n_temperatures",
    "n_sweeps",
    "ais_chains",
    "ais_temperatures",
)


def check(model: Any) -> None:
    """Refuse settings that make no sense.

    Raises
    ------
    SettingError
        Saying which, and what to use.
    """
    optional = [n for n in ("n_iter", "train_temperatures") if getattr(model, n) is not None]
    check_counts(model, *_COUNTS, *optional)
    check_known(model, visible=VISIBLE, variance=_VARIANCES, schedule=SCHEDULES, partition=EFFORTS)
    check_truths(model, "persistent", "centered")
    for name in ("learning_rate", "max_seconds"):
        value = getattr(model, name)
        if value is not None and not (is_amount(value) and value > 0):
            raise SettingError(f"{name}={value!r}; use more than 0, or None.")
    for name in ("momentum", "weight_decay"):
        value = getattr(model, name)
        if not (is_amount(value) and value < 1):
            raise SettingError(f"{name}={value!r}; use 0 or more, below 1.")


def contrast(model: Any, units: Units, n_rows: int) -> Contrast:
    """How the gradient is estimated."""
    usual = 1 if units.all_binary else _TRAIN_TEMPERATURES
    return Contrast(
        batch_size=min(model.batch_size, n_rows),
        n_chains=model.n_chains,
        n_gibbs=model.n_gibbs,
        persistent=model.persistent,
        centered=model.centered,
        momentum=model.momentum,
        weight_decay=model.weight_decay,
        n_temperatures=model.train_temperatures or usual,
    )


def rate(model: Any, machine: Boltzmann) -> float:
    """The learning rate at the start.

    A normal unit's noise and its hidden units cancel but for about its variance, to which
    steps have to be small.
    """
    if model.learning_rate is not None:
        return model.learning_rate
    if machine.units.all_binary:
        return _PLAIN_RATE
    smallest = float(machine.log_variance.min().exp()) if machine.units.n_normal else 1.0
    return min(_ADAM_RATE, _NORMAL_RATE * smallest)


def epochs(model: Any, n_rows: int) -> int:
    """How often the rows are gone over."""
    if model.n_iter:
        return model.n_iter
    steps = math.ceil(n_rows / model.batch_size)
    return int(np.clip(math.ceil(_FEWEST_STEPS / steps), _FEWEST_EPOCHS, _MOST_EPOCHS))
