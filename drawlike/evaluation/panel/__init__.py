"""The panel: every metric with its direction, unit, meaning and source, by aspect.

A new metric is a function in a file of its subject, and a record here.
"""

from ..metric import Metric
from .choosing import choose
from .classes import CLASSES
from .copying import COPYING
from .diversity import DIVERSITY
from .fidelity import FIDELITY
from .likelihood import LIKELIHOOD
from .utility import UTILITY

PANEL: tuple[Metric, ...] = (
    *FIDELITY,
    *DIVERSITY,
    *COPYING,
    *UTILITY,
    *LIKELIHOOD,
    *CLASSES,
)

__all__ = ["PANEL", "choose"]
