"""Rare classes: rows resampled or drawn anew, and classifiers that stay calibrated."""

from .classifier import BalancedClassifier
from .generation import Rebalancer
from .interpolation import ADASYN, SMOTE, BorderlineSMOTE
from .leaks import Leak, find_leaks
from .rare_values import relevance
from .reporting import BalanceReport, balance_report
from .samplers import SAMPLERS
from .selection import RandomOverSampler, RandomUnderSampler
from .weights import class_weights, sample_weights

__all__ = [
    "ADASYN",
    "SAMPLERS",
    "SMOTE",
    "BalanceReport",
    "BalancedClassifier",
    "BorderlineSMOTE",
    "Leak",
    "RandomOverSampler",
    "RandomUnderSampler",
    "Rebalancer",
    "balance_report",
    "class_weights",
    "find_leaks",
    "relevance",
    "sample_weights",
]
