"""Training curves and other named lines as HTML and SVG."""

from collections.abc import Sequence

import numpy as np

from drawlike.report.document import Curves, Series, Text
from drawlike.report.markup import plain, tag, words
from drawlike.report.numbers import exact, plain_short
from drawlike.report.plot import Axis, caption, dots, frame, legend, polyline

MOST_POINTS = 400
MOST_HOVERS = 40
N_COLOURS = 6


def curves_html(block: Curves) -> str:
    """Write lines on common axes, with a legend and the exact values of some points."""
    finite = [np.isfinite(line.values) & np.isfinite(line.steps) for line in block.series]
    pairs = list(zip(block.series, finite, strict=True))
    steps = np.concatenate([line.steps[keep] for line, keep in pairs] or [np.zeros(0)])
    values = np.concatenate([line.values[keep] for line, keep in pairs] or [np.zeros(0)])
    log = block.log and len(values) > 0 and float(values.min()) > 0
    x, y = Axis.around(steps), Axis.around(values, log=log, margin=0.05)
    drawn = "".join(_line(line, index, x, y) for index, line in enumerate(block.series))
    keys = [(f"line series-{i % N_COLOURS}", line.name) for i, line in enumerate(block.series)]
    plot = frame(
        drawn,
        plain(block.caption or block.y),
        x_ticks=x.ticks(),
        y_ticks=y.ticks(),
        style="curves",
    )
    return tag(
        "figure",
        caption(block.caption),
        legend(*keys),
        tag("div", words(block.y), class_="y-name") if block.y else "",
        plot,
        tag("div", words(block.x), class_="x-name"),
        _gaps(pairs),
        class_="chart",
    )


def _line(line: Series, index: int, x: Axis, y: Axis) -> str:
    steps, values = _thin(line)
    drawable = np.where(values > 0, values, np.nan) if y.log else values
    across, up = x.at(steps), y.at(drawable)
    style = f"series-{index % N_COLOURS}"
    path = tag("path", class_=f"curve {style}", d=polyline(across, up))
    known = np.flatnonzero(np.isfinite(up) & np.isfinite(across))
    chosen = known[np.unique(np.linspace(0, len(known) - 1, MOST_HOVERS).round().astype(int))]
    hovers = (
        tag(
            "path",
            tag("title", _point(line, steps[i], values[i])),
            class_=f"point {style}",
            d=dots(across[i : i + 1], up[i : i + 1]),
        )
        for i in (chosen if len(known) else known)
    )
    return path + "".join(hovers)


def _point(line: Series, step: float, value: float) -> str:
    return f"{plain(line.name)}\n{plain_short(float(step))}: {plain(exact(float(value)))}"


def _thin(line: Series) -> tuple[np.ndarray, np.ndarray]:
    """Keep the lowest and highest value of each stretch, so that no spike disappears."""
    steps, values = (np.asarray(a, dtype=np.float64) for a in (line.steps, line.values))
    if len(values) <= MOST_POINTS:
        return steps, values
    kept: list[int] = []
    for part in np.array_split(np.arange(len(values)), MOST_POINTS // 2):
        stretch = values[part]
        broken = np.flatnonzero(~np.isfinite(stretch))[:1]
        low, high = np.where(np.isfinite(stretch), stretch, [[np.inf], [-np.inf]])
        chosen = {int(low.argmin()), int(high.argmax()), *broken.tolist()}
        kept.extend(int(part[i]) for i in sorted(chosen))
    return steps[kept], values[kept]


def _gaps(pairs: Sequence[tuple[Series, np.ndarray]]) -> str:
    note = Text(
        "{name}: {gaps} of {n} values are not finite.", "{name}：{n} 个值中有 {gaps} 个不是有限数。"
    )
    lines = (
        tag("p", words(note.format(name=line.name, gaps=int((~keep).sum()), n=len(keep))))
        for line, keep in pairs
        if not keep.all()
    )
    return "".join(lines).replace("<p>", '<p class="note">')
