"""Samplers that need no model, by name."""

from .interpolation import ADASYN, SMOTE, BorderlineSMOTE
from .sampler import Sampler
from .selection import RandomOverSampler, RandomUnderSampler

SAMPLERS: dict[str, type[Sampler]] = {
    "over": RandomOverSampler,
    "under": RandomUnderSampler,
    "smote": SMOTE,
    "borderline": BorderlineSMOTE,
    "adasyn": ADASYN,
}
