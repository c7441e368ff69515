"""Figures within each class by itself."""

from ..learning.class_c2st import c2st_of_classes
from ..metric import Metric
from .by_class import Each, by_class
from .copying import COPYING
from .diversity import DIVERSITY
from .fidelity import FIDELITY

CUT: dict[str, Each | None] = {
    "column shapes": None,
    "pair trends": None,
    "C2ST AUC": c2st_of_classes,
    "precision": None,
    "density": None,
    "recall": None,
    "coverage": None,
    "near copies": None,
}

CLASSES: tuple[Metric, ...] = tuple(
    by_class(metric, CUT[metric.name])
    for metric in (*FIDELITY, *DIVERSITY, *COPYING)
    if metric.name in CUT
)
