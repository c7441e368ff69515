"""Which settings of a VAE-GAN make sense."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base import check_counts, check_known, check_limits
from ...base.settings import (
    DECAY,
    NOT_NEGATIVE,
    POSITIVE,
    Sense,
    check_betas,
    check_numbers,
    check_penalty,
    filled_in,
)
from ...codecs.image import PIXELS
from ...errors import SettingError
from ...losses.adversarial import LOSSES
from ...training import OPTIMIZERS, SCHEDULES

# weight of the reconstruction in the decoder's loss
SIMILARITIES = {"learned": 0.1, "plain": 1.0}
PRIORS = ("fitted", "normal")


class Suited(NamedTuple):
    """Settings that depend on the loss."""

    penalty: Mapping[str, float]
    lr: float
    betas: tuple[float, float]


_PAIRS = Suited({"r1": 1.0, "r2": 1.0}, lr=2e-3, betas=(0.0, 0.99))  # docs/decisions/018
_CLASSIC = Suited({}, lr=5e-4, betas=(0.5, 0.99))
_NUMBERS: dict[str, Sense] = {
    "beta": NOT_NEGATIVE,
    "warm_up": (lambda value: value < 1, "a share of the training, 0 to below 1"),
    "gamma": NOT_NEGATIVE,
    "average": DECAY,
    "lr": POSITIVE,
    "critic_lr": POSITIVE,
}


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    known = {"similarity": SIMILARITIES, "prior": PRIORS, "loss": LOSSES}
    check_known(model, **known, optimizer=OPTIMIZERS, schedule=SCHEDULES, pixels=PIXELS)
    check_counts(model, "n_latent", "channels", "batch_size", "max_steps")
    check_numbers(model, _NUMBERS, may_be_open=("gamma", "lr", "critic_lr"))
    check_betas(model.betas)
    check_limits(model)
    _check_widths(model.hidden)
    _check_loss(model)


def _check_widths(widths: Any) -> None:
    is_list = isinstance(widths, Sequence) and not isinstance(widths, str) and len(widths)
    if not (is_list and all(isinstance(w, int | np.integer) and w > 0 for w in widths)):
        raise SettingError(
            f"hidden={widths!r}; use a list of whole numbers, 1 or more: the last is how many "
            "features the critic compares rows by."
        )


def _check_loss(model: Any) -> None:
    check_penalty(model.penalty)
    if model.loss == "wasserstein" and not any((model.penalty or {}).values()):
        raise SettingError(
            "loss='wasserstein' needs a critic whose slope is kept in bounds: add "
            "penalty={'gradient': 10}."
        )


def suited(model: Any) -> Suited:
    """Settings of the model, those left at None by what suits its loss."""
    return filled_in(model, _PAIRS if model.loss == "relativistic" else _CLASSIC)
