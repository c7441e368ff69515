"""Axes: the drawing stretches as SVG, the ticks stay HTML, so that type keeps its size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drawlike.report.document import Text, Words
from drawlike.report.markup import cut, escape, tag, words
from drawlike.report.numbers import compact, log_ticks, ticks

WIDTH = 1000.0
HEIGHT = 500.0
# Beyond these the differences and ratios of two floats overflow.
HUGE = 1e250
REAL = Text("real", "真实")
SYNTHETIC = Text("synthetic", "合成")


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values between two ends to a fraction from 0 to 1."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def around(cls, values: np.ndarray, *, log: bool = False, margin: float = 0.0) -> "Axis":
        """Reach over finite values (n,), and a share ``margin`` beyond them on either side."""
        if not len(values):
            return cls(0.0, 1.0)
        low, high = (float(np.clip(end, -HUGE, HUGE)) for end in (values.min(), values.max()))
        if log:
            low, high = max(low, 1 / HUGE), max(high, 1 / HUGE)
            reach = margin * (math.log10(high) - math.log10(low)) or 0.3
            return cls(low / 10**reach, high * 10**reach, log=True)
        wide = high - low > 1 / HUGE
        reach = (high - low) * margin if wide else 0.5 * (abs(low) or 1.0)
        return cls(low - reach, high + reach)

    def ticks(self) -> list["Tick"]:
        """Give round values along the axis."""
        values = (log_ticks if self.log else ticks)(self.low, self.high)
        return [Tick(float(self.at(value)), compact(value)) for value in values]

    def at(self, values: np.ndarray | float) -> np.ndarray:
        """Give the fraction of the axis at each value; 0.5 where the axis has no length."""
        low, high, raw = self.low, self.high, np.asarray(values, dtype=np.float64)
        if self.log:
            low, high, raw = np.log10(low), np.log10(high), np.log10(raw)
        return (raw - low) / (high - low) if high > low else np.full_like(raw, 0.5)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a fraction of an axis."""

    at: float
    label: str


def legend(*names: tuple[str, Words]) -> str:
    """Write a line of swatches: a CSS class and the words beside it."""
    entries = (
        tag("span", tag("i", class_=f"swatch {style}"), words(text), class_="entry")
        for style, text in names
    )
    return tag("div", *entries, class_="legend")


def frame(
    drawing: str,
    label: str,
    *,
    x_ticks: Sequence[Tick] = (),
    y_ticks: Sequence[Tick] = (),
    style: str = "",
) -> str:
    """Write a stretching drawing in WIDTH x HEIGHT units with its ticks around it."""
    grid = "".join(
        f'<path class="grid" d="M0 {place(HEIGHT * (1 - tick.at))}H{place(WIDTH)}"></path>'
        for tick in y_ticks
    )
    svg = tag(
        "svg",
        grid,
        drawing,
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )
    left = [_tick(tick, "bottom") for tick in y_ticks]
    below = [_tick(tick, "left") for tick in x_ticks]
    return tag(
        "div",
        tag("div", *left, class_="y-ticks") if left else "",
        tag("div", svg, class_="canvas"),
        tag("div", *below, class_="x-ticks") if below else "",
        class_=f"plot {style}".strip(),
    )


def caption(text: Words | None) -> str:
    """Write a figure's caption, if it has one."""
    return tag("figcaption", words(text)) if text else ""


def axis_name(text: Words, axis: str) -> str:
    """Write the name of the x or y axis, if it has one."""
    return tag("div", words(cut(text, 60)), class_=f"{axis}-name") if text else ""


def place(coordinate: float) -> str:
    """Write a coordinate in as few characters as the eye can tell apart."""
    return f"{coordinate:.1f}".removesuffix(".0")


def polyline(x: np.ndarray, y: np.ndarray) -> str:
    """Give a path's data through fractions (n,); a value that is not finite breaks the line."""
    parts, pen = [], "M"
    for across, up in zip(x.tolist(), y.tolist(), strict=True):
        if not (np.isfinite(across) and np.isfinite(up)):
            pen = "M"
            continue
        parts.append(f"{pen}{place(WIDTH * across)} {place(HEIGHT * (1 - up))}")
        pen = "L"
    return "".join(parts)


def dots(x: np.ndarray, y: np.ndarray) -> str:
    """Give a path's data of points: lines without length, round by their caps."""
    return "".join(
        f"M{place(WIDTH * across)} {place(HEIGHT * (1 - up))}h0"
        for across, up in zip(x.tolist(), y.tolist(), strict=True)
    )


def _tick(tick: Tick, side: str) -> str:
    end = "first" if tick.at < 0.08 else "last" if tick.at > 0.92 else None
    return tag("span", escape(tick.label), style=f"{side}:{100 * tick.at:.1f}%", class_=end)
