"""Images side by side on one sheet, as files need them."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from drawlike.errors import DataError
from drawlike.report.document import Strip

LEAST_SIDE = 56
SEAM = 3


def image_grid(
    images: np.ndarray,
    *,
    partners: np.ndarray | None = None,
    columns: int | None = None,
    scale: int | None = None,
) -> Image.Image:
    """Lay images (n, h, w) or (n, h, w, 3) of uint8 on white, each partner right beside its own.

    Small images are enlarged a whole number of times, without smoothing.
    """
    tiles = checked(images)
    enlarged = scale or max(1, math.ceil(LEAST_SIDE / min(tiles.shape[1:3])))
    tiles = _enlarged(tiles, enlarged)
    if partners is None:
        return _laid_out(tiles, columns, gap=SEAM)
    beside = _enlarged(checked(partners), enlarged)
    if beside.shape != tiles.shape:
        raise DataError(
            f"Every image needs a partner of its size: got {images.shape} images and "
            f"{partners.shape} partners. Pass as many partners as images."
        )
    seam = np.full((*tiles.shape[:2], SEAM, *tiles.shape[3:]), 255, np.uint8)
    return _laid_out(np.concatenate([tiles, seam, beside], axis=2), columns, gap=4 * SEAM)


def write_png_grid(
    images: np.ndarray, path: str | Path, *, partners: np.ndarray | None = None
) -> None:
    """Write :func:`image_grid` as a PNG file."""
    image_grid(images, partners=partners).save(path, "PNG", optimize=True)


def strip_image(images: np.ndarray, lead: int = 0) -> Image.Image:
    """Lay images in one line, the first ``lead`` of them apart from the others."""
    parts = [part for part in (images[:lead], images[lead:]) if len(part)]
    lines = [image_grid(part, columns=len(part)) for part in parts]
    width = sum(line.width for line in lines) + 4 * SEAM * (len(lines) - 1)
    sheet = Image.new(lines[0].mode, (width, lines[0].height), "white")
    left = 0
    for line in lines:
        sheet.paste(line, (left, 0))
        left += line.width + 4 * SEAM
    return sheet


def write_png_strips(strips: Sequence[Strip], path: str | Path) -> None:
    """Write strips under each other as a PNG file."""
    lines = [strip_image(strip.images, strip.lead) for strip in strips]
    size = max(line.width for line in lines), sum(line.height for line in lines)
    sheet = Image.new(lines[0].mode, size, "white")
    top = 0
    for line in lines:
        sheet.paste(line, (0, top))
        top += line.height
    sheet.save(path, "PNG", optimize=True)


def checked(images: np.ndarray) -> np.ndarray:
    """Give images as (n, h, w) or (n, h, w, 3) of uint8, or say what is wrong with them."""
    array = np.asarray(images)
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.dtype != np.uint8 or not (
        array.ndim == 3 or (array.ndim == 4 and array.shape[3] == 3)
    ):
        raise DataError(
            f"A picture needs images of uint8 in shape (n, h, w) or (n, h, w, 3), got "
            f"{array.dtype} in shape {array.shape}. Scale them to 0..255 and put channels last."
        )
    return array


def _enlarged(images: np.ndarray, scale: int) -> np.ndarray:
    return images.repeat(scale, axis=1).repeat(scale, axis=2)


def _laid_out(tiles: np.ndarray, columns: int | None, *, gap: int) -> Image.Image:
    n, height, width = tiles.shape[:3]
    columns = columns or max(1, math.ceil(math.sqrt(n * height / width)))
    rows = max(1, -(-n // columns))
    size = (columns * (width + gap) + gap, rows * (height + gap) + gap)
    sheet = Image.new("L" if tiles.ndim == 3 else "RGB", size, "white")
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        corner = (gap + column * (width + gap), gap + row * (height + gap))
        sheet.paste(Image.fromarray(tile), corner)
    return sheet
