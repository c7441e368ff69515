"""Values with intervals under each other, on a common axis, as HTML."""

import math

import numpy as np

from drawlike.report.document import Interval, Intervals
from drawlike.report.markup import cut, escape, tag, words
from drawlike.report.numbers import plain_short
from drawlike.report.plot import Axis, caption


def intervals_html(block: Intervals) -> str:
    """Write a line an item: its name, the interval as a bar with a dot in it, and the numbers."""
    axis = _axis(block)
    zero = tag("span", class_="zero", style=_left(axis, block.zero))
    rows = (_row(item, axis, zero) for item in block.items)
    ticks = (
        tag("span", escape(tick.label), style=f"left:{100 * tick.at:.1f}%") for tick in axis.ticks()
    )
    below = tag("div", "<span></span>", tag("span", *ticks, class_="x-ticks"), class_="interval")
    return tag("figure", caption(block.caption), *rows, below, class_="chart intervals")


def _axis(block: Intervals) -> Axis:
    ends = [end for item in block.items for end in (item.low, item.value, item.high)]
    known = np.array([block.zero, *(end for end in ends if math.isfinite(end))])
    return Axis.around(known, margin=0.04)


def _row(item: Interval, axis: Axis, zero: str) -> str:
    bar = dot = ""
    if math.isfinite(item.low) and math.isfinite(item.high):
        width = 100 * float(axis.at(item.high) - axis.at(item.low))
        bar = tag("i", style=f"{_left(axis, item.low)};width:{width:.2f}%")
    if math.isfinite(item.value):
        dot = tag("b", style=_left(axis, item.value))
    value, low, high = (_written(x, axis) for x in (item.value, item.low, item.high))
    numbers = f"{value} [{low}, {high}]"
    return tag(
        "div",
        tag("span", words(cut(item.name, 40)), class_="name"),
        tag("span", zero, bar, dot, class_="track", title=numbers),
        tag("small", escape(numbers)),
        class_=f"interval {item.mark or ''}".strip(),
    )


def _written(value: float, axis: Axis) -> str:
    """Write a number with as many digits as tell places on the axis apart."""
    if not math.isfinite(value):
        return plain_short(value)
    digits = max(0, 1 - math.floor(math.log10(axis.high - axis.low)))
    written = f"{value:.{digits}f}"
    return f"{0:.{digits}f}" if float(written) == 0 else written.replace("-", "−")


def _left(axis: Axis, value: float) -> str:
    return f"left:{100 * float(axis.at(value)):.2f}%"
