"""Likelihoods of variables that come one after the other: ``family`` is their contract."""

from .bits import Bits
from .codes import Codes, Gated
from .family import Family
from .mixture import Mixture

__all__ = ["Bits", "Codes", "Family", "Gated", "Mixture"]
