"""MADE: ``model`` is the whole of it, ``orders`` says which order is taken when."""

from .model import MADE

__all__ = ["MADE"]
