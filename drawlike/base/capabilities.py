"""Capabilities: a mixin each, with a public verb and a private hook.

A model can do what the mixins it inherits say; :func:`capabilities` reads them, and the
command line, the documentation and the contract tests read :func:`capabilities`.
"""

from typing import Any

from .classifier import ClassifierMixin
from .conditional import ConditionalMixin
from .density import DensityMixin
from .incremental import IncrementalMixin
from .latent import LatentMixin
from .model import GenerativeModel
from .restoration import RestorationMixin

MIXINS: dict[str, type] = {
    "density": DensityMixin,
    "classifier": ClassifierMixin,
    "conditional": ConditionalMixin,
    "latent": LatentMixin,
    "restoration": RestorationMixin,
    "incremental": IncrementalMixin,
}


def capabilities(model: GenerativeModel | type[GenerativeModel]) -> dict[str, Any]:
    """Tell what a model, or a class of models, can do.

    ``density`` is "exact", "lower bound", "estimate" or "", ``kinds`` lists the kinds of
    data, among them "sequence" for models of sequences, the others are truth values.
    """
    example = model() if isinstance(model, type) else model
    able: dict[str, Any] = {name: isinstance(example, mixin) for name, mixin in MIXINS.items()}
    return {
        "kinds": example.kinds,
        **able,
        "density": example.density if able["density"] else "",
        "missing": example.allows_missing,
        "keeps training rows": example.contains_training_rows,
    }
