"""Small multiples of real against synthetic columns as HTML and SVG."""

from collections.abc import Sequence

import numpy as np

from drawlike.report.document import Histogram, Histograms, Share, Text
from drawlike.report.markup import cut, plain, tag, words
from drawlike.report.numbers import moment, percent, plain_short
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
    bars = tag("div", *_shares(item.shares), class_="shares") if item.shares else ""
    return tag("figure", title, _bins(item), bars, class_="card histogram")


def _bins(item: Histogram) -> str:
    if item.edges is None or item.real is None or item.synthetic is None:
        return ""
    numbers = item.edges.astype("datetime64[us]") if item.edges.dtype.kind == "M" else item.edges
    edges = numbers.astype("float64")
    top = max(float(np.max(item.real)), float(np.max(item.synthetic)), 1e-12) * 1.05
    x = Axis(float(edges[0]), float(edges[-1]))
    at = np.repeat(x.at(edges), 2)
    real, synthetic = (np.pad(np.repeat(s / top, 2), 1) for s in (item.real, item.synthetic))
    body = tag("path", class_="real-area", d=polyline(at, real) + "Z")
    body += tag("path", class_="synthetic-line", d=polyline(at[1:-1], synthetic[1:-1]))
    return frame(
        body + _bin_tooltips(item, x.at(edges)),
        plain(item.name),
        x_ticks=_bin_ticks(item.edges, x),
        style="bins",
    )


def _bin_tooltips(item: Histogram, at: np.ndarray) -> str:
    assert item.edges is not None and item.real is not None and item.synthetic is not None
    labels = _edge_labels(item.edges)
    last = len(at) - 2
    parts = []
    for i in range(last + 1):
        range_ = f"{labels[i]} … {labels[i + 1]}"
        if i == 0 and item.low_open:
            range_ = f"< {labels[1]}"
        elif i == last and item.high_open:
            range_ = f"≥ {labels[last]}"
        text = _both(range_, float(item.real[i]), float(item.synthetic[i]))
        left, right = WIDTH * at[i], WIDTH * at[i + 1]
        parts.append(
            f'<path class="hover" d="M{place(left)} 0H{place(right)}V{HEIGHT:g}H{place(left)}Z">'
            f"{tag('title', text)}</path>"
        )
    return "".join(parts)


def _bin_ticks(edges: np.ndarray, x: Axis) -> list[Tick]:
    if edges.dtype.kind in "Mm":
        chosen = np.linspace(0, len(edges) - 1, 3).round().astype(int)
        labels = _edge_labels(edges)
        fractions = x.at(edges.astype("float64"))
        return [Tick(float(fractions[i]), labels[i]) for i in chosen]
    return x.ticks()


def _edge_labels(edges: np.ndarray) -> list[str]:
    if edges.dtype.kind in "Mm":
        span = float((edges[-1] - edges[0]) / np.timedelta64(1, "s"))
        return [moment(edge, span) for edge in edges]
    return [plain_short(float(edge)) for edge in edges]


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
