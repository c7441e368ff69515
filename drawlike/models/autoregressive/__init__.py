"""Autoregressive: ``model`` is the whole of it, ``coding`` turns encoded rows into codes."""

from .model import Autoregressive

__all__ = ["Autoregressive"]
