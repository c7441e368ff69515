"""A folder or a zip of PNG and JPEG files, and their labels, as one array."""

import io
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageOps

from ..errors import DataError, SettingError
from ..events import Emitter
from .image_labels import find_labels
from .piles import Pile, open_pile, pictures
from .sources import Loaded, refuse_absurd

CHANNELS: dict[str, tuple[int, ...]] = {"L": (), "RGB": (3,), "RGBA": (4,)}  # from narrow to wide
_WIDER = {"1": "L", "LA": "RGBA", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "RGBX": "RGB"}
_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap height and width
_ORIENTATION = 0x0112

_Size = tuple[int, int]


def read_images(
    path: Path,
    *,
    label: str | None,
    events: Emitter,
    size: _Size | None = None,
    mode: str | None = None,
    labels: str | Path | Literal[False] | None = None,
) -> Loaded:
    """Read images as uint8, (n, height, width) when grey, else (n, height, width, channels).

    They come in the order of their names. Labels are the folders they lie in, or a
    ``labels.csv`` (``labels`` names another file, False means none; ``label`` names its
    column). ``size=(height, width)`` resizes; ``mode`` is "L", "RGB" or "RGBA", by default
    the narrowest that holds all images.
    """
    if mode is not None and mode not in CHANNELS:
        raise SettingError(f"mode={mode!r} is not known: it is one of {', '.join(CHANNELS)}.")
    with open_pile(path) as pile:
        names = pictures(pile, events)
        y, notes = find_labels(pile, names, labels, label)
        sizes, modes = _survey(pile, names, events.at("survey"))
        height, width = _one_size(sizes, size, path)
        X = _decode(pile, names, (height, width), mode or _one_mode(modes, events), events)
    return Loaded(X, y, notes=notes)


def _survey(pile: Pile, names: list[str], events: Emitter) -> tuple[Counter[_Size], Counter[str]]:
    """Count sizes (height, width) and colour modes, from the headers alone."""
    sizes: Counter[_Size] = Counter()
    modes: Counter[str] = Counter()
    for name in _told(names, events):
        with _opened(pile, name) as image:
            width, height = image.size
            sizes[(width, height) if _is_turned(image) else (height, width)] += 1
            modes[_mode_of(image, name)] += 1
    return sizes, modes


def _decode(pile: Pile, names: list[str], size: _Size, mode: str, events: Emitter) -> np.ndarray:
    shape = (len(names), *size, *CHANNELS[mode])
    refuse_absurd(int(np.prod(shape, dtype=float)), f"Unpacking {pile.path}")
    out = np.empty(shape, np.uint8)
    for row, name in zip(out, _told(names, events), strict=True):
        with _opened(pile, name) as image:
            upright = ImageOps.exif_transpose(image) if _is_turned(image) else image
            plain = upright.convert(mode)
            if plain.size != size[::-1]:
                plain = plain.resize(size[::-1], Image.Resampling.LANCZOS)
            row[...] = np.asarray(plain)
    return out


@contextmanager
def _opened(pile: Pile, name: str) -> Iterator[Image.Image]:
    """Open one image; what goes wrong inside names it."""
    try:
        with Image.open(io.BytesIO(pile.read(name)), formats=("PNG", "JPEG")) as image:
            yield image
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise DataError(
            f"{name} in {pile.path} is absurdly large: take it away. {error}"
        ) from error
    except (OSError, EOFError, SyntaxError, ValueError, struct.error, zlib.error) as error:
        reason = str(error) if "BytesIO" not in str(error) else "it is no PNG or JPEG image"
        raise DataError(
            f"{name} in {pile.path} cannot be read: {reason}. It is truncated or damaged: copy "
            "it again, or take it away."
        ) from error


def _is_turned(image: Image.Image) -> bool:
    """Tell a photograph that lies on its side; asking a PNG would decode all of it."""
    return image.format == "JPEG" and image.getexif().get(_ORIENTATION, 1) in _TURNED


def _mode_of(image: Image.Image, name: str) -> str:
    if image.mode == "P":
        return "RGBA" if "transparency" in image.info else "RGB"
    mode = _WIDER.get(image.mode, image.mode)
    if mode not in CHANNELS:
        raise DataError(
            f"{name} has pixels of mode {image.mode}, and 8 bits a channel are read: convert the "
            "images to 8 bits, or give them as an array in an .npz file."
        )
    return mode


def _one_mode(modes: Counter[str], events: Emitter) -> str:
    """Choose the narrowest mode that holds all images."""
    widest = max(modes, key=list(CHANNELS).index)
    if len(modes) > 1:
        seen = ", ".join(f"{mode} x {count}" for mode, count in modes.most_common())
        events.warning(f"The images differ in colour ({seen}): all are read as {widest}.")
    return widest


def _one_size(sizes: Counter[_Size], size: _Size | None, path: Path) -> _Size:
    if size is not None:
        if len(size) != 2 or min(size) < 1:
            raise SettingError(f"size={size!r} must be (height, width) in pixels, as (28, 28).")
        return size
    if len(sizes) > 1:
        common = sizes.most_common(1)[0][0]
        seen = ", ".join(f"{h} x {w} ({count})" for (h, w), count in sizes.most_common(5))
        raise DataError(
            f"The images in {path} have {len(sizes)} sizes, height x width: {seen}"
            f"{', ...' if len(sizes) > 5 else ''}. Pass size=(height, width) to resize them all, "
            f"as size={common}."
        )
    return next(iter(sizes))


def _told(names: list[str], events: Emitter) -> Iterator[str]:
    """Go through the names; a hundred times at most, tell how far."""
    every = max(len(names) // 100, 1)
    for step, name in enumerate(names, 1):
        yield name
        if step % every == 0 or step == len(names):
            events.progress(step, len(names), unit="images")
