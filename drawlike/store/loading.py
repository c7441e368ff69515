"""Reading a saved folder warily.

``manifest.json`` holds the version of the format, the checksum of ``arrays.safetensors``,
the dtype and shape of every array, and a free content. Reading runs no code: there is no
pickle, and nothing in the folder is imported.
"""

import hashlib
import json
import math
import re
import stat
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from ..errors import CorruptStoreError, StoreError, UnknownVersionError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
ARRAYS = "arrays.safetensors"
MAX_MANIFEST_BYTES = 256 * 2**20

NEW = ".new"  # suffix of a file on its way into the store
DTYPES = {
    "BOOL": "bool",
    "I8": "int8",
    "I16": "int16",
    "I32": "int32",
    "I64": "int64",
    "U8": "uint8",
    "U16": "uint16",
    "U32": "uint32",
    "U64": "uint64",
    "F16": "float16",
    "F32": "float32",
    "F64": "float64",
}
_NAME = re.compile(r"[\w#-]+([./][\w#-]+)*", re.ASCII)
_Declared = dict[str, tuple[str, list[int]]]


def load(folder: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what ``save`` wrote: the JSON values and the arrays.

    Raises
    ------
    UnknownVersionError
        If a newer version of drawlike wrote the folder.
    CorruptStoreError
        If a file is missing, truncated, altered, no plain file, or of absurd size.
    StoreError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise StoreError(f"{folder} {what}; pass the folder that a model was saved in.")
    header = read_manifest(folder / MANIFEST)
    declared = _declared(header, folder / MANIFEST)
    path = _matching_arrays(folder, header["sha256"])
    return header["content"], _read_arrays(path, declared)


def read_manifest(path: Path) -> dict[str, Any]:
    """Read a manifest of a known version."""
    if _plain_size(path) > MAX_MANIFEST_BYTES:
        raise CorruptStoreError(f"{path} is larger than {MAX_MANIFEST_BYTES:,} bytes; refused.")
    try:
        text = path.read_bytes().decode("utf-8", "surrogatepass")
        header = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise CorruptStoreError(f"{path} is no valid JSON ({error}); use another copy.") from None
    if not isinstance(header, dict) or header.get("format") != "drawlike":
        raise CorruptStoreError(f"{path} is not the manifest of a drawlike model.")
    version = header.get("format_version")
    if type(version) is not int or not 1 <= version <= FORMAT_VERSION:
        raise UnknownVersionError(
            f"{path} has format version {version!r}, and this drawlike reads 1 to "
            f"{FORMAT_VERSION}; install a newer drawlike."
        )
    return header


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _plain_size(path: Path) -> int:
    """Size of a file in bytes; links, pipes and devices are refused."""
    try:
        status = path.lstat()
    except OSError:
        raise CorruptStoreError(
            f"{path.parent} has no {path.name}; it is no saved model, or an incomplete one."
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise CorruptStoreError(f"{path} is a link or no plain file; put the file itself there.")
    return status.st_size


def _declared(header: dict[str, Any], path: Path) -> _Declared:
    """Dtype and shape of every array that the manifest promises."""
    try:
        if not isinstance(header["content"], dict) or not isinstance(header["sha256"], str):
            raise TypeError("content or sha256 has the wrong type")
        arrays = {checked_name(name): _entry(entry) for name, entry in header["arrays"].items()}
    except (AttributeError, KeyError, TypeError, StoreError) as error:
        raise CorruptStoreError(f"{path} is malformed: {error}. Use another copy.") from None
    return arrays


def _entry(entry: dict[str, Any]) -> tuple[str, list[int]]:
    dtype, shape = entry["dtype"], entry["shape"]
    is_shape = isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)
    if dtype not in DTYPES.values() or not is_shape:
        raise TypeError(f"an array of dtype {dtype!r} and shape {shape!r}")
    return dtype, shape


def _matching_arrays(folder: Path, sha256: str) -> Path:
    """Find the manifest's arrays: a write may have stopped before its last renaming."""
    path, newer = folder / ARRAYS, folder / (ARRAYS + NEW)
    candidates = [newer, path] if newer.exists() else [path]
    for candidate in candidates:
        _plain_size(candidate)
        if sha256_of(candidate) == sha256:
            return candidate
    raise CorruptStoreError(
        f"{path} does not match the checksum in {MANIFEST}; it was altered or cut short. "
        "Use another copy."
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_arrays(path: Path, declared: _Declared) -> dict[str, np.ndarray]:
    _refuse_absurd_sizes(path, declared)
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            found = {
                name: (DTYPES.get(part.get_dtype(), ""), list(part.get_shape()))
                for name, part in slices.items()
            }
            _refuse_difference(path, found, declared)
            return {name: file.get_tensor(name) for name in declared}
    except (SafetensorError, OSError) as error:
        raise CorruptStoreError(f"{path} cannot be read ({error}); use another copy.") from None


def _refuse_absurd_sizes(path: Path, declared: _Declared) -> None:
    """Look at the sizes before anything is allocated for them."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    arrays = sum(np.dtype(dtype).itemsize * math.prod(shape) for dtype, shape in declared.values())
    if 8 + header + arrays != size:
        raise CorruptStoreError(
            f"{path} has {size:,} bytes; its header claims {header:,} and {MANIFEST} "
            f"{arrays:,} for the arrays, which does not add up. Use another copy."
        )


def _refuse_difference(path: Path, found: _Declared, declared: _Declared) -> None:
    for name in sorted({*found, *declared}):
        if found.get(name) != declared.get(name):
            raise CorruptStoreError(
                f"{path} and {MANIFEST} disagree on the array {name!r}: found "
                f"{found.get(name)}, expected {declared.get(name)}. Use another copy."
            )


def checked_name(name: str) -> str:
    """Give back the name of an array if it is plain."""
    if not _NAME.fullmatch(name) or len(name) > 1000 or name == "__metadata__":
        raise StoreError(
            f"{name[:80]!r} is no name of an array; use letters, digits, '_', '-' and '#', "
            "parted by single '.' or '/'."
        )
    return name
