"""A chunk of rows: checked against the first one, cut, put together with others."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pyarrow as pa

from ..errors import DataError, UnsupportedError
from .dataset import as_labels, take_rows
from .kinds import is_frame, is_tensor
from .sources import close


class Chunk(NamedTuple):
    """Some rows, and labels and weights beside them, (n,) each, where there are any."""

    X: Any
    y: Any = None
    weight: Any = None


def set_apart(chunk: Chunk, y: str | None, weight: str | None, number: int) -> Chunk:
    """Take the columns of labels and weights out of a table."""
    for part, name in (("y", y), ("weight", weight)):
        if name is None:
            continue
        if not is_frame(chunk.X):
            raise DataError(
                f"{part}={name!r} names a column, and the chunks are arrays: give (X, y) or "
                "(X, y, weight) as chunks."
            )
        if getattr(chunk, part) is not None:
            raise DataError(f"The chunks are tuples with {part}: leave {part}={name!r} out.")
        table = nw.from_native(chunk.X, eager_only=True)
        if name not in table.columns:
            raise DataError(unknown(name, part, number, table.columns))
        values = table[name].to_numpy()
        chunk = chunk._replace(**{part: values, "X": table.drop(name).to_native()})
    return _beside(chunk)


def _beside(chunk: Chunk) -> Chunk:
    """Labels and weights as arrays, one for each row."""
    n = len(chunk.X)
    labels = None if chunk.y is None else as_labels(chunk.y, n)
    if chunk.weight is None:
        return chunk._replace(y=labels)
    weight = np.array(chunk.weight, np.float64)  # a file's are not writable
    if weight.shape != (n,) or not (np.isfinite(weight) & (weight >= 0)).all():
        raise DataError(
            f"A chunk of {n} rows has weights of shape {weight.shape}: give one finite number a "
            "row, none negative."
        )
    return chunk._replace(y=labels, weight=weight)


def as_array(X: Any, columns: Sequence[Any] | None) -> Any:
    """Numbers of a frame or an array, (n, d)."""
    if is_frame(X):
        table = nw.from_native(X, eager_only=True)
        table = table if columns is None else table.select(list(columns))
        parts = [table[name].to_numpy() for name in table.columns]
        for name, part in zip(table.columns, parts, strict=True):
            if part.dtype.kind not in "biuf":
                raise DataError(
                    f"Column {name!r} holds {part.dtype} values, no numbers: leave it out of "
                    "columns=, or kind='array' out."
                )
        return np.column_stack(parts)
    X = X if is_tensor(X) else np.asarray(X)
    if X.ndim != 2:
        raise UnsupportedError(
            f"A chunk has shape {tuple(X.shape)}: frames and 2-d arrays are streamed."
        )
    return X if columns is None else X[:, list(columns)]


def selected(X: Any, wanted: Sequence[Any], number: int, *, exactly: bool) -> Any:
    """Give the wanted columns of a table; others are refused if it must be these exactly."""
    if not is_frame(X):
        raise DataError(f"Chunk {number} of the stream is no table, and the first one was.")
    names = names_of(X)
    if names == list(wanted):
        return X
    lacks = [name for name in wanted if name not in names]
    brings = [name for name in names if name not in wanted] if exactly else []
    if lacks or brings or exactly:
        told = [f"lacks {lacks}"] * bool(lacks) + [f"brings {brings}"] * bool(brings)
        raise DataError(
            f"Chunk {number} of the stream {' and '.join(told) or 'orders its columns anew'}: all "
            f"chunks have the columns of the first, {list(wanted)}."
        )
    return nw.from_native(X, eager_only=True).select(list(wanted)).to_native()


def same_width(X: Any, width: Any, number: int) -> None:
    """Refuse an array of another width than the first."""
    if X.shape[1] != width:
        raise DataError(
            f"Chunk {number} of the stream has {X.shape[1]} columns, and the first had {width}: "
            "all chunks have the same."
        )


def names_of(table: Any) -> list[Any]:
    """Names of a frame's columns, in order."""
    return list(getattr(table, "column_names", None) or table.columns)


def taken(chunk: Chunk, index: np.ndarray) -> Chunk:
    """Rows of a chunk at positions, with what is beside them."""
    return Chunk(
        take_rows(chunk.X, index),
        None if chunk.y is None else chunk.y[index],
        None if chunk.weight is None else chunk.weight[index],
    )


def joined(parts: list[Any]) -> Any:
    """Put parts of one thing together: None, frames, arrays or tensors."""
    first = parts[0]
    if first is None or len(parts) == 1:
        return first
    if isinstance(first, list):
        return [each for part in parts for each in part]
    if is_tensor(first):
        import torch

        return torch.cat(parts)
    if not is_frame(first):
        return np.concatenate(parts)
    try:
        return nw.concat([nw.from_native(part, eager_only=True) for part in parts]).to_native()
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, nw.exceptions.NarwhalsError) as error:
        raise DataError(
            f"The chunks of the stream hold other types in the same column: {error}. Give each "
            "column one type."
        ) from error


def unknown(name: Any, role: str, number: int, names: Iterable[Any]) -> str:
    """Say that a column is not there."""
    listed = [str(each) for each in names]
    return (
        f"Chunk {number} of the stream has no column {name!r} to take as {role}."
        f"{close(str(name), listed)} Has: {', '.join(listed[:20])}."
    )
