"""Training curves and other named lines as HTML and SVG."""

from collections.abc import Sequence

import numpy as np

from drawlike.report.document import Band, Curves, Flag, Series, Text, Words
from drawlike.report.markup import escape, plain, tag, words
from drawlike.report.numbers import exact, plain_short
from drawlike.report.plot import (
    HEIGHT,
    WIDTH,
    Axis,
    axis_name,
    caption,
    dots,
    frame,
    legend,
    place,
    polyline,
)

MOST_POINTS = 400
MOST_HOVERS = 40
N_COLOURS = 6
_Line = tuple[Words, np.ndarray, np.ndarray]


def curves_html(block: Curves) -> str:
    """Write lines on common axes, with a legend and the exact values of some points."""
    lines = [(line.name, *_floats(line)) for line in block.series]
    band = _ends(block.band)
    steps, values = _known([*lines, *band])
    log = block.log and len(values) > 0 and float(values.min()) > 0
    axes = Axis.around(steps), Axis.around(values, log=log, margin=0.05)
    first = int(block.band is not None)  # the first colour is that of real rows
    drawing = _area(band, axes) + "".join(_line(x, i, axes) for i, x in enumerate(lines, first))
    keys = [(f"line series-{i % N_COLOURS}", name) for i, (name, _, _) in enumerate(lines, first)]
    drawing += "".join(_flag(flag, axes[0]) for flag in block.flags)
    keys += [("area", block.band.name)] if block.band else []
    plot = frame(
        drawing,
        plain(block.caption or block.y),
        x_ticks=axes[0].ticks(),
        y_ticks=axes[1].ticks(),
        style="curves",
    )
    return tag(
        "figure",
        caption(block.caption),
        legend(*keys),
        tag("div", axis_name(block.y, "y"), plot, axis_name(block.x, "x")),
        *map(_gaps, lines),
        class_="chart",
    )


def _flag(flag: Flag, axis: Axis) -> str:
    """Draw an upright line, if its step is on the axis."""
    across = float(axis.at(flag.step))
    if not 0 <= across <= 1:
        return ""
    words_of = tag("title", escape(f"{plain_short(flag.step)}: {plain(flag.text)}"))
    return tag("path", words_of, class_="flag", d=f"M{place(WIDTH * across)} 0V{place(HEIGHT)}")


def _ends(band: Band | None) -> list[_Line]:
    if band is None:
        return []
    ends = (Series(band.name, band.steps, end) for end in (band.low, band.high))
    return [(line.name, *_floats(line)) for line in ends]


def _area(band: Sequence[_Line], axes: tuple[Axis, Axis]) -> str:
    if not band:
        return ""
    (_, steps, low), (_, _, high) = band
    known = np.isfinite(steps) & np.isfinite(low) & np.isfinite(high)
    across, ends = axes[0].at(steps[known]), (axes[1].at(end[known]) for end in (low, high))
    below, above = ends
    outline = polyline(np.append(across, across[::-1]), np.append(below, above[::-1]))
    return tag("path", class_="real-area", d=outline + "Z") if outline else ""


def _floats(line: Series) -> tuple[np.ndarray, np.ndarray]:
    values = np.asarray(line.values, dtype=np.float64)
    return np.asarray(line.steps, dtype=np.float64), np.where(np.isfinite(values), values, np.nan)


def _known(lines: Sequence[_Line]) -> tuple[np.ndarray, np.ndarray]:
    if not lines:
        return np.zeros(0), np.zeros(0)
    steps, values = (np.concatenate(arrays) for arrays in list(zip(*lines, strict=True))[1:])
    keep = np.isfinite(steps) & np.isfinite(values)
    return steps[keep], values[keep]


def _line(line: _Line, index: int, axes: tuple[Axis, Axis]) -> str:
    name, steps, values = line[0], *_thin(*line[1:])
    across, up = axes[0].at(steps), axes[1].at(values)
    style = f"series-{index % N_COLOURS}"
    known = np.flatnonzero(np.isfinite(across) & np.isfinite(up))
    chosen = np.linspace(0, len(known) - 1, min(len(known), MOST_HOVERS)).round().astype(int)
    points = (
        tag(
            "path",
            tag("title", escape(_point(name, steps[i], values[i]))),
            class_=f"point {style}",
            d=dots(across[i : i + 1], up[i : i + 1]),
        )
        for i in known[chosen]
    )
    return tag("path", class_=f"curve {style}", d=polyline(across, up)) + "".join(points)


def _point(name: Words, step: float, value: float) -> str:
    return f"{plain(name)}\n{plain_short(float(step))}: {plain(exact(float(value)))}"


def _thin(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the lowest and highest value of each stretch, so that no spike disappears."""
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


def _gaps(line: _Line) -> str:
    name, _, values = line
    gaps = int((~np.isfinite(values)).sum())
    note = Text(
        "{name}: {gaps} of {n} values are not finite.", "{name}：{n} 个值中有 {gaps} 个不是有限数。"
    )
    filled = note.format(name=name, gaps=gaps, n=len(values))
    return tag("p", words(filled), class_="note") if gaps else ""
