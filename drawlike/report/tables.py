"""Tables, leaderboards and facts as HTML."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from drawlike.report.document import (
    Cell,
    Entry,
    Facts,
    Head,
    Leaderboard,
    Mark,
    Measure,
    Table,
    Text,
    Value,
)
from drawlike.report.markup import plain, tag, words
from drawlike.report.numbers import compact, exact, plain_short, short
from drawlike.report.plot import caption

LONG = 24
_SIGNS: dict[Mark | None, str] = {"good": "✓", "bad": "✗", "warn": "!", "best": "★"}
_PASSED: dict[bool | None, Cell] = {
    True: Cell(Text("passed", "通过"), "good"),
    False: Cell(Text("not passed", "未通过"), "bad"),
    None: Cell(Text("cannot judge", "无法判断"), "muted"),
}
_BETTER = {
    "higher": Text("higher is better", "越高越好"),
    "lower": Text("lower is better", "越低越好"),
    "nearest": Text("nearest to {ideal} is best", "越接近 {ideal} 越好"),
}
_ARROWS = {"higher": "↑", "lower": "↓", "nearest": "→"}
_REFERENCE = Text("real against real", "真实对真实")


def facts_html(block: Facts) -> str:
    """Write labelled values side by side."""
    items = (
        tag("div", tag("dt", words(name)), tag("dd", words(short(value)), title=_full(value)))
        for name, value in block.items
    )
    return tag("dl", *items, class_="facts")


def table_html(block: Table) -> str:
    """Write a table that scrolls sideways; its later rows are folded, the last left out."""
    rows = [[_cell(value) for value in row] for row in block.rows[: block.most]]
    heads = [head if isinstance(head, Head) else Head(head) for head in block.columns]
    heads = [_aligned(head, [row[i] for row in rows]) for i, head in enumerate(heads)]
    folded, left_out = rows[block.shown :], len(block.rows) - len(rows)
    parts = [caption(block.caption), _grid(heads, rows[: block.shown])]
    if folded:
        more = Text("{n} more rows", "另外 {n} 行").format(n=f"{len(folded):,}")
        parts.append(tag("details", tag("summary", words(more)), _grid(heads, folded)))
    if left_out:
        note = Text("{n} further rows are left out.", "省略其余 {n} 行。")
        parts.append(tag("p", words(note.format(n=f"{left_out:,}")), class_="note"))
    return tag("figure", *parts, class_="table")


def leaderboard_html(block: Leaderboard) -> str:
    """Write a table of entries in which a longer bar is always better, the best one marked."""
    columns = [_measured(block, index) for index in range(len(block.measures))]
    judged = any(entry.passed is not None for entry in block.entries)
    rows = [
        _entry(entry, [column[i] for column in columns], judged)
        for i, entry in enumerate(block.entries)
    ]
    if any(measure.reference is not None for measure in block.measures):
        rows.append(_reference(block.measures, judged))
    verdict = [Head(Text("verdict", "结论"))] if judged else []
    heads = [Head(block.head), *verdict, *map(_measure_head, block.measures)]
    return table_html(Table(tuple(heads), tuple(rows), block.caption))


def _grid(heads: Sequence[Head], rows: Iterable[Sequence[Cell]]) -> str:
    top = (
        tag(
            "th",
            words(head.text),
            scope="col",
            class_=f"{head.align} long" if _is_long(head.text) else head.align,
            title=plain(head.tooltip) if head.tooltip else None,
        )
        for head in heads
    )
    body = (tag("tr", *(_written(c, h) for c, h in zip(row, heads, strict=True))) for row in rows)
    table = tag("table", tag("thead", tag("tr", *top)), tag("tbody", *body))
    return tag("div", table, class_="scroll", tabindex=0)


def _cell(value: Cell | Value) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)


def _aligned(head: Head, cells: Sequence[Cell]) -> Head:
    if head.align != "auto":
        return head
    values = [cell.value for cell in cells if cell.value is not None]
    numbers = values and all(isinstance(value, int | float | np.number) for value in values)
    return replace(head, align="right" if numbers else "left")


def _written(cell: Cell, head: Head) -> str:
    sign = tag("span", _SIGNS[cell.mark], class_="sign") if cell.mark in _SIGNS else ""
    style = (head.align, cell.mark, "long" if _is_long(cell.value) else None)
    return tag(
        "td",
        sign,
        words(short(cell.value)),
        _interval(cell),
        _bar(cell),
        tag("small", words(cell.note), class_="line") if cell.note else "",
        class_=" ".join(filter(None, style)),
        title=plain(cell.tooltip) if cell.tooltip else _full(cell.value),
    )


def _interval(cell: Cell) -> str:
    if cell.interval is None:
        return ""
    low, high = (plain_short(end) for end in cell.interval)
    return tag("small", f"[{low}, {high}]")


def _bar(cell: Cell) -> str:
    if cell.bar is None or not math.isfinite(cell.bar):
        return ""
    width = 100 * min(max(cell.bar, 0.0), 1.0)
    return tag("span", tag("i", style=f"width:{width:.1f}%"), class_="bar")


def _is_long(value: Value) -> bool:
    """Tell whether a cell needs more than one line; Chinese characters are twice as wide."""
    text = value if isinstance(value, Text) else Text(str(value), "")
    return max(len(text.en), 2 * len(text.zh)) > LONG


def _full(value: Value) -> str | None:
    """Give a number's digits where the short form hides some."""
    return plain(exact(value)) if isinstance(value, float | np.floating) else None


