"""Fits on rows that are read again at every pass: the same codec, the same parameters.

What the columns mean is learned before any parameter, and exactly as in memory: a table's
columns one after the other, each whole, so that one of them is in memory at a time; arrays
in one pass.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import torch

from ..codecs import ColumnwiseFrame, LabelCodec
from ..codecs.form import as_numpy
from ..datasets import Dataset, Streamed
from ..datasets.chunks import Chunk, joined
from ..datasets.dataset import take_rows
from ..datasets.streaming import Piece
from ..errors import DataError, UnsupportedError
from ..events import Emitter
from ..rows import Batch, Stream
from .checking import checked
from .labels import class_labels
from .spool import Spool

_CELLS_TOGETHER = 1 << 22  # cells of a table that are in memory while its columns are learned

_ONE_SEQUENCE = (
    ". They are taken as one sequence; stream(..., kind='sequence') takes each chunk as one"
)


@dataclass(frozen=True)
class Digest:
    """All that is learned of rows before they are encoded; stands in for their Dataset.

    ``X`` is a frame that is read column by column, or one row that stands for an array;
    ``codec_weight`` is what its rows weigh, None where all weigh the same.
    """

    X: Any
    kind: str
    label: str | None
    labels: np.ndarray | None
    schema: Any
    weight: np.ndarray
    codec_weight: np.ndarray | None


class Beside(NamedTuple):
    """What a user gave to ``fit`` beside a stream."""

    y: Any
    sample_weight: Any
    label: str | None
    schema: Any


def admitted(
    model: Any, data: Streamed, asked: Beside, events: Emitter
) -> tuple[Streamed | Dataset, np.ndarray | None]:
    """Give a stream as the model can take it: as it is, or with all its rows in memory."""
    if data.kind == "sequence" and "sequence" not in model.kinds:
        raise UnsupportedError(
            f"{type(model).__name__} learns {', '.join(model.kinds)} data, and this stream has "
            "sequences."
        )
    data = told_beside(data, asked)
    if not data.repeats:
        raise DataError(
            "This stream can be read once, since it was made from an iterator, and fit passes "
            "over the rows several times. Give a function that opens it afresh, as "
            "stream(lambda: ...), or call partial_fit(chunk) in a loop."
        )
    if _is_read_again(model, data):
        return data, None
    n = data.n_rows
    events.warning(
        f"{type(model).__name__} needs all rows at once: they are read into memory"
        + (f", {_megabytes(n, data):,.0f} MB or more for {n:,} rows" if n else "")
        + (_ONE_SEQUENCE if model.kinds == ("sequence",) and data.kind != "sequence" else "")
    )
    return data.gather()


def _is_read_again(model: Any, data: Streamed) -> bool:
    """Whether the model passes over the stream, and needs no rows at once."""
    if not model.streams or data.kind not in model.kinds:
        return False
    if data.kind == "sequence":  # as rows, which are as wide as the longest, they are joined
        return model.kinds == ("sequence",) and isinstance(data.names, int)
    return data.kind != "array" or model.array_numbers == "identity"


def told_beside(data: Streamed, asked: Beside) -> Streamed:
    """Give a stream with the label and the schema that are given beside it; no more may be."""
    for name in ("y", "sample_weight"):
        if getattr(asked, name) is not None:
            raise DataError(
                f"{name}= is given beside a stream: let its chunks be (X, y, weight), or name a "
                "column, as stream(path, y='...', weight='...')."
            )
    return data.described(asked.label, asked.schema)


def open_stream(model: Any, data: Streamed, events: Emitter) -> Stream:
    """Learn labels and codec in passes over the rows, and give the encoded rows."""
    shown = events.at("encode")
    digest = _DIGESTS[data.kind](model, data, shown)
    model.n_rows_ = len(digest.weight)
    model.labels_ = LabelCodec().fit(class_labels(digest), weight=digest.weight)
    model.codec_ = model._fitted_codec(digest, digest.codec_weight, shown)
    n = len(digest.weight)
    begin = partial(_encoded, model, data, n)
    # numbers are read about as fast as they would be from a spool
    chunks = Spool(begin, n) if data.kind == "table" else begin
    return Stream(chunks, n, model.labels_.n_classes)


def _encoded(model: Any, data: Streamed, n_rows: int) -> Iterator[Batch]:
    """Read, check and encode the rows once more."""
    seen = 0
    for piece in data.pieces():
        rows, weight = counting(piece)
        if not len(rows):
            continue
        rows = replace(rows, X=_like_all(model, checked(model, rows.X, reset=False)))
        seen += len(rows)
        encoded = model._known_rows(rows, weight)
        yield Batch(encoded.x, encoded.cond, encoded.weight)
    check_again(seen, n_rows, "rows")


def check_again(seen: int, n_first: int, unit: str) -> None:
    """Refuse a pass that gave another number of rows than the first."""
    if seen != n_first:
        raise DataError(
            f"The stream gave {seen:,} {unit} in this pass and {n_first:,} in the first one: it "
            f"must give the same {unit} at every pass. A function must open its source afresh."
        )


def _like_all(model: Any, X: Any) -> Any:
    """Numbers of the type that all chunks have together."""
    if model.kind_ == "array" and isinstance(X, np.ndarray):
        return X.astype(model.codec_.form_.dtype, copy=False)
    return X


def counting(piece: Piece) -> tuple[Dataset, np.ndarray]:
    """Rows of a weight above 0."""
    if piece.weight is None:
        return piece.data, np.ones(len(piece.data))
    if piece.weight.all():
        return piece.data, piece.weight
    return piece.data.take(np.flatnonzero(piece.weight)), piece.weight[piece.weight > 0]


def _digest_table(model: Any, data: Streamed, events: Emitter) -> Digest:
    first = next(iter(data)).X
    checked(model, first, reset=True)
    n, labels, weight = beside(data.beside(), events)
    mass = mass_of(n, weight)
    counts = np.flatnonzero(weight) if weight is not None and len(mass) < n else None

    def load(names: list[Any]) -> Any:
        frame = data.read(names)
        return frame if counts is None else take_rows(frame, counts)

    if data.label is not None:
        labels = nw.from_native(load([data.label]), eager_only=True)[data.label].to_numpy()
    elif labels is not None and counts is not None:
        labels = labels[counts]
    weighs = None if weight is None else mass
    frame = ColumnwiseFrame(first, len(mass), load, max(1, _CELLS_TOGETHER // n))
    return Digest(frame, data.kind, data.label, labels, data.schema, mass, weighs)


def _digest_array(model: Any, data: Streamed, events: Emitter) -> Digest:
    """Check all rows; an identity codec learns no more of them than of a row of seen values."""
    witness: list[Any] = []

    def chunks() -> Iterator[Chunk]:
        for piece in data.pieces():
            rows, _ = counting(piece)
            if len(rows):
                X = checked(model, rows.X, reset=not witness)
                witness[:] = [one_seen(joined([*witness, one_seen(X)]))]
            yield Chunk(piece.data.X, piece.data.y, piece.weight)

    n, labels, weight = beside(chunks(), events)
    mass = mass_of(n, weight)
    if labels is not None and weight is not None:
        labels = labels[np.flatnonzero(weight)]
    return Digest(witness[0], data.kind, None, labels, None, mass, None)


def one_seen(X: Any) -> Any:
    """One row (1, d) with an observed value of every column that has one."""
    rows = np.isnan(as_numpy(X)).argmin(0)
    columns = np.arange(len(rows))
    if isinstance(X, torch.Tensor):
        return X[torch.from_numpy(rows), torch.from_numpy(columns)][None]
    return X[rows, columns][None]


def beside(
    chunks: Iterable[Chunk], events: Emitter, unit: str = "rows"
) -> tuple[int, np.ndarray | None, np.ndarray | None]:
    """Number of rows, labels and weights of a pass."""
    n, labels, weights = 0, [], []
    for chunk in chunks:
        n += len(chunk.X)
        events.progress(n, unit=unit)
        labels.append(chunk.y)
        weights.append(chunk.weight)
    events.progress(n, n, unit=unit)
    return n, _whole(labels, "labels"), _whole(weights, "weights")


def _whole(parts: list[np.ndarray | None], name: str) -> np.ndarray | None:
    given = [part for part in parts if part is not None]
    if given and len(given) < len(parts):
        raise DataError(
            f"{len(given)} chunks of the stream have {name} and {len(parts) - len(given)} have "
            "none: give all chunks the same."
        )
    return np.concatenate(given) if given else None


def mass_of(n: int, weight: np.ndarray | None) -> np.ndarray:
    """Weights of the rows that count; ones take no memory."""
    if weight is None:
        return np.broadcast_to(1.0, n)
    if not weight.any():
        raise DataError("Every weight of the stream is 0; at least one row must count.")
    return weight[weight > 0]


def _megabytes(n: int, data: Streamed) -> float:
    width = data.names if isinstance(data.names, int) else len(data.names)
    return n * width * 8 / 1e6


_DIGESTS = {"table": _digest_table, "array": _digest_array}
