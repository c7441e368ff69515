"""Images as PNG files: in a folder or a zip, a folder in it for each class."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import DataError, UnsupportedError
from .atomic import new_file, replacing
from .kinds import channel_axis


def save_folder(X: np.ndarray, y: np.ndarray | None, target: Path) -> None:
    """Write a folder of PNG files; one that is there may hold nothing but images."""
    if target.is_dir():
        strange = next((f for f in target.rglob("*") if f.is_file() and f.suffix != ".png"), None)
        if strange is not None:
            raise DataError(
                f"{target} holds other files than PNG images, as {strange.relative_to(target)}: "
                "it is not replaced. Give a new folder."
            )
    with replacing(target) as part:
        part.mkdir()
        for name, content in _pictures(X, y):
            (part / name).parent.mkdir(exist_ok=True)
            (part / name).write_bytes(content)


def save_zip(X: np.ndarray, y: np.ndarray | None, target: Path) -> None:
    """Write a zip of PNG files."""
    with new_file(target) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, content in _pictures(X, y):
            archive.writestr(zipfile.ZipInfo(name), content)  # no time: same images, same bytes


def _pictures(X: np.ndarray, y: np.ndarray | None) -> Iterator[tuple[str, bytes]]:
    folders = [""] * len(X) if y is None else [_folder_name(label) for label in y.tolist()]
    digits = max(len(str(len(X) - 1)), 5)
    for number, (folder, pixels) in enumerate(zip(folders, _upright(X), strict=True)):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "PNG")
        yield f"{folder}{number:0{digits}d}.png", stream.getvalue()


def _folder_name(label: Any) -> str:
    name = str(label)
    if not name or name.startswith(".") or any(sign in name for sign in '/\\:\0"<>|?*'):
        raise DataError(
            f"The label {label!r} cannot be the name of a folder: rename it, or write .npz."
        )
    return f"{name}/"


def _upright(X: np.ndarray) -> np.ndarray:
    """Give uint8 pixels, (n, height, width) or channels last."""
    levels = _levels(X)
    if levels.ndim == 3:
        return levels
    last = np.moveaxis(levels, channel_axis(levels.shape), 3)
    return np.ascontiguousarray(last[..., 0] if last.shape[3] == 1 else last)


def _levels(X: np.ndarray) -> np.ndarray:
    if X.dtype == np.uint8:
        return X
    if X.dtype.kind in "bf" and X.size and X.min() >= 0 and X.max() <= 1:
        return np.rint(X * 255.0).astype(np.uint8)
    if X.dtype.kind in "iu" and X.size and X.min() >= 0 and X.max() <= 255:
        return X.astype(np.uint8)
    raise UnsupportedError(
        f"PNG files hold 8 bits, and these are {X.dtype} values: give uint8, or numbers from 0 to "
        "1, or write .npz."
    )
