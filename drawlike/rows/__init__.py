"""Encoded rows on their way through a model."""

from .batch import Batch, Encoded
from .memory import Rows
from .sequence_stream import SequenceStream
from .sequences import SequenceBatch, Sequences
from .stream import Stream

__all__ = ["Batch", "Encoded", "Rows", "SequenceBatch", "SequenceStream", "Sequences", "Stream"]
