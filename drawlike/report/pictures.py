"""Histograms drawn without a browser."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from drawlike.report.document import Bins, Histogram, Text, Words
from drawlike.report.histograms import bin_ends
from drawlike.report.numbers import compact, labels, percent
from drawlike.report.plot import REAL, SYNTHETIC, Axis

_PAPER, _INK, _MUTED = "#ffffff", "#1b2330", "#586474"
_REAL, _REAL_AREA, _SYNTHETIC = "#2570b5", "#b9d2e8", "#bb520c"
# Pillow's own font has no Chinese; these are where most systems keep one that has.
_CHINESE = ("NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc", "wqy-microhei.ttc")
_Box = tuple[float, float, float, float]


def write_histograms_png(
    histograms: Sequence[Histogram],
    path: str | Path,
    *,
    columns: int = 4,
    language: Literal["en", "zh"] = "en",
) -> None:
    """Draw real against synthetic columns as a PNG file for pages that cannot hold a report."""
    columns = max(1, min(columns, len(histograms)))
    rows = max(1, -(-len(histograms) // columns))
    board = _Board(columns, rows, language)
    for index, histogram in enumerate(histograms):
        board.histogram(histogram, row=index // columns, column=index % columns)
    board.picture.save(path, "PNG", optimize=True)


class _Board:
    """A drawing of small multiples, in pixels of a screen with two dots a pixel."""

    cell, head, gap, type_size = (480, 300), 76, 48, 24
    most_shares, ends = 6, 44

    def __init__(self, columns: int, rows: int, language: Literal["en", "zh"]) -> None:
        width = columns * (self.cell[0] + self.gap) + self.gap
        height = self.head + rows * (self.cell[1] + self.gap)
        self.picture = Image.new("RGB", (width, height), _PAPER)
        self.language = language
        self._draw = ImageDraw.Draw(self.picture)
        self._legend()

    def histogram(self, item: Histogram, *, row: int, column: int) -> None:
        """Draw one column in its cell: bins above, shares below."""
        left = self.gap + column * (self.cell[0] + self.gap)
        top = self.head + row * (self.cell[1] + self.gap)
        right, bottom = left + self.cell[0], top + self.cell[1]
        self._text((left, top), item.name, _INK, most=self.cell[0])
        shares = item.shares[: self.most_shares]
        line = min(40, (self.cell[1] - 44) / max(len(shares), 1))
        if item.bins is not None:
            bottom -= round(line * len(shares))
            self._bins(item.bins, (left, top + 44, right, bottom - self.ends))
        largest = max((max(s.real, s.synthetic) for s in item.shares), default=0) or 1.0
        above = bottom if item.bins else top + 44
        for index, share in enumerate(shares):
            box = (left, above + index * line, right, above + (index + 1) * line)
            self._share(share.name, (share.real, share.synthetic), largest, box)

    def _legend(self) -> None:
        left = float(self.gap)
        for name, colour in ((REAL, _REAL), (SYNTHETIC, _SYNTHETIC)):
            self._draw.rectangle((left, 30, left + 28, 46), fill=colour)
            self._text((left + 40, 22), name, _MUTED)
            left += 180

    def _bins(self, bins: Bins, box: _Box) -> None:
        left, top, right, bottom = box
        edges = bins.edges.astype("float64")
        x = left + (right - left) * np.repeat(Axis(edges[0], edges[-1]).at(edges), 2)
        most = max(float(bins.real.max()), float(bins.synthetic.max()), 1e-12)
        real, synthetic = (
            bottom - (bottom - top) * np.repeat(shares / most, 2)
            for shares in (bins.real, bins.synthetic)
        )
        outline = [(left, bottom), *zip(x[1:-1], real, strict=True), (right, bottom)]
        self._draw.polygon(outline, fill=_REAL_AREA)
        self._draw.line(list(zip(x[1:-1], synthetic, strict=True)), fill=_SYNTHETIC, width=4)
        self._draw.line((left, bottom, right, bottom), fill=_MUTED, width=2)
        low, high = bin_ends(bins.edges)
        first, *_, last = labels(np.array([low[0], high[-1]]), _rough)
        self._text((left, bottom + 6), first, _MUTED)
        self._text((right - _font(last, self.type_size).getlength(last), bottom + 6), last, _MUTED)

    def _share(self, name: Words, shares: tuple[float, float], largest: float, box: _Box) -> None:
        left, top, right, bottom = box
        self._text((left, top), name, _MUTED, most=160)
        start, length = left + 176, right - left - 290
        thick = (bottom - top) * 0.3
        for index, (share, colour) in enumerate(zip(shares, (_REAL, _SYNTHETIC), strict=True)):
            above = top + 4 + index * (thick + 2)
            end = start + max(length * share / largest, 1)
            self._draw.rectangle((start, above, end, above + thick), fill=colour)
        self._text((right - 96, top), percent(shares[0]), _REAL)

    def _text(self, at: tuple[float, float], text: Words, colour: str, most: int = 400) -> None:
        written = getattr(text, self.language) if isinstance(text, Text) else text
        font = _font(written, self.type_size)
        while len(written) > 1 and font.getlength(written) > most:
            written = written.rstrip("…")[:-1] + "…"
        self._draw.text(at, written, fill=colour, font=font)


def _rough(value: float) -> str:
    return compact(float(f"{value:.3g}"))


def _font(text: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _CHINESE if not text.isascii() else ():
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
