"""Chunks of sequences: lists of them, arrays of three dimensions, or steps and lengths."""

from typing import Any

import numpy as np

from ..errors import DataError, UnsupportedError
from .chunks import Chunk, names_of, set_apart
from .kinds import is_frame


def are_sequences(chunk: Chunk) -> bool:
    """Tell sequences from rows where the chunk can be only one of them."""
    X = chunk.X
    if isinstance(X, tuple):
        return True
    if isinstance(X, list):
        return bool(X) and (is_frame(X[0]) or getattr(X[0], "ndim", 0) == 2)
    if getattr(X, "ndim", 0) == 3:
        return str(X.dtype) not in ("uint8", "torch.uint8")
    return _are_steps(X) and _are_lengths(chunk.y, len(X))


def sequences_of(chunk: Chunk, number: int) -> Chunk:
    """Give each sequence of a chunk, as a list, with the labels and weights beside them."""
    from ..codecs.sequence import cut, parts_of  # this needs torch, and a table does not

    X, y, weight = chunk
    if _are_steps(X) and y is not None:
        if weight is not None:
            raise DataError(
                f"Chunk {number} of the stream is (X, y, weight) with one 2-d X: give "
                "((X, lengths), y, weight), or a list of 2-d arrays as X."
            )
        X, y = (X, y), None
    if isinstance(X, tuple):
        if len(X) != 2:
            raise DataError(
                f"Chunk {number} of the stream has a tuple of {len(X)} in place of its sequences: "
                "give (X, lengths)."
            )
        steps, lengths = X
        X = cut(steps if is_frame(steps) else parts_of(steps)[0], lengths)
    return set_apart(Chunk(parts_of(X), y, weight), None, None, number)


def columns_of(part: Any) -> Any:
    """Names of a frame's columns, or how many an array has."""
    return tuple(names_of(part)) if is_frame(part) else int(part.shape[1])


def same_columns(parts: list[Any], columns: Any, number: int) -> None:
    """Refuse sequences of other columns than the first."""
    for part in parts:
        if columns_of(part) != columns:
            raise DataError(
                f"Chunk {number} of the stream has sequences of columns {columns_of(part)}, and "
                f"the first had {columns}: all sequences have the same."
            )


def refuse_named(**named: Any) -> None:
    """Refuse options that name a column of rows."""
    given = [name for name, value in named.items() if value is not None]
    if given:
        raise UnsupportedError(
            f"{given[0]}= names columns of rows, and the chunks are sequences: give chunks "
            "(X, y, weight), with a label and a weight for each sequence."
        )


def _are_steps(X: Any) -> bool:
    return is_frame(X) or getattr(X, "ndim", 0) == 2


def _are_lengths(y: Any, n: int) -> bool:
    """Numbers that cannot be labels, since they are not as many as rows, and add up to these."""
    if y is None:
        return False
    lengths = np.asarray(y)
    is_whole = lengths.ndim == 1 and lengths.dtype.kind in "iu" and len(lengths) != n
    return is_whole and int(lengths.sum()) == n
