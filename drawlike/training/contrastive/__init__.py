"""Learning Boltzmann machines by contrastive divergence, with or without persistent chains.

The gradient of log p is a mean over rows less a mean over the machine's own states; chains
of Gibbs sweeps stand for the latter. A :class:`Learner` takes the steps: one for binary
visible units in compiled loops on the CPU, one for any units on any device.
"""

from .beginning import examples_of, initial_machine
from .contrast import Contrast, Examples, Learner, carried
from .course import SCHEDULES, Course, learn
from .learners import learner_for
from .watching import Watched, pseudo_likelihood, reconstruction_error

__all__ = [
    "SCHEDULES",
    "Contrast",
    "Course",
    "Examples",
    "Learner",
    "Watched",
    "carried",
    "examples_of",
    "initial_machine",
    "learn",
    "learner_for",
    "pseudo_likelihood",
    "reconstruction_error",
]
