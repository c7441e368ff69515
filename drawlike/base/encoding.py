"""The codec that suits a kind of data, as a model wants it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..codecs import ArrayCodec, Codec, ImageCodec, PaddedCodec, SequenceCodec, TableCodec
from ..codecs.rarity import fewest_rows
from ..events import Emitter


def fitted_codec(model: Any, data: Any, weight: np.ndarray | None, events: Emitter) -> Codec:
    """Learn from rows of a Dataset or a Digest what their columns are."""
    return _CODECS[data.kind](model, data, weight, events)


def sequence_codec(model: Any, data: Any) -> SequenceCodec:
    """Give a codec of sequences that is not fitted yet."""
    numbers = {"array_numbers": model.array_numbers, "table_numbers": model.table_numbers}
    return SequenceCodec(None, data.schema, **numbers)


def _table(model: Any, data: Any, weight: np.ndarray | None, events: Emitter) -> Codec:
    table = TableCodec(data.schema, numbers=model.table_numbers)
    hidden = (data.label,) if data.label and model.labels_.n_classes else ()
    table.fit(data.X, weight=weight, events=events, exclude=hidden)
    if hidden and (column := table.schema_.get(data.label)) and column.type == "category":
        model.labels_.without_rare(fewest_rows(column.rare, 1))  # as described
    return table


def _image(model: Any, data: Any, weight: np.ndarray | None, events: Emitter) -> Codec:
    return ImageCodec(pixels=model.pixels).fit(data.X, weight=weight)


def _array(model: Any, data: Any, weight: np.ndarray | None, events: Emitter) -> Codec:
    return ArrayCodec(numbers=model.array_numbers).fit(data.X, weight=weight)


def _sequence(model: Any, data: Any, weight: np.ndarray | None, events: Emitter) -> Codec:
    return PaddedCodec(sequence_codec(model, data)).fit(data.X, weight=weight, events=events)


_CODECS: dict[str, Callable[..., Codec]] = {
    "table": _table,
    "image": _image,
    "array": _array,
    "sequence": _sequence,
}
