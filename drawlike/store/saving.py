"""Writing a folder so that it always holds the old content or the new.

Renaming the manifest is what commits a write. The arrays follow under their final name;
until they do, :func:`~drawlike.store.load` finds them under the provisional one.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from ..errors import CorruptStoreError, StoreError
from .loading import (
    ARRAYS,
    DTYPES,
    FORMAT_VERSION,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    NEW,
    checked_name,
    read_manifest,
    sha256_of,
)


def save(
    folder: str | Path,
    manifest: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    *,
    overwrite: bool = False,
) -> None:
    """Write JSON values and arrays into a folder; it is made, and other files in it stay.

    Raises
    ------
    StoreError
        If the folder holds a model and ``overwrite`` is false, if the files in the way are
        not drawlike's, if something cannot be stored, or if the disk refuses. What was
        there before is then untouched.
    """
    folder = Path(folder)
    _refuse_to_replace(folder, overwrite)
    ready = {checked_name(name): _storable(name, array) for name, array in arrays.items()}
    with _nothing_left_on_failure(folder):
        _finish_interrupted(folder)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, manifest, ready)
    (folder / (MANIFEST + NEW)).replace(folder / MANIFEST)
    (folder / (ARRAYS + NEW)).replace(folder / ARRAYS)
    _flush(folder)


def _refuse_to_replace(folder: Path, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file; choose another folder.")
    if not any((folder / name).exists() for name in (MANIFEST, ARRAYS)):
        return
    if not overwrite:
        raise StoreError(f"{folder} holds a model; choose another folder or pass overwrite=True.")
    try:
        read_manifest(folder / MANIFEST)
    except CorruptStoreError:
        raise StoreError(
            f"{folder} holds a {MANIFEST} or {ARRAYS} that is not drawlike's, or damaged; "
            "delete it yourself or choose another folder."
        ) from None


@contextmanager
def _nothing_left_on_failure(folder: Path) -> Iterator[None]:
    was_there = folder.exists()
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            _remove_unfinished(folder)
            if not was_there:
                folder.rmdir()
        if isinstance(error, OSError | SafetensorError):
            raise StoreError(
                f"{folder} could not be written ({error}). Free some space or choose another "
                "folder; what was there before is untouched."
            ) from error
        raise


def _finish_interrupted(folder: Path) -> None:
    """Give arrays their final name, if the last write stopped just before that."""
    manifest, new_arrays = folder / MANIFEST, folder / (ARRAYS + NEW)
    was_interrupted = manifest.exists() and new_arrays.exists()
    if was_interrupted and sha256_of(new_arrays) == read_manifest(manifest).get("sha256"):
        new_arrays.replace(folder / ARRAYS)


def _write(folder: Path, manifest: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> None:
    _remove_unfinished(folder)
    new_arrays, new_manifest = folder / (ARRAYS + NEW), folder / (MANIFEST + NEW)
    save_file(arrays, new_arrays)
    _flush(new_arrays)
    header = {
        "format": "drawlike",
        "format_version": FORMAT_VERSION,
        "sha256": sha256_of(new_arrays),
        "arrays": {
            name: {"dtype": array.dtype.name, "shape": list(array.shape)}
            for name, array in arrays.items()
        },
        "content": dict(manifest),
    }
    new_manifest.write_bytes(_to_json(header))
    _flush(new_manifest)


def _remove_unfinished(folder: Path) -> None:
    for name in (MANIFEST, ARRAYS):
        (folder / (name + NEW)).unlink(missing_ok=True)


def _storable(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.name not in DTYPES.values():
        raise StoreError(
            f"Array {name!r} has dtype {array.dtype}; expected booleans, integers or floats "
            "of at most 64 bits. Convert it first."
        )
    return np.require(array, array.dtype.newbyteorder("="), "C")


def _to_json(header: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(header, ensure_ascii=False, allow_nan=False, indent=1)
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"The manifest is no plain JSON ({error}); pack() it first.") from None
    # a lone surrogate is a legal string in Python and in JSON
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > MAX_MANIFEST_BYTES:
        raise StoreError(
            f"The manifest would have {len(data):,} bytes, more than {MAX_MANIFEST_BYTES:,}; "
            "put long lists into arrays."
        )
    return data


def _flush(path: Path) -> None:
    """Make sure that a file's bytes, or a folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
