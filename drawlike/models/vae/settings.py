"""Which settings of a VAE make sense."""

from typing import Any

from ...base import check_counts, check_known, check_limits, check_widths
from ...base.settings import NOT_NEGATIVE, POSITIVE, Sense, check_numbers
from ...codecs.image import PIXELS
from ...errors import SettingError
from ...training import OPTIMIZERS, SCHEDULES

PRIORS = ("fitted", "normal", "vamp")
DRAWS = ("auto", "sample", "mean")
_COUNTS = ("n_latent", "channels", "batch_size", "max_steps", "n_pseudo")
_DRAWN = ("training_samples", "importance_samples")
_NUMBERS: dict[str, Sense] = {
    "beta": NOT_NEGATIVE,
    "free_bits": (lambda value: True, "nats of each dimension, 0 or more"),
    "warm_up": (lambda value: value < 1, "a share of the training, 0 to below 1"),
    "lr": POSITIVE,
}


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    check_known(model, prior=PRIORS, draw=DRAWS, pixels=PIXELS)
    check_known(model, optimizer=OPTIMIZERS, schedule=SCHEDULES)
    check_counts(model, *_COUNTS, *_DRAWN)
    check_numbers(model, _NUMBERS)
    check_limits(model)
    check_widths("hidden", model.hidden)
    if model.decoder_hidden is not None:
        check_widths("decoder_hidden", model.decoder_hidden)
    if model.free_bits and model.training_samples > 1:
        raise SettingError(
            f"free_bits={model.free_bits!r} is for the bound of one draw, whose KL has "
            f"dimensions; training_samples={model.training_samples} has none. Leave one out."
        )
