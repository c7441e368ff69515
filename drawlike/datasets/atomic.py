"""Files and folders that appear whole or not at all."""

import gzip
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import DataError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a path beside ``target`` to write to; at the end it takes the target's place.

    Raises
    ------
    DataError
        If the disk refuses. Nothing is left half-written then, and what was there stays.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        _put(part, target)
    except OSError as error:
        raise DataError(
            f"{target} cannot be written: {error.strerror or error}. Nothing was changed: make "
            "room on the disk, or give a place that you may write to."
        ) from error
    finally:
        _remove(part)


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the target's place when it is closed; a gzip if so named."""
    with replacing(target) as part, part.open("xb") as file:
        if target.name.lower().endswith(".gz"):
            # no name and no time, so that the same content gives the same bytes
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield file
        file.flush()
        os.fsync(file.fileno())


def _put(part: Path, target: Path) -> None:
    if not (part.is_dir() and target.is_dir()):
        part.replace(target)
        return
    old = part.with_suffix(".old")
    target.rename(old)
    try:
        part.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)
