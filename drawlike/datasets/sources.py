"""Files as they lie on the disk: found, hashed, opened as streams, refused when absurd."""

import difflib
import gzip
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

from ..errors import DataError
from ..events import SILENT, Emitter

GZIP_MAGIC = b"\x1f\x8b"
GZIP_MOST = 1032  # deflate never shrinks anything further than 1032 times
CHUNK = 1 << 20


class Loaded(NamedTuple):
    """What a reader found: a table or an array, labels beside it, notes for the source."""

    X: Any
    y: Any = None
    label: str | None = None
    notes: Mapping[str, Any] = MappingProxyType({})


def existing(path: str | Path) -> Path:
    """Give the path of a file or folder that is there, else name the nearest ones."""
    if "://" in str(path):
        raise DataError(f"{path} is an address, not a file: download it and read the copy.")
    found = Path(path).expanduser()
    if found.exists():
        return found
    folder = found.parent
    if not folder.is_dir():
        raise DataError(f"{found} does not exist, and neither does its folder {folder}.")
    near = close(found.name, [item.name for item in folder.iterdir()])
    raise DataError(f"{found} does not exist.{near or f' Look into the folder {folder}.'}")


def close(word: str, known: list[str]) -> str:
    """Give " Did you mean 'a' or 'b'?", or nothing when no known word is near."""
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


@contextmanager
def named_damage(path: Path | str) -> Iterator[None]:
    """Turn what a truncated, damaged or locked file raises into an error that names it."""
    try:
        yield
    except (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise DataError(
            f"{path} cannot be read: {str(error) or type(error).__name__}. Check that the file "
            "is complete and that you may read it; a damaged one must be copied again."
        ) from error


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the file in every error about its data that does not name it."""
    try:
        yield
    except DataError as error:
        if str(path) in str(error):
            raise
        raise type(error)(f"{path}: {error}") from error


def sha256(path: Path) -> str:
    """Hash a file's bytes, or the names and bytes of all files of a folder, in hexadecimal."""
    digest = hashlib.sha256()
    root, files = path, [path]
    if path.is_dir():
        files = sorted(item for item in path.rglob("*") if item.is_file())
    for file in files:
        if file != root:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def open_stream(path: Path, events: Emitter = SILENT) -> Iterator[BinaryIO]:
    """Open a file, unpacked when it is gzip; progress counts the bytes on the disk."""
    with io.BufferedReader(_Watched(path, events), CHUNK) as raw:  # type: ignore[type-var]
        if raw.peek(2)[:2] == GZIP_MAGIC:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            yield raw


def head(path: Path, size: int) -> bytes:
    """Give the first ``size`` bytes, unpacked."""
    with named_damage(path), open_stream(path) as stream:
        return stream.read(size)


def refuse_absurd(n_bytes: int, what: str) -> None:
    """Refuse what cannot fit into this machine's memory, before anything is allocated."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if n_bytes > memory:
        raise DataError(
            f"{what} would take {n_bytes / 2**30:,.0f} GiB, and this machine has "
            f"{memory / 2**30:,.0f} GiB: the file is damaged, or give a part of it."
        )


class _Watched(io.FileIO):
    """A file that tells how many of its bytes have been read, a hundred times at most."""

    def __init__(self, path: Path, events: Emitter) -> None:
        super().__init__(path, "rb")
        self._events = events
        self._total = os.fstat(self.fileno()).st_size
        self._next = self._step = max(self._total // 100, CHUNK)

    def readinto(self, buffer: bytearray) -> int | None:  # type: ignore[override]
        count = super().readinto(buffer)
        position = self.tell()
        if count and (position >= self._next or position == self._total):
            self._events.progress(position, self._total, unit="bytes")
            self._next = position + self._step
        return count
