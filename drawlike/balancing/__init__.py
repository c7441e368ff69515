"""Rare classes: rows resampled or drawn anew, and classifiers that stay calibrated."""

from .classifier import BalancedClassifier
from .generation import Rebalancer
from .interpolation import ADASYN, SMOTE, BorderlineSMOTE
from .leaks import Leak, find_leaks
from .selection import RandomOverSampler, RandomUnderSampler

__all__ = [
    "ADASYN",
    "SMOTE",
    "BalancedClassifier",
    "BorderlineSMOTE",
    "Leak",
    "RandomOverSampler",
    "RandomUnderSampler",
    "Rebalancer",
    "find_leaks",
]
