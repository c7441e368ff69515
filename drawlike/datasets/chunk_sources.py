"""Where the chunks of a stream come from: files, lists of chunks, functions that give them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from ..errors import DataError, SettingError, UnsupportedError
from .chunks import Chunk
from .frames import FRAMES, plain, to_frame
from .kinds import is_frame
from .reading import format_of
from .sources import CHUNK, existing, named, named_damage
from .tables import named_arrow, without_index


class Source(Protocol):
    """Gives chunks of rows, in the same order at every pass."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Where the rows come from, and ``rows``, their number, where it is known."""
        ...

    @property
    def repeats(self) -> bool:
        """Whether there can be a second pass."""
        ...

    def open(self, columns: Sequence[Any] | None) -> Iterator[Chunk]:
        """Start a pass; where it saves work, only these columns are read."""
        ...

    def finish(self, table: Any) -> Any:
        """Give what a user sees of a chunk, or of several that were put together."""
        ...


@dataclass(frozen=True)
class ParquetFiles:
    """Rows of Parquet files, one file after the other."""

    paths: tuple[Path, ...]
    chunk_rows: int
    frame: str
    repeats: bool = True

    @property
    def facts(self) -> Mapping[str, Any]:
        """The path or paths, and the number of rows."""
        rows = 0
        for path in self.paths:
            with named_damage(path), named_arrow(path):
                rows += pyarrow.parquet.read_metadata(path).num_rows
        return {"path": ", ".join(map(str, self.paths)), "rows": rows}

    def open(self, columns: Sequence[Any] | None) -> Iterator[Chunk]:
        """Read a few pages of a row group at a time."""
        for path in self.paths:
            with named_damage(path), named_arrow(path), named(path):
                yield from self._read(path, columns)

    def finish(self, table: pa.Table) -> Any:
        """Give the frame that was asked for."""
        return to_frame(table, self.frame)

    def _read(self, path: Path, columns: Sequence[Any] | None) -> Iterator[Chunk]:
        # with a buffer, and nothing read ahead, a row group of any size is read in pieces
        with pyarrow.parquet.ParquetFile(path, buffer_size=CHUNK) as file:
            present = file.schema_arrow.names
            asked = [name for name in present if columns is None or name in columns]
            for batch in file.iter_batches(self.chunk_rows, columns=asked):
                yield Chunk(plain(without_index(pa.Table.from_batches([batch]))))


@dataclass(frozen=True)
class Repeated:
    """Chunks that a list holds, or that a function without arguments gives afresh."""

    begin: Callable[[], Iterable[Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    repeats: bool = True

    def open(self, columns: Sequence[Any] | None) -> Iterator[Chunk]:
        """Give the chunks."""
        chunks = self.begin()
        if not isinstance(chunks, Iterable) or is_frame(chunks):
            raise UnsupportedError(
                f"The function of the stream returned {type(chunks).__name__}: it must return an "
                "iterator of chunks, as a generator does."
            )
        return map(_as_chunk, chunks)

    def finish(self, table: Any) -> Any:
        """Give chunks as they came."""
        return table


@dataclass
class Once:
    """Chunks of an iterator that can be gone through once."""

    chunks: Iterator[Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    repeats: bool = False

    def open(self, columns: Sequence[Any] | None) -> Iterator[Chunk]:
        """Give the chunks that are left."""
        return map(_as_chunk, self.chunks)

    def finish(self, table: Any) -> Any:
        """Give chunks as they came."""
        return table


def source_of(given: Any, chunk_rows: int, frame: str) -> Source:
    """Tell files, lists, functions and iterators apart."""
    if frame not in FRAMES:
        raise SettingError(f"frame={frame!r} is not known: it is one of {', '.join(FRAMES)}.")
    if not isinstance(chunk_rows, int | np.integer) or chunk_rows < 1:
        raise SettingError(f"chunk_rows={chunk_rows!r}; use a whole number, 1 or more.")
    if _are_paths(given):
        return _files([given] if isinstance(given, str | Path) else given, chunk_rows, frame)
    if is_frame(given) or isinstance(given, np.ndarray):
        raise UnsupportedError(
            f"{type(given).__name__} is in memory: give it to fit as it is, or its parts as a list."
        )
    if callable(given):
        return Repeated(given)
    if isinstance(given, Iterator):
        return Once(given)
    if isinstance(given, Iterable) and not isinstance(given, dict | set | bytes):
        return Repeated(lambda: given)
    raise UnsupportedError(
        f"{type(given).__name__} cannot be streamed: give the path of a Parquet file, a list of "
        "chunks, or a function without arguments that returns an iterator of chunks."
    )


def _are_paths(given: Any) -> bool:
    if isinstance(given, str | Path):
        return True
    listed = isinstance(given, list | tuple) and len(given) > 0
    return listed and all(isinstance(item, str | Path) for item in given)


def _files(given: Sequence[str | Path], chunk_rows: int, frame: str) -> Source:
    paths = [path for each in given for path in _inside(existing(each))]
    formats = {format_of(path) for path in paths}
    if formats != {"Parquet"}:
        other = next(path for path in paths if format_of(path) != "Parquet")
        raise UnsupportedError(
            f"{other} is no Parquet file, and only these are streamed: write it as Parquet, or "
            "give a function that returns an iterator of chunks, such as "
            f"lambda: pandas.read_csv({str(other)!r}, chunksize={chunk_rows})."
        )
    return ParquetFiles(tuple(paths), chunk_rows, frame)


def _inside(path: Path) -> list[Path]:
    """Give the file itself, or the Parquet files of a folder by name."""
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.parquet"))
    if not found:
        raise DataError(f"The folder {path} holds no .parquet file: give another one.")
    return found


def _as_chunk(given: Any) -> Chunk:
    if not isinstance(given, tuple):
        return Chunk(given)
    if len(given) not in (2, 3):
        raise DataError(
            f"A chunk is a tuple of {len(given)}: give X, (X, y) or (X, y, weight), with None for "
            "labels that there are not."
        )
    return Chunk(*given)
