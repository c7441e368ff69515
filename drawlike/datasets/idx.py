"""IDX, the format of MNIST's files: four bytes, the shape, the values, all big-endian.

Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998).
"""

import math
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..errors import DataError, UnsupportedError
from ..events import SILENT, Emitter
from .sources import CHUNK, GZIP_MAGIC, GZIP_MOST, named_damage, open_stream, refuse_absurd

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}  # by the third byte
CODES = {np.dtype(dtype).newbyteorder("="): code for code, dtype in TYPES.items()}


def looks_like_idx(start: bytes) -> bool:
    """Tell the first four bytes of an IDX file."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in TYPES and 0 < start[3] < 6


def labels_name(name: str) -> str | None:
    """Give the name of the labels file that goes with a file of images, as MNIST has it."""
    if "images" not in name:
        return None
    return re.sub(r"idx\d", "idx1", name.replace("images", "labels"))


def labels_beside(path: Path) -> Path | None:
    """Find the labels file beside a file of images, packed or not."""
    name = (labels_name(path.name) or "").removesuffix(".gz")
    names = (name, f"{name}.gz") if name else ()
    return next((path.with_name(each) for each in names if path.with_name(each).is_file()), None)


def load_idx(path: Path, events: Emitter = SILENT) -> np.ndarray:
    """Read an IDX file, packed or not, in this machine's byte order."""
    with named_damage(path), open_stream(path, events) as stream:
        start = stream.read(4)
        if not looks_like_idx(start):
            raise DataError(
                f"{path} is no IDX file: it begins with {start.hex(' ')!r}, not with 00 00, a "
                "type and the number of dimensions."
            )
        sizes = stream.read(4 * start[3])
        if len(sizes) < 4 * start[3]:
            raise EOFError("it ends inside its header")
        shape = tuple(np.frombuffer(sizes, ">u4").tolist())
        dtype = np.dtype(TYPES[start[2]])
        content = _exactly(stream, math.prod(shape) * dtype.itemsize, shape, path)
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def fitting(array: np.ndarray) -> np.ndarray:
    """Give the array in a type that IDX has, without loss."""
    if array.dtype in CODES:
        return array
    if array.dtype.kind in "biu" and array.size:
        for dtype in list(CODES)[:4]:  # from narrow to wide
            bounds = np.iinfo(dtype)
            if bounds.min <= int(array.min()) and int(array.max()) <= bounds.max:
                return array.astype(dtype)
    raise UnsupportedError(f"IDX files hold no {array.dtype} values: write .npz.")


def save_idx(array: np.ndarray, stream: BinaryIO) -> None:
    """Write an array of a type that :func:`fitting` gives."""
    code = CODES[array.dtype]
    stream.write(bytes((0, 0, code, array.ndim)))
    stream.write(np.array(array.shape, ">u4").tobytes())
    stream.write(np.ascontiguousarray(array, TYPES[code]).tobytes())


def _exactly(stream: BinaryIO, size: int, shape: tuple[int, ...], path: Path) -> bytearray:
    """Read ``size`` bytes; refuse a header that says other than what is there."""
    said = f"{path} says that it holds {' x '.join(map(str, shape))} values ({size:,} bytes)"
    advice = "it is truncated or damaged. Copy or download it again."
    on_disk = path.stat().st_size
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
    if size > on_disk * (GZIP_MOST if packed else 1):
        raise DataError(f"{said}, and the file has only {on_disk:,} bytes: {advice}")
    refuse_absurd(size, f"Unpacking {path}")
    content = bytearray(size)
    view, filled = memoryview(content), 0
    while filled < size and (count := stream.readinto(view[filled : filled + CHUNK])):  # type: ignore[attr-defined]
        filled += count
    if filled < size:
        raise DataError(f"{said}, and there are only {filled:,} bytes: {advice}")
    if stream.read(1):
        raise DataError(f"{said}, and there is more: {advice}")
    return content
