"""Which settings of a GAN make sense, and what those left open become."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ...base import check_counts, check_known
from ...errors import SettingError
from ...layout import Layout, Real
from ...losses.adversarial import LOSSES
from ...losses.penalties import PENALTIES
from ...training import OPTIMIZERS, cosine

SCHEDULES: dict[str, Callable[[float], float] | None] = {"plateau": None, "cosine": cosine}
LATENTS = ("auto", "normal", "mixture")
OF_PROBABILITIES = ("minimax", "non-saturating")  # losses that know how sure a critic is
MOST_COLUMNS = 32  # that a mixture is fitted to unasked


class Suited(NamedTuple):
    """Settings that depend on the latent."""

    latent: str
    lr: float
    betas: tuple[float, float]
    schedule: str
    batch_size: int
    max_steps: int


_DEFAULTS = (
    Suited("mixture", 1e-3, (0.0, 0.99), "cosine", 256, 3000),
    Suited("normal", 2e-4, (0.5, 0.999), "plateau", 128, 20_000),
)


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    check_known(model, loss=LOSSES, optimizer=OPTIMIZERS, latent=LATENTS)
    if model.schedule is not None:
        check_known(model, schedule=SCHEDULES)
    check_counts(model, "n_latent", "critic_steps", "packing", "penalty_every")
    check_counts(model, *(n for n in ("batch_size", "max_steps") if getattr(model, n) is not None))
    unknown = set(model.penalty or {}) - set(PENALTIES)
    if unknown:
        raise SettingError(f"penalty {unknown.pop()!r} is unknown; use {', '.join(PENALTIES)}.")
    _check_shares(model)
    if model.label_smoothing and model.loss not in OF_PROBABILITIES:
        raise SettingError(
            f"label_smoothing needs a loss of probabilities ({', '.join(OF_PROBABILITIES)}); "
            f"leave it out with loss={model.loss!r}."
        )
    if model.loss == "wasserstein" and not (model.penalty or model.clip_weights):
        raise SettingError(
            "loss='wasserstein' needs a critic whose slope is kept in bounds: add "
            "penalty={'gradient': 10} (WGAN-GP) or clip_weights=0.01 (WGAN)."
        )


def _check_shares(model: Any) -> None:
    if not 0 < model.top_k <= 1:
        raise SettingError(f"top_k={model.top_k!r}; use a share above 0, at most 1.")
    if not 0 <= model.label_smoothing < 0.5:
        raise SettingError(f"label_smoothing={model.label_smoothing!r}; use 0 to below .5.")
    if not model.instance_noise >= 0:
        raise SettingError(f"instance_noise={model.instance_noise!r}; use 0 or more.")


def suited(model: Any, layout: Layout) -> Suited:
    """Settings of the model, those left at None by what suits the latent."""
    latent = model.latent
    if latent == "auto":
        latent = "mixture" if _is_plain(model) and _is_low(layout) else "normal"
    if latent == "mixture" and not (_is_plain(model) and all_real(layout)):
        raise SettingError(
            "latent='mixture' is for real columns, without packing and n_signs; use 'normal'."
        )
    defaults = next(found for found in _DEFAULTS if found.latent == latent)
    names = set(Suited._fields) - {"latent"}
    given = {n: getattr(model, n) for n in names if getattr(model, n) is not None}
    return defaults._replace(**given)


def all_real(layout: Layout) -> bool:
    """Whether all columns are real numbers."""
    return all(isinstance(block, Real) for block in layout.blocks)


def _is_plain(model: Any) -> bool:
    return model.packing == 1 and model.n_signs == 0


def _is_low(layout: Layout) -> bool:
    return all_real(layout) and layout.width <= MOST_COLUMNS
