"""The contract of every model, and the capabilities a model may have."""

from .capabilities import MIXINS, capabilities
from .classifier import ClassifierMixin
from .conditional import ConditionalMixin
from .density import DensityMixin
from .incremental import IncrementalMixin
from .latent import LatentMixin
from .model import GenerativeModel
from .randomness import RandomState, torch_generator
from .run import Run, choose_device
from .sequence import SequenceMixin
from .settings import check_counts, check_known

__all__ = [
    "MIXINS",
    "ClassifierMixin",
    "ConditionalMixin",
    "DensityMixin",
    "GenerativeModel",
    "IncrementalMixin",
    "LatentMixin",
    "RandomState",
    "Run",
    "SequenceMixin",
    "capabilities",
    "check_counts",
    "check_known",
    "choose_device",
    "torch_generator",
]
