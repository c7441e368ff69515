"""The contract of every model, and the capabilities a model may have."""

from .mixins import MIXINS, DensityMixin, LatentMixin, capabilities
from .model import GenerativeModel
from .randomness import RandomState, torch_generator
from .run import Run, choose_device
from .settings import check_counts, check_known

__all__ = [
    "MIXINS",
    "DensityMixin",
    "GenerativeModel",
    "LatentMixin",
    "RandomState",
    "Run",
    "capabilities",
    "check_counts",
    "check_known",
    "choose_device",
    "torch_generator",
]
