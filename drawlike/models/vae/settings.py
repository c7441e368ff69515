"""Which settings of a VAE make sense."""

from collections.abc import Callable
from typing import Any

from ...base import check_counts, check_known, check_limits, check_widths, is_amount
from ...codecs.image import PIXELS
from ...errors import SettingError
from ...training import SCHEDULES

PRIORS = ("fitted", "normal", "vamp")
DRAWS = ("auto", "sample", "mean")
_COUNTS = ("n_latent", "channels", "batch_size", "max_steps", "n_pseudo")
_DRAWN = ("training_samples", "importance_samples")
_NUMBERS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "beta": (lambda value: True, "a number, 0 or more"),
    "free_bits": (lambda value: True, "nats of each dimension, 0 or more"),
    "warm_up": (lambda value: value < 1, "a share of the training, 0 to below 1"),
    "lr": (lambda value: value > 0, "a number above 0"),
}


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    check_known(model, prior=PRIORS, draw=DRAWS, schedule=SCHEDULES, pixels=PIXELS)
    check_counts(model, *_COUNTS, *_DRAWN)
    for name, (makes_sense, expected) in _NUMBERS.items():
        value = getattr(model, name)
        if not (is_amount(value) and makes_sense(value)):
            raise SettingError(f"{name}={value!r}; use {expected}.")
    check_limits(model)
    check_widths("hidden", model.hidden)
    if model.decoder_hidden is not None:
        check_widths("decoder_hidden", model.decoder_hidden)
    if model.free_bits and model.training_samples > 1:
        raise SettingError(
            f"free_bits={model.free_bits!r} is for the bound of one draw, whose KL has "
            f"dimensions; training_samples={model.training_samples} has none. Leave one out."
        )
