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
from .sequence import SequenceMixin

MIXINS: dict[str, type] = {
    "density": DensityMixin,
    "classifier": ClassifierMixin,
    "conditional": ConditionalMixin,
    "latent": LatentMixin,
    "incremental": IncrementalMixin,
    "sequence": SequenceMixin,
}


def capabilities(model: GenerativeModel | type[GenerativeModel]) -> dict[str, Any]:
    """Tell what a model, or a class of models, can do.

    ``density`` is "exact", "lower bound", "estimate" or "", ``kinds`` lists the kinds of
    data, among them "sequence" for models of sequences, the others are truth values.
    """
    example = model() if isinstance(model, type) else model
    return {
        "kinds": example.kinds,
        "density": example.density if isinstance(example, DensityMixin) else "",
        "classifier": isinstance(example, ClassifierMixin),
        "conditional": isinstance(example, ConditionalMixin),
        "latent": isinstance(example, LatentMixin),
        "incremental": isinstance(example, IncrementalMixin),
        "missing": example.allows_missing,
        "keeps training rows": example.contains_training_rows,
    }
