"""What a fit takes, by what was measured on one core."""

import math

from torch import Tensor

from ...events import Emitter
from ...networks import NADE

_PASSES, _CELLS_PASSED = (2, 6), 600_000_000  # of latent classes: fewer where cells are very many
_SECONDS_A_PRODUCT, _SECONDS_A_WEIGHT = 4e-11, 1.3e-8  # of a step of training
_SECONDS_A_CLASS = 1e-9  # of a cell, when latent classes pass over it
_LONG = 300.0  # CPU seconds of which a user is told before


def passes_over(codes: Tensor) -> int:
    """How often latent classes pass over all cells: the more rows, the more each pass tells."""
    fewest, most = _PASSES
    return min(most, max(fewest, _CELLS_PASSED // max(1, codes.numel())))


def tell_if_long(
    net: NADE,
    codes: Tensor,
    n_steps: int,
    batch_size: int,
    *,
    max_seconds: float | None,
    events: Emitter,
) -> None:
    """Say before a long fit what it takes."""
    steps = min(n_steps * seconds_of_a_step(net, batch_size), max_seconds or math.inf)
    seconds = steps + seconds_of_classes(net, codes)
    if seconds > _LONG:
        events.warning(
            f"this fit takes about {seconds / 60:.0f} minutes of a CPU core, {steps / 60:.0f} of "
            f"them for {n_steps} steps: max_steps= or max_seconds= limit these, and LatentClass "
            "takes less"
        )


def seconds_of_classes(net: NADE, codes: Tensor) -> float:
    """About how long latent classes learn, in CPU seconds."""
    return _SECONDS_A_CLASS * codes.numel() * passes_over(codes) * net.classes.shape[1]


def seconds_of_a_step(net: NADE, batch_size: int) -> float:
    """About how long products of rows take, and moves of weights, in CPU seconds."""
    products = batch_size * len(net.own) * (3 * len(net.start) + net.classes.shape[1])
    n_weights = sum(weight.numel() for weight in net.parameters())
    return _SECONDS_A_PRODUCT * products + _SECONDS_A_WEIGHT * n_weights
