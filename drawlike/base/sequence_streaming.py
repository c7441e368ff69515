"""Fits on sequences that are read again at every pass: the same codec, the same parameters."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..codecs import LabelCodec
from ..codecs.sequence import joined, lengths_of
from ..datasets import Streamed
from ..datasets.chunks import Chunk
from ..events import Emitter
from ..rows import Sequences, SequenceStream
from .checking import CHECKS, checked
from .encoding import sequence_codec
from .streaming import beside, check_again, counting, mass_of, one_seen


def open_sequences(model: Any, data: Streamed, events: Emitter) -> SequenceStream:
    """Learn labels, codec and lengths in passes over the sequences, and give them encoded.

    What a codec that leaves numbers alone learns of all steps, it learns of one of seen cells.
    """
    witness: list[Any] = []
    lengths: list[np.ndarray] = []

    def chunks() -> Iterator[Chunk]:
        for piece in data.pieces():
            rows, _ = counting(piece)
            if len(rows):
                steps = CHECKS["array"](model, joined(rows.X), reset=not witness)
                witness[:] = [one_seen(joined([*witness, one_seen(steps)]))]
                lengths.append(lengths_of(rows.X))
            yield Chunk(piece.data.X, piece.data.y, piece.weight)

    n, labels, weight = beside(chunks(), events.at("encode"), "sequences")
    mass = mass_of(n, weight)
    if labels is not None and weight is not None:
        labels = labels[np.flatnonzero(weight)]
    model.n_rows_ = len(mass)
    model.labels_ = LabelCodec().fit(labels, weight=mass)
    model.codec_ = sequence_codec(model, data).fit(witness)
    model._learn_lengths(np.concatenate(lengths), mass)
    return SequenceStream.of(partial(_encoded, model, data, len(mass)))


def _encoded(model: Any, data: Streamed, n_sequences: int) -> Iterator[Sequences]:
    """Read, check and encode the sequences once more."""
    seen = 0
    for piece in data.pieces():
        rows, weight = counting(piece)
        if len(rows):
            seen += len(rows)
            rows = replace(rows, X=checked(model, rows.X, reset=False))
            yield model._encoded_sequences(rows, weight)
    check_again(seen, n_sequences, "sequences")
