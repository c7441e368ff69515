"""The models, a file a family, and how a kept model comes back."""

import warnings
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from .. import store
from ..base import GenerativeModel
from ..errors import CorruptStoreError, SettingError, StoreError
from .autoregressive import Autoregressive
from .gan import GAN
from .gaussian import Gaussian
from .gaussian_hmm import GaussianHMM
from .gaussian_mixture import GaussianMixture
from .kde import KDE
from .latent_class import LatentClass
from .made import MADE
from .pixelcnn import PixelCNN
from .rbm import RBM
from .topk import TopK
from .transformer import Transformer
from .vae import VAE
from .vaegan import VAEGAN

MODELS: dict[str, type[GenerativeModel]] = {
    "gaussian": Gaussian,
    "gaussian-mixture": GaussianMixture,
    "gaussian-hmm": GaussianHMM,
    "kde": KDE,
    "rbm": RBM,
    "topk": TopK,
    "vae": VAE,
    "gan": GAN,
    "vaegan": VAEGAN,
    "latent-class": LatentClass,
    "autoregressive": Autoregressive,
    "made": MADE,
    "pixelcnn": PixelCNN,
    "transformer": Transformer,
}

__all__ = [
    "GAN",
    "KDE",
    "MADE",
    "MODELS",
    "RBM",
    "VAE",
    "VAEGAN",
    "Autoregressive",
    "Gaussian",
    "GaussianHMM",
    "GaussianMixture",
    "LatentClass",
    "PixelCNN",
    "TopK",
    "Transformer",
    "find",
    "load",
    "registered",
]


@cache
def registered() -> dict[str, type[GenerativeModel]]:
    """Every model by name: ours, and those of the entry points ``drawlike.models``."""
    found = {entry.name: entry.load() for entry in entry_points(group="drawlike.models")}
    return found | MODELS


def find(name: str) -> type[GenerativeModel]:
    """Give the class of a model's name."""
    if name not in registered():
        raise SettingError(f"There is no model {name!r}; use one of {', '.join(registered())}.")
    return registered()[name]


def load(folder: str | Path) -> GenerativeModel:
    """Bring back a model that ``save`` kept; nothing in the folder is ever executed."""
    content = store.unpack(*store.load(Path(folder)))
    if not isinstance(content, dict) or content.get("model") not in registered():
        named = content.get("model") if isinstance(content, dict) else None
        raise StoreError(
            f"{folder} holds a model named {named!r}, which this installation does not know; "
            f"it knows {', '.join(registered())}."
        )
    try:
        model = _revived(content)
    except (AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise CorruptStoreError(
            f"The manifest in {folder} lacks or garbles something "
            f"({type(error).__name__}: {error}); use another copy."
        ) from error
    if model.contains_training_rows:
        warnings.warn(
            f"The model in {folder} contains training rows: do not share it.", stacklevel=2
        )
    return model


def _revived(content: dict[str, Any]) -> GenerativeModel:
    """Make a model of its content; a model among its settings is made first."""
    settings = content["settings"]
    inner = {
        name: _revived(value)
        for name, value in settings.items()
        if isinstance(value, dict) and {"model", "state"} <= value.keys()
    }
    kept = content | {"settings": settings | inner}
    return registered()[content["model"]].from_content(kept)
