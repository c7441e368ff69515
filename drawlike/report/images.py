"""Grids of images as small PNGs inside the page, each with its partner beside it."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from drawlike.errors import DataError
from drawlike.report.document import ImageGrid, Text, Words
from drawlike.report.markup import cut, plain, tag, words
from drawlike.report.plot import caption, legend

MOST_PIXELS = 96
MOST_BYTES = 350_000
GENERATED = Text("generated", "生成")


def images_html(block: ImageGrid) -> str:
    """Write the images until their bytes would make the page heavy, then a note."""
    images, partners = checked(block.images), block.partners
    beside = None if partners is None else checked(partners)
    cells: list[str] = []
    size = 0
    for i in range(len(images)):
        cell = _cell(block, images[i], None if beside is None else beside[i], i)
        size += len(cell)
        if cells and size > MOST_BYTES:
            break
        cells.append(cell)
    keys = ("synthetic square", GENERATED), ("real square", block.partner_name)
    return tag(
        "figure",
        caption(block.caption),
        legend(*keys) if partners is not None else "",
        tag("div", *cells, class_="images" if beside is None else "images paired"),
        _left_out(len(cells), len(images)),
        class_="chart",
    )


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


def _cell(block: ImageGrid, image: np.ndarray, partner: np.ndarray | None, index: int) -> str:
    name = _at(block.captions, index)
    pictures = _picture(image, plain(name or GENERATED), "synthetic")
    below = words(cut(name, 40)) if name else ""
    if partner is not None:
        partner_name = _at(block.partner_captions, index)
        pictures += _picture(partner, plain(partner_name or block.partner_name), "real")
        below += " · " * bool(name and partner_name) + words(cut(partner_name, 40))
    text = tag("figcaption", below) if below else ""
    return tag("figure", tag("div", pictures, class_="pair"), text)


def _at(captions: Sequence[Words], index: int) -> Words:
    return captions[index] if index < len(captions) else ""


def _picture(image: np.ndarray, name: str, style: str) -> str:
    picture = Image.fromarray(image)
    if max(picture.size) > MOST_PIXELS:
        picture.thumbnail((MOST_PIXELS, MOST_PIXELS))
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return tag(
        "img",
        src=f"data:image/png;base64,{data}",
        alt=name,
        title=name,
        width=picture.width,
        height=picture.height,
        class_=style,
    )


def _left_out(shown: int, n: int) -> str:
    if shown == n:
        return ""
    note = Text("The first {shown} of {n} images.", "{n} 幅图中的前 {shown} 幅。")
    return tag("p", words(note.format(shown=shown, n=n)), class_="note")
