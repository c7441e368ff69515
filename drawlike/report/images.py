"""Images inside the page, as small PNGs: grids, each with its partner, strips, and GIFs."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from drawlike.report.document import Animation, ImageGrid, Strip, Strips, Text, Words
from drawlike.report.grid import checked, strip_image
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


def strips_html(block: Strips) -> str:
    """Write a line a strip, its name before it, until their bytes would make the page heavy."""
    cells: list[str] = []
    size = 0
    for strip in block.rows:
        picture = _line_of(strip)
        size += len(picture)
        if cells and size > MOST_BYTES:
            break
        cells += [tag("span", words(cut(strip.name, 40))), picture]
    left = len(block.rows) - len(cells) // 2
    note = Text("{n} more are in the file.", "其余 {n} 行见图片文件。").format(n=left)
    return tag(
        "figure",
        caption(block.caption),
        tag("div", *cells, class_="strips"),
        tag("p", words(note), class_="note") if left else "",
        class_="chart",
    )


def animation_html(block: Animation) -> str:
    """Write a GIF."""
    data = base64.b64encode(block.gif).decode("ascii")
    picture = tag("img", src=f"data:image/gif;base64,{data}", alt=plain(block.alt))
    return tag("figure", caption(block.caption), picture, class_="chart animation")


def _line_of(strip: Strip) -> str:
    picture = strip_image(strip.images, strip.lead)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    return tag("img", src=f"data:image/png;base64,{data}", alt=plain(strip.name))
