"""The one gradient loop: it decides when weights move, never what is learned.

A :class:`Player` is a network and a loss that gives **one value per row**; a VAE has one
player, a GAN two. A :class:`Step` turns a player and a batch into one update. Every
``every`` steps :func:`train` pauses: it checks that all is finite (and rolls back if not),
asks the :class:`Monitor` how good the model is, and writes a checkpoint.
"""

from .balance import CLASS_SAMPLINGS, Balance, check_class_sampling, is_rare
from .checkpoint import Checkpoint
from .clock import SCHEDULES, Clock, cosine, warm_cosine
from .film import Camera, Film
from .loop import Progress, train
from .monitor import Average, Monitor
from .optimizers import OPTIMIZERS
from .player import (
    Player,
    Reduce,
    Step,
    Turn,
    extragradient,
    in_turn,
    plain_step,
    weighted_mean,
)
from .precision import Half
from .sampler import Shuffled, hold_back
from .state import to_numpy, to_torch
from .stopping import STOPS, check_stop

__all__ = [
    "CLASS_SAMPLINGS",
    "OPTIMIZERS",
    "SCHEDULES",
    "STOPS",
    "Average",
    "Balance",
    "Camera",
    "Checkpoint",
    "Clock",
    "Film",
    "Half",
    "Monitor",
    "Player",
    "Progress",
    "Reduce",
    "Shuffled",
    "Step",
    "Turn",
    "check_class_sampling",
    "check_stop",
    "cosine",
    "extragradient",
    "hold_back",
    "in_turn",
    "is_rare",
    "plain_step",
    "to_numpy",
    "to_torch",
    "train",
    "warm_cosine",
    "weighted_mean",
]
