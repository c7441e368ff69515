"""Points in the plane, real beside synthetic, as HTML and SVG."""

import math

import numpy as np

from drawlike.report.document import Scatter, Text
from drawlike.report.markup import plain, tag, words
from drawlike.report.plot import REAL, SYNTHETIC, Axis, axis_name, caption, dots, frame

MOST_DOTS = 1500
DOTS_A_PATH = 100


def scatter_html(block: Scatter) -> str:
    """Write two panels with common axes that fit the real points and most of the others."""
    real, synthetic = _finite_rows(block.real), _finite_rows(block.synthetic)
    axes = _common_axis(real[:, 0], synthetic[:, 0]), _common_axis(real[:, 1], synthetic[:, 1])
    panels = (
        _panel(name, points, axes, block) for name, points in ((REAL, real), (SYNTHETIC, synthetic))
    )
    return tag(
        "figure", caption(block.caption), tag("div", *panels, class_="panels"), class_="chart"
    )


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
        body,
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
