"""Small multiples of real against synthetic columns as HTML and SVG."""

from collections.abc import Iterator, Sequence

import numpy as np

from drawlike.report.document import Bins, Histogram, Histograms, Share, Text
from drawlike.report.histograms import bin_ends
from drawlike.report.markup import cut, escape, plain, tag, words
from drawlike.report.numbers import labels, percent, plain_short
from drawlike.report.plot import (
    HEIGHT,
    REAL,
    SYNTHETIC,
    WIDTH,
    Axis,
    Tick,
    frame,
    legend,
    place,
    polyline,
)


def histograms_html(block: Histograms) -> str:
    """Write small multiples with one legend; those beyond ``shown`` are folded."""
    cards = [_histogram(item) for item in block.items[: block.most]]
    left_out = len(block.items) - len(cards)
    shown, folded = cards[: block.shown], cards[block.shown :]
    parts = [
        legend(("real area", REAL), ("synthetic line", SYNTHETIC)),
        tag("div", *shown, class_="multiples"),
    ]
    if folded:
        more = Text("{n} more columns", "另外 {n} 列").format(n=len(folded))
        parts.append(
            tag("details", tag("summary", words(more)), tag("div", *folded, class_="multiples"))
        )
    if left_out:
        note = Text("{n} further columns are not drawn.", "还有 {n} 列未画出。")
        parts.append(tag("p", words(note.format(n=left_out)), class_="note"))
    return tag("figure", *parts, class_="chart")


def _histogram(item: Histogram) -> str:
    note = tag("small", words(item.note)) if item.note else ""
    title = tag("figcaption", tag("b", words(cut(item.name, 60)), title=plain(item.name)), note)
    drawing = _bins(item.bins, plain(item.name)) if item.bins else ""
    shares = tag("div", *_shares(item.shares), class_="shares") if item.shares else ""
    return tag("figure", title, drawing, shares, class_="card histogram")


def _bins(bins: Bins, name: str) -> str:
    edges = bins.edges.astype("float64")
    x = Axis(float(edges[0]), float(edges[-1]))
    top = max(float(bins.real.max()), float(bins.synthetic.max()), 1e-12) * 1.05
    at = np.repeat(x.at(edges), 2)
    real, synthetic = (np.repeat(shares / top, 2) for shares in (bins.real, bins.synthetic))
    drawing = (
        tag("path", class_="real-area", d=polyline(at, np.pad(real, 1)) + "Z"),
        tag("path", class_="synthetic-line", d=polyline(at[1:-1], synthetic)),
        *_tooltips(bins, x.at(edges)),
    )
    return frame("".join(drawing), name, x_ticks=_ticks(bins, x), style="bins")


def _tooltips(bins: Bins, at: np.ndarray) -> Iterator[str]:
    rows = zip(_ranges(bins), bins.real, bins.synthetic, WIDTH * at, WIDTH * at[1:], strict=False)
    for range_, real, synthetic, left, right in rows:
        box = f"M{place(left)} 0H{place(right)}V{HEIGHT:g}H{place(left)}Z"
        title = tag("title", escape(_both(range_, real, synthetic)))
        yield tag("path", title, class_="hover", d=box)


def _ranges(bins: Bins) -> list[str]:
    low, high = (labels(ends, plain_short) for ends in bin_ends(bins.edges))
    ranges = [a if a == b else f"{a} … {b}" for a, b in zip(low, high, strict=True)]
    if bins.low_open:
        ranges[0] = f"≤ {high[0]}"
    if bins.high_open:
        ranges[-1] = f"≥ {low[-1]}"
    return ranges


def _ticks(bins: Bins, x: Axis) -> list[Tick]:
    if bins.edges.dtype.kind in "Mm":
        written = labels(bins.edges[[0, len(bins.edges) // 2, -1]], plain_short)
        return [Tick(at, label) for at, label in zip((0.0, 0.5, 1.0), written, strict=True)]
    low, high = 0.08 * bins.low_open, 1 - 0.08 * bins.high_open
    inner = [tick for tick in x.ticks() if low <= tick.at <= high]
    return [Tick(0.0, "◂")] * bins.low_open + inner + [Tick(1.0, "▸")] * bins.high_open


def _shares(shares: Sequence[Share]) -> list[str]:
    top = max((max(share.real, share.synthetic) for share in shares), default=0) or 1.0
    return [_share(share, top) for share in shares]


def _share(share: Share, top: float) -> str:
    bars = (
        tag("i", class_=style, style=f"width:{100 * value / top:.1f}%")
        for style, value in (("real", share.real), ("synthetic", share.synthetic))
    )
    return tag(
        "div",
        tag("span", words(cut(share.name)), class_="name"),
        tag("span", *bars, class_="bars"),
        tag("span", percent(share.real), class_="real"),
        tag("span", percent(share.synthetic), class_="synthetic"),
        class_="share",
        title=_both(plain(share.name), share.real, share.synthetic),
    )


def _both(name: str, real: float, synthetic: float) -> str:
    return f"{name}\n{plain(REAL)}: {100 * real:.3g} %\n{plain(SYNTHETIC)}: {100 * synthetic:.3g} %"
