"""Which settings of a GAN make sense, and what those left open become."""

from collections.abc import Iterable, Mapping
from numbers import Integral
from typing import Any, NamedTuple

from ...base import check_counts, check_known, check_truths, is_coded
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
from ...errors import SettingError
from ...layout import Layout, Real
from ...losses.adversarial import LOSSES
from ...networks import ACTIVATIONS, AUGMENTATIONS, use_convolutions
from ...training import OPTIMIZERS, SCHEDULES
from .judging import REFINEMENTS
from .networks import NETWORKS, NORMS

LATENTS = ("auto", "normal", "mixture", "rows")
OF_PROBABILITIES = ("minimax", "non-saturating")  # losses that know how sure a critic is
_MOMENTUM = 0.9
MOST_COLUMNS = 32  # that a mixture is fitted to unasked


class Suited(NamedTuple):
    """Settings that depend on the data."""

    latent: str
    loss: str
    penalty: Mapping[str, float]
    penalty_every: int
    lr: float
    betas: tuple[float, float]
    schedule: str
    batch_size: int
    max_steps: int
    patience: int


_NUMBERS: dict[str, Sense] = {
    "top_k": (lambda value: 0 < value <= 1, "a share above 0, at most 1"),
    "label_smoothing": (lambda value: value < 0.5, "0 to below .5"),
    "instance_noise": NOT_NEGATIVE,
    "average": DECAY,
    "n_signs": (lambda value: isinstance(value, Integral), "a whole number, 0 or more"),
    "augment_rate": (lambda value: value <= 1, "a probability, or None to follow the critic"),
    "max_seconds": NOT_NEGATIVE,
    "lr": POSITIVE,
    "critic_lr": POSITIVE,
    "clip_gradients": POSITIVE,
    "clip_weights": POSITIVE,
    "truncation": POSITIVE,
}
_MAY_BE_OPEN = {
    "lr",
    "critic_lr",
    "clip_gradients",
    "clip_weights",
    "augment_rate",
    "max_seconds",
    "truncation",
}
_CLASSIC = Suited(
    latent="normal",
    loss="non-saturating",
    penalty={},
    penalty_every=1,
    lr=2e-4,
    betas=(0.5, 0.999),
    schedule="plateau",
    batch_size=128,
    max_steps=20_000,
    patience=20,
)
_MIXTURE = _CLASSIC._replace(  # docs/decisions/017
    latent="mixture",
    lr=1e-3,
    betas=(0.0, 0.99),
    schedule="cosine",
    batch_size=256,
    max_steps=3000,
    patience=5,
)
_PAIRS = Suited(  # docs/decisions/018
    latent="normal",
    loss="relativistic",
    penalty={"r1": 1.0, "r2": 1.0},
    penalty_every=4,
    lr=2e-3,
    betas=(0.0, 0.99),
    schedule="cosine",
    batch_size=256,
    max_steps=5000,
    patience=20,
)
_CLASSES = _PAIRS._replace(  # docs/decisions/026
    latent="mixture", lr=3e-4, max_steps=1500, patience=5
)
_PAIRS_OF_IMAGES = _PAIRS._replace(lr=4e-3, batch_size=64, max_steps=10_000)


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    check_known(model, optimizer=OPTIMIZERS, latent=LATENTS, network=NETWORKS)
    words: dict[str, Iterable[str]] = {
        "loss": LOSSES,
        "critic_network": NETWORKS,
        "activation": ACTIVATIONS,
        "norm": NORMS,
        "schedule": SCHEDULES,
        "refine": REFINEMENTS,
    }
    check_known(model, **{n: of for n, of in words.items() if getattr(model, n) is not None})
    check_counts(model, "n_latent", "critic_steps", "packing", "tries")
    counts = ("batch_size", "max_steps", "patience", "penalty_every", "width")
    check_counts(model, *(n for n in counts if getattr(model, n) is not None))
    check_truths(model, "spectral_norm", "minibatch_std")
    check_numbers(model, _NUMBERS, _MAY_BE_OPEN)
    check_betas(model.betas)
    check_penalty(model.penalty)
    _check_augment(model)
    if model.label_smoothing and model.loss not in (None, *OF_PROBABILITIES):
        raise SettingError(
            f"label_smoothing needs a loss of probabilities ({', '.join(OF_PROBABILITIES)}); "
            f"leave it out with loss={model.loss!r}."
        )
    penalties = any((model.penalty or {}).values())
    is_bounded = model.clip_weights or model.spectral_norm or penalties
    if model.loss == "wasserstein" and not is_bounded:
        raise SettingError(
            "loss='wasserstein' needs a critic whose slope is kept in bounds: add "
            "penalty={'gradient': 10} (WGAN-GP), clip_weights=0.01 (WGAN) or spectral_norm=True."
        )


def augmentations(model: Any) -> tuple[str, ...]:
    """Names of the moves that a model asks for: one name, or several."""
    return (model.augment,) if isinstance(model.augment, str) else tuple(model.augment)


def _check_augment(model: Any) -> None:
    known = isinstance(model.augment, str | list | tuple)
    if not known or not set(augmentations(model)) <= set(AUGMENTATIONS):
        raise SettingError(
            f"augment={model.augment!r}; use one or several of {', '.join(AUGMENTATIONS)}."
        )


def suited(model: Any, layout: Layout) -> Suited:
    """Settings of the model, those left at None by what suits the latent."""
    latent = model.latent
    if latent == "auto":
        fits = _is_low(layout) or is_coded(layout)
        latent = "mixture" if fits and _is_plain(model) else "normal"
    if latent == "mixture" and not (_is_plain(model) and _can_be_mixed(layout)):
        raise SettingError(
            "latent='mixture' is for real columns and tables, without packing and n_signs; "
            "use 'normal'."
        )
    if latent == "rows" and model.n_signs:
        raise SettingError("n_signs are for latent='normal'; leave them out with latent='rows'.")
    defaults = _defaults(model, layout, latent)
    if model.optimizer == "momentum":
        defaults = defaults._replace(betas=(_MOMENTUM, 0.0))
    return filled_in(model, defaults, besides=("latent",))


def _defaults(model: Any, layout: Layout, latent: str) -> Suited:
    """What suits the data, unless the user has a game in mind."""
    plays_pairs = model.loss == "relativistic"
    if latent == "mixture" and not all_real(layout):
        return _CLASSES
    if latent == "mixture":
        penalty = _PAIRS.penalty if plays_pairs else {}
        return _MIXTURE._replace(penalty=penalty, penalty_every=_PAIRS.penalty_every)
    if plays_pairs or (model.loss is None and not model.label_smoothing):
        chosen = _PAIRS_OF_IMAGES if use_convolutions(layout, "auto") else _PAIRS
    else:
        chosen = _CLASSIC
    return chosen._replace(latent=latent)


def all_real(layout: Layout) -> bool:
    """Whether all columns are real numbers."""
    return all(isinstance(block, Real) for block in layout.blocks)


def _is_plain(model: Any) -> bool:
    return model.packing == 1 and model.n_signs == 0


def _can_be_mixed(layout: Layout) -> bool:
    return all_real(layout) or is_coded(layout)


def _is_low(layout: Layout) -> bool:
    return all_real(layout) and layout.width <= MOST_COLUMNS
