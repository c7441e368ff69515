"""Which settings of a VAE-GAN make sense."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ...base import check_counts, check_known, check_limits, is_amount
from ...codecs.image import PIXELS
from ...errors import SettingError
from ...losses.adversarial import LOSSES
from ...losses.penalties import PENALTIES
from ...training import SCHEDULES

# weight of the reconstruction in the decoder's loss
SIMILARITIES = {"learned": 0.1, "plain": 1.0}
PRIORS = ("fitted", "normal")
_POSITIVE = (lambda value: value > 0, "a number above 0")
_NUMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "beta": (lambda value: True, "a number, 0 or more"),
    "warm_up": (lambda value: value < 1, "a share of the training, 0 to below 1"),
    "gamma": (lambda value: True, "a number, 0 or more"),
    "average": (lambda value: value <= 1, "a decay from 0 to 1"),
    "lr": _POSITIVE,
    "critic_lr": _POSITIVE,
}


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    known = {"similarity": SIMILARITIES, "prior": PRIORS, "loss": LOSSES}
    check_known(model, **known, schedule=SCHEDULES, pixels=PIXELS)
    check_counts(model, "n_latent", "channels", "batch_size", "max_steps")
    for name, (makes_sense, expected) in _NUMBERS.items():
        value = getattr(model, name)
        is_left_open = value is None and name in ("gamma", "critic_lr")
        if not is_left_open and not (is_amount(value) and makes_sense(value)):
            raise SettingError(f"{name}={value!r}; use {expected}.")
    check_limits(model)
    _check_widths(model.hidden)
    _check_penalty(model)


def _check_widths(widths: Any) -> None:
    is_list = isinstance(widths, Sequence) and not isinstance(widths, str) and len(widths)
    if not (is_list and all(isinstance(w, int | np.integer) and w > 0 for w in widths)):
        raise SettingError(
            f"hidden={widths!r}; use a list of whole numbers, 1 or more: the last is how many "
            "features the critic compares rows by."
        )


def _check_penalty(model: Any) -> None:
    penalty = model.penalty
    if not isinstance(penalty, Mapping | None):
        raise SettingError(f"penalty={penalty!r}; give names and weights, as {{'r1': 1.0}}.")
    for name, weight in (penalty or {}).items():
        if name not in PENALTIES or not is_amount(weight):
            raise SettingError(
                f"penalty {name!r} of weight {weight!r}; use numbers, 0 or more, for some of "
                f"{', '.join(PENALTIES)}."
            )
    if model.loss == "wasserstein" and not any((penalty or {}).values()):
        raise SettingError(
            "loss='wasserstein' needs a critic whose slope is kept in bounds: add "
            "penalty={'gradient': 10}."
        )
