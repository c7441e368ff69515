"""Give it your data; it learns how they are distributed, draws more, and judges the copy.

The public names are imported when they are first used, so that ``import drawlike`` is
quick: torch, pandas and scikit-learn come later or not at all.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Auto": "experiment",
    "Autoregressive": "models.autoregressive",
    "Between": "codecs",
    "BalanceReport": "balancing",
    "BalancedClassifier": "balancing",
    "KDE": "models.kde",
    "MADE": "models.made",
    "MODELS": "models",
    "Dataset": "datasets",
    "Evaluation": "evaluation",
    "GAN": "models.gan",
    "Gaussian": "models.gaussian",
    "GaussianHMM": "models.gaussian_hmm",
    "GaussianMixture": "models.gaussian_mixture",
    "GenerativeModel": "base",
    "LatentClass": "models.latent_class",
    "PixelCNN": "models.pixelcnn",
    "RBM": "models.rbm",
    "Rebalancer": "balancing",
    "TopK": "models.topk",
    "Transformer": "models.transformer",
    "VAE": "models.vae",
    "VAEGAN": "models.vaegan",
    "balance_report": "balancing",
    "capabilities": "base",
    "choose": "experiment",
    "compare": "experiment",
    "evaluate": "evaluation",
    "load": "models",
    "read": "datasets",
    "show": "experiment",
    "split": "datasets",
    "stream": "datasets",
    "write": "datasets",
}

__all__ = ["__version__", *_HOME]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    """Import a public name from its module (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *_HOME})
