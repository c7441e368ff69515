"""Points in the plane, real beside synthetic, as HTML and SVG; a field may lie behind them."""

import math

import numpy as np

from drawlike.report.document import Scatter, Text
from drawlike.report.field import cells, scale
from drawlike.report.markup import plain, tag, words
from drawlike.report.plot import REAL, SYNTHETIC, Axis, axis_name, caption, dots, frame

MOST_DOTS = 1500
DOTS_A_PATH = 100


def scatter_html(block: Scatter) -> str:
    """Write two panels with common axes that fit the real points and most of the others."""
    real = np.zeros((0, 2)) if block.real is None else _finite_rows(block.real)
    synthetic = _finite_rows(block.synthetic)
    axes = _axes(block, real, synthetic)
    shown = {REAL: real, SYNTHETIC: synthetic} if block.real is not None else {SYNTHETIC: synthetic}
    panels = (_panel(name, points, axes, block) for name, points in shown.items())
    return tag(
        "figure",
        caption(block.caption),
        scale(block.field) if block.field else "",
        tag("div", *panels, class_="panels" if len(shown) == 2 else "panels single"),
        class_="chart",
    )


def _axes(block: Scatter, real: np.ndarray, synthetic: np.ndarray) -> tuple[Axis, Axis]:
    if block.field:
        return Axis(*block.field.x), Axis(*block.field.y)
    return _common_axis(real[:, 0], synthetic[:, 0]), _common_axis(real[:, 1], synthetic[:, 1])


def _panel(name: Text, points: np.ndarray, axes: tuple[Axis, Axis], block: Scatter) -> str:
    across, up = axes[0].at(points[:, 0]), axes[1].at(points[:, 1])
    inside = (across >= 0) & (across <= 1) & (up >= 0) & (up <= 1)
    stride = max(1, math.ceil(int(inside.sum()) / MOST_DOTS))
    seen = np.flatnonzero(inside)[::stride]
    body = "".join(
        tag("path", class_=f"dots {name.en}", d=dots(across[part], up[part]))
        for part in np.array_split(seen, max(1, len(seen) // DOTS_A_PATH))
    )
    plot = frame(
        (cells(block.field) if block.field else "") + body,
        plain(name),
        x_ticks=axes[0].ticks(),
        y_ticks=axes[1].ticks(),
        style="square",
    )
    return tag(
        "figure",
        tag(
            "figcaption", tag("b", words(name), class_=name.en), tag("small", _count(inside, seen))
        ),
        axis_name(block.y, "y"),
        plot,
        axis_name(block.x, "x"),
        class_="card",
    )


def _count(inside: np.ndarray, seen: np.ndarray) -> str:
    text = Text("{seen} of {n} points", "{n} 个点中的 {seen} 个")
    outside = int((~inside).sum())
    if outside:
        text = Text(text.en + ", {out} lie outside", text.zh + "，{out} 个在图外")
    return words(text.format(seen=len(seen), n=len(inside), out=outside))


def _common_axis(real: np.ndarray, synthetic: np.ndarray) -> Axis:
    inner = np.quantile(synthetic, [0.01, 0.99]) if len(synthetic) else np.zeros(0)
    return Axis.around(np.concatenate([real, inner]), margin=0.06)


def _finite_rows(points: np.ndarray) -> np.ndarray:
    rows = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    return rows[np.isfinite(rows).all(1)]