def _measure_head(measure: Measure) -> Head:
    ideal = compact(measure.ideal or 0.0)
    arrow = _ARROWS[measure.better] + (ideal if measure.better == "nearest" else "")
    name = Text("{name}\u00a0{arrow}", "{name}\u00a0{arrow}").format(name=measure.name, arrow=arrow)
    return Head(name, "right", measure.tooltip or _BETTER[measure.better].format(ideal=ideal))


def _measured(block: Leaderboard, index: int) -> list[Cell]:
    values = [entry.values[index] for entry in block.entries]
    counted = [
        math.nan if value is None or not entry.eligible else float(value)
        for value, entry in zip(values, block.entries, strict=True)
    ]
    goodness = _goodness(block.measures[index], counted)
    best = np.nanmax(goodness, initial=-math.inf)
    return [
        Cell(value, _rank(entry, good == best), bar=float(good))
        for value, entry, good in zip(values, block.entries, goodness, strict=True)
    ]


def _rank(entry: Entry, best: bool) -> Mark | None:
    if not entry.eligible:
        return "muted"
    return "best" if best else None


def _goodness(measure: Measure, values: Sequence[float]) -> np.ndarray:
    """Give each value's bar: its ratio to the best where that means something, else its rank."""
    raw = np.where(np.isfinite(values), values, np.nan)
    if np.isnan(raw).all():
        return raw
    if measure.better == "nearest":
        distance = np.abs(raw - (measure.ideal or 0.0))
        return 1 - distance / max(abs(measure.ideal or 0.0), float(np.nanmax(distance)), 1e-300)
    if np.nanmin(raw) <= 0:
        signed = raw if measure.better == "higher" else -raw
        span = float(np.nanmax(signed) - np.nanmin(signed))
        return (signed - np.nanmin(signed)) / span if span else np.ones_like(raw)
    return raw / np.nanmax(raw) if measure.better == "higher" else np.nanmin(raw) / raw


def _entry(entry: Entry, cells: list[Cell], judged: bool) -> tuple[Cell | Value, ...]:
    return (Cell(entry.name, note=entry.note), *([_PASSED[entry.passed]] * judged), *cells)


def _reference(measures: Sequence[Measure], judged: bool) -> tuple[Cell | Value, ...]:
    values = (Cell(measure.reference, "muted") for measure in measures)
    return (Cell(_REFERENCE, "muted"), *([Cell("")] * judged), *values)
