"""Matrices of pairs of columns as heat maps: real, synthetic, difference."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from drawlike.report.document import Matrix, Text, Words
from drawlike.report.markup import cut, plain, tag, words
from drawlike.report.numbers import compact, plain_short
from drawlike.report.plot import REAL, SYNTHETIC, caption

DIFFERENCE = Text("difference", "差异")
SHADES = 25
MOST_TOOLTIPS = 20
MOST_LABELS = 24
MOST_PAIRS = 5
LEAST_SCALE = 0.05


def matrix_html(block: Matrix) -> str:
    """Write three heat maps with a common order of columns, and the pairs that differ most."""
    keep = _most_different(block)
    names = [block.names[i] for i in keep]
    real, synthetic = (
        np.asarray(m, dtype=np.float64)[np.ix_(keep, keep)] for m in (block.real, block.synthetic)
    )
    difference = synthetic - real
    tooltips = _tooltips(names, real, synthetic)
    few = len(names) <= MOST_TOOLTIPS
    scale = max(abs(block.low), abs(block.high))
    reach = max(float(np.nanmax(np.abs(difference), initial=0.0)), LEAST_SCALE)
    ramp = _ramp("association", -scale if block.low < 0 else 0.0, scale)
    panels = (
        _panel((REAL, ramp), names, _shades(real / scale), tooltips if few else []),
        _panel((SYNTHETIC, ramp), names, _shades(synthetic / scale), tooltips if few else []),
        _panel(
            (DIFFERENCE, _ramp("change", -reach, reach)),
            names,
            _shades(difference / reach, "change"),
            tooltips,
        ),
        _worst_pairs(names, real, synthetic),
    )
    style = "panels" if len(names) <= MOST_LABELS else "panels wide"
    return tag(
        "figure",
        caption(block.caption),
        tag("div", *panels, class_=style),
        _left_out(len(block.names) - len(names)),
        class_="chart",
    )


def _most_different(block: Matrix) -> np.ndarray:
    n = len(block.names)
    if n <= block.most:
        return np.arange(n)
    difference = np.nan_to_num(np.abs(np.subtract(block.synthetic, block.real)))
    return np.sort(np.argsort(-difference.mean(1), kind="stable")[: block.most])


def _panel(
    title: tuple[Text, str], names: Sequence[Words], shades: str, tooltips: Sequence[str]
) -> str:
    name, ramp = title
    n = len(names)
    svg = tag(
        "svg",
        shades,
        *tooltips,
        viewBox=f"0 0 {n} {n}",
        role="img",
        aria_label=plain(name),
        shape_rendering="crispEdges",
    )
    labels = [tag("div", words(cut(label, 30)), title=plain(label)) for label in names]
    small = " tiny" if n > MOST_LABELS else ""
    heat = tag(
        "div",
        tag("div", *labels, class_="rows"),
        tag("div", svg, class_="canvas"),
        tag("div", *labels, class_="columns"),
        class_=f"heat{small}",
    )
    head = tag("figcaption", tag("b", words(name)), ramp)
    return tag("figure", head, heat, class_="card")


def _shades(values: np.ndarray, palette: str = "association") -> str:
    """Draw cells of one shade as one path: a page of heat maps stays small."""
    cells: dict[int, list[str]] = defaultdict(list)
    for (row, column), value in np.ndenumerate(values):
        shade = round(SHADES * float(np.clip(value, -1, 1))) if np.isfinite(value) else None
        if shade:
            cells[shade].append(f"M{column} {row}h1v1h-1z")
    return "".join(
        tag(
            "path",
            class_=f"{palette} {'above' if shade > 0 else 'below'}",
            fill_opacity=f"{abs(shade) / SHADES:.2f}",
            d="".join(cells[shade]),
        )
        for shade in sorted(cells)
    )


def _rough(value: float) -> str:
    return compact(float(f"{value:.2g}"))


def _tooltips(names: Sequence[Words], real: np.ndarray, synthetic: np.ndarray) -> list[str]:
    return [
        f'<path class="hover" d="M{column} {row}h1v1h-1z"><title>'
        + words(
            f"{plain(cut(names[row], 30))} × {plain(cut(names[column], 30))}\n"
            + f"{plain(REAL)}: {plain_short(float(real[row, column]))}\n"
            + f"{plain(SYNTHETIC)}: {plain_short(float(synthetic[row, column]))}"
        )
        + "</title></path>"
        for row, column in np.ndindex(real.shape)
    ]


def _ramp(palette: str, low: float, high: float) -> str:
    style = f"ramp {palette}" if low < 0 else f"ramp {palette} positive"
    return tag("small", _rough(low), tag("i", class_=style), _rough(high), class_="scale")


def _left_out(n: int) -> str:
    if not n:
        return ""
    note = Text(
        "The columns that differ most; {n} others are left out.",
        "只画差异最大的列；省略其余 {n} 列。",
    )
    return tag("p", words(note.format(n=n)), class_="note")


def _worst_pairs(names: Sequence[Words], real: np.ndarray, synthetic: np.ndarray) -> str:
    above = np.triu(np.nan_to_num(np.abs(synthetic - real)), 1)
    order = np.argsort(-above, axis=None, kind="stable")[:MOST_PAIRS]
    pairs = [divmod(int(index), len(names)) for index in order if above.flat[index] > 0]
    if not pairs:
        return ""
    items = (
        tag(
            "li",
            tag("b", words(cut(names[i], 40))),
            " × ",
            tag("b", words(cut(names[j], 40))),
            f" {plain_short(float(real[i, j]))} → {plain_short(float(synthetic[i, j]))}",
        )
        for i, j in pairs
    )
    lead = Text("Largest differences, real → synthetic", "差异最大的列对，真实 → 合成")
    return tag("div", tag("p", words(lead)), tag("ul", *items), class_="worst")
