"""Rows larger than memory: read a chunk at a time, as often as a model needs them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from ..errors import DataError, SettingError, UnsupportedError
from .chunk_sequences import (
    are_sequences,
    columns_of,
    refuse_named,
    same_columns,
    sequences_of,
)
from .chunk_sources import Source, source_of
from .chunks import (
    Chunk,
    as_array,
    joined,
    names_of,
    same_width,
    selected,
    set_apart,
    taken,
    unknown,
)
from .dataset import Dataset, as_dataset
from .holdout import Holdout
from .kinds import Kind, is_frame

if TYPE_CHECKING:
    from ..codecs.schema import Schema

Chunks: TypeAlias = str | Path | Sequence[str | Path] | Iterable[Any] | Callable[[], Iterable[Any]]
_KINDS = ("table", "array", "sequence")


class Piece(NamedTuple):
    """Some rows of a stream, and how much they count, (n,), where the stream says so."""

    data: Dataset
    weight: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Streamed:
    """Rows that are read a chunk at a time; iterate for a Dataset a chunk.

    Attributes
    ----------
    kind
        "table", "array" or "sequence".
    names
        Columns of a table, in order; of an array, how many there are. Of sequences, those
        of a step.
    label, schema
        As those of a Dataset.
    y, weight
        Names of the columns that hold labels and weights and are no part of the rows.
    source
        ``path`` and ``rows`` of files; empty for chunks from memory.
    keep
        Which rows of the source belong to the stream, boolean, or None for all.
    holdout
        Which rows of the source were taken away, or None.
    """

    chunks: Source
    kind: Kind
    names: tuple[Any, ...] | int
    asked: tuple[Any, ...] | None = None
    label: str | None = None
    schema: "Schema | None" = None
    y: str | None = None
    weight: str | None = None
    source: Mapping[str, Any] = field(default_factory=dict)
    keep: np.ndarray | None = None
    holdout: Holdout | None = None

    def __iter__(self) -> Iterator[Dataset]:
        """Go through the rows once."""
        return (piece.data for piece in self.pieces())

    @property
    def repeats(self) -> bool:
        """Whether the rows can be gone through more than once."""
        return self.chunks.repeats

    @property
    def n_rows(self) -> int | None:
        """Number of rows where it is known before they are read."""
        return self.source.get("rows") if self.keep is None else int(self.keep.sum())

    def pieces(self) -> Iterator[Piece]:
        """Go through the rows once, with their weights."""
        for chunk in self._pass(None):
            yield Piece(self._dataset(self._finished(chunk.X), chunk.y), chunk.weight)

    def beside(self) -> Iterator[Chunk]:
        """Go through the labels and weights, with as little of the rows as can be."""
        return self._pass(self.names[:1] if isinstance(self.names, tuple) else None)

    def read(self, columns: Sequence[Any]) -> Any:
        """Give some columns of a table whole, as a frame."""
        parts = [chunk.X for chunk in self._pass(columns)]
        return self._finished(joined(parts))

    def gather(self) -> Piece:
        """Give all rows in memory."""
        chunks = list(self._pass(None))
        X, y, weight = (joined(list(parts)) for parts in zip(*chunks, strict=True))
        return Piece(self._dataset(self._finished(X), y), weight)

    def described(self, label: str | None, schema: "Schema | None") -> "Streamed":
        """Give the same rows with a label column or a schema, where none was said before."""
        if label not in (None, self.label):
            if self.label is not None or self.y is not None:
                raise DataError(
                    f"The stream has labels of its own ({self.label or self.y}): give no others."
                )
            _refuse_unknown(label, "label", self.names)
        return replace(self, label=label or self.label, schema=schema or self.schema)

    def only(self, keep: np.ndarray, holdout: Holdout | None = None) -> "Streamed":
        """Give the rows of the source where ``keep`` (n,) is true."""
        return replace(self, keep=keep, holdout=holdout)

    def _finished(self, X: Any) -> Any:
        return self.chunks.finish(X) if self.kind == "table" else X

    def _dataset(self, X: Any, y: Any) -> Dataset:
        data = as_dataset(X, y, self.label, None, self.schema)
        return replace(data, source=self.source, holdout=self.holdout)

    def _pass(self, columns: Sequence[Any] | None) -> Iterator[Chunk]:
        """Chunks with the columns of the stream, or some of these, that have rows."""
        seen = 0
        beside = [name for name in (self.y, self.weight) if name is not None]
        wanted = self.asked if columns is None else columns
        needed = None if wanted is None else [*wanted, *beside]
        for number, raw in enumerate(self.chunks.open(needed), 1):
            chunk = self._checked(raw, number, columns)
            start, seen = seen, seen + len(chunk.X)
            if self.keep is not None:
                chunk = taken(chunk, np.flatnonzero(self.keep[start:seen]))
            if len(chunk.X):
                yield chunk
        if self.keep is not None and seen != len(self.keep):
            raise DataError(
                f"The stream gave {seen:,} rows, and its hold-out was taken from "
                f"{len(self.keep):,}: give the same rows at every pass."
            )

    def _checked(self, chunk: Chunk, number: int, columns: Sequence[Any] | None) -> Chunk:
        if self.kind == "sequence":
            chunk = sequences_of(chunk, number)
            same_columns(chunk.X, self.names, number)
            return chunk
        chunk = set_apart(chunk, self.y, self.weight, number)
        if self.kind == "array":
            chunk = chunk._replace(X=as_array(chunk.X, self.asked))
            same_width(chunk.X, self.names, number)
            return chunk
        assert isinstance(self.names, tuple)
        wanted = self.names if columns is None else columns
        X = selected(chunk.X, wanted, number, exactly=columns is None and self.asked is None)
        return chunk._replace(X=X)


def stream(
    source: Chunks,
    *,
    chunk_rows: int = 65536,
    columns: Sequence[Any] | None = None,
    label: str | None = None,
    y: str | None = None,
    weight: str | None = None,
    kind: str | None = None,
    schema: "Schema | None" = None,
    frame: str = "pandas",
) -> Streamed:
    """Describe rows that need not fit into memory; ``fit`` takes them like a Dataset.

    A model that streams learns what it would learn of the same rows in memory, and holds a
    chunk, or one column of a table, at a time. Other models read all rows, and say so.

    Parameters
    ----------
    source
        The path of a Parquet file, of a folder of them, or a list of paths; a list of
        chunks; or a function without arguments that returns a fresh iterator of chunks. A
        chunk is a frame, a 2-d array, (X, y) or (X, y, weight). A generator is taken too,
        for one pass: ``partial_fit`` needs no more. The X of a chunk of sequences is a list
        of 2-d arrays, an array (m, T, d), or (X, lengths); labels and weights are those of
        sequences, each of which is in memory whole.
    chunk_rows
        Rows of a file that are read together: more are faster and take more memory.
    columns
        The columns to take, by default all.
    label
        The column of a table that holds the label and stays in the table.
    y, weight
        Columns that hold labels and weights beside the rows, and are taken out of them.
    kind
        "array" takes the columns of a table as real numbers without names; "sequence" takes
        2-d arrays as one sequence a chunk.
    schema
        What the columns of a table mean, where detection should not decide.
    frame
        "pandas", "polars" or "arrow": what the rows of a file become.

    Raises
    ------
    DataError
        If a file is missing or damaged, there are no rows, or chunks differ in their columns.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import Gaussian, stream
    >>> def chunks():
    ...     rng = np.random.default_rng(0)
    ...     return (rng.normal(5.0, 1.0, (1000, 2)) for _ in range(10))
    >>> Gaussian().fit(stream(chunks)).mean_.round(1)
    array([5., 5.])
    """
    if kind not in (None, *_KINDS):
        raise SettingError(f"kind={kind!r} is not streamed; use 'table' or 'array'.")
    chunks = source_of(source, chunk_rows, frame)
    first = _first(chunks)
    if kind == "sequence" or (kind is None and are_sequences(first)):
        refuse_named(columns=columns, label=label, y=y, weight=weight)
        names: Any = columns_of(sequences_of(first, 1).X[0])
        return Streamed(chunks, "sequence", names, schema=schema, source=dict(chunks.facts))
    asked = None if columns is None else tuple(columns)
    rest = set_apart(first, y, weight, 1).X
    is_table = is_frame(rest) and kind != "array"
    if not is_table:
        names = as_array(rest, asked).shape[1]
    else:
        names = asked or tuple(names_of(rest))
        selected(rest, names, 1, exactly=False)
    _refuse_unknown(label, "label", names)
    made = Streamed(chunks, "table" if is_table else "array", names, asked)
    made = replace(made, y=y, weight=weight, source=dict(chunks.facts))
    made._dataset(made._finished(made._checked(first, 1, None).X), None)
    return replace(made, label=label, schema=schema)


def _first(chunks: Source) -> Chunk:
    """Look at the first chunk that has rows; a chunk that comes once is put back."""
    opened = chunks.open(None)
    skipped = 0
    for chunk in opened:
        skipped += 1
        if not hasattr(chunk.X, "__len__"):
            raise UnsupportedError(
                f"The stream gave {type(chunk.X).__name__}: its chunks are frames, 2-d arrays, or "
                "tuples (X, y) or (X, y, weight)."
            )
        if len(chunk.X):
            if not chunks.repeats:
                chunks.chunks = chain([tuple(chunk)], chunks.chunks)  # type: ignore[attr-defined]
            return chunk
    where = chunks.facts.get("path") or "The stream"
    raise DataError(
        f"{where} gave no rows in {skipped} chunks: "
        + ("an iterator that was gone through before is empty; " if not chunks.repeats else "")
        + "give some."
    )


def _refuse_unknown(name: Any, role: str, names: Any) -> None:
    if name is None:
        return
    if isinstance(names, int):
        raise DataError(
            f"{role}={name!r} names a column of a table, and the chunks are arrays: give (X, y) "
            "as chunks."
        )
    if name not in names:
        raise DataError(unknown(name, role, 1, names))
