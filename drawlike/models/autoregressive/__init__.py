"""Autoregressive, of which ``model`` is the whole."""

from .model import Autoregressive

__all__ = ["Autoregressive"]
