"""Attacks on the people in the data, each with the hold-out as control.

The definitions are those of Giomi et al. (2023, "A unified framework for quantifying privacy
risk in synthetic data", PoPETs, arXiv:2211.10459). What an attacker also reaches on rows that
the generator never saw is knowledge of the population; only what goes beyond it is a leak.
"""

from .inference import inference
from .linkability import linkability
from .singling_out import multivariate, univariate

__all__ = ["inference", "linkability", "multivariate", "univariate"]
