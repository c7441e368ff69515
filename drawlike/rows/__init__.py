"""Encoded rows on their way through a model."""

from .batch import Batch, Encoded
from .memory import Rows
from .stream import Stream

__all__ = ["Batch", "Encoded", "Rows", "Stream"]
