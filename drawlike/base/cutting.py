"""Sequences as a user gives them."""

from dataclasses import replace
from typing import Any

import numpy as np

from ..codecs.sequence import cut
from ..datasets import Dataset
from ..datasets.kinds import coerce, is_series
from ..errors import DataError, UnsupportedError


def as_sequences(model: Any, X: Any, lengths: Any) -> Dataset:
    """Give sequences as a Dataset; ``lengths`` cut a 2-d array, which else stays one sequence."""
    found = X if isinstance(X, Dataset) else None
    raw = coerce(found.X if found else X, "sequence")
    if is_series(raw) or (isinstance(raw, list) and isinstance(raw[0], str)):
        raise UnsupportedError(
            f"{type(model).__name__} learns sequences of numbers, and this is text data."
        )
    if lengths is not None:
        if isinstance(raw, list) or getattr(raw, "ndim", 2) != 2:
            raise DataError(
                "lengths= cuts a 2-d array into sequences, and X is in parts already: "
                "drop lengths=, or concatenate X."
            )
        raw = cut(raw, lengths)
    m = len(raw) if isinstance(raw, list) or getattr(raw, "ndim", 2) == 3 else 1
    if found is None:
        return Dataset(raw, None, np.arange(m), "sequence")
    ids = found.ids if len(found.ids) == m else np.arange(m)
    return replace(found, X=raw, ids=ids, kind="sequence")
