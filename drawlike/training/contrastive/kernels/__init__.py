"""Stochastic gradient steps of a Boltzmann machine with binary visible units, compiled.

All arithmetic is in float32.
"""

from .arrays import Chains, Data, Rule, Weights
from .climbing import climb

__all__ = ["Chains", "Data", "Rule", "Weights", "climb"]
