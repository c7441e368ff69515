"""Rows of tables and arrays as people read them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from ...codecs.form import as_numpy
from ...datasets.kinds import is_frame
from ...report import Cell, Table, Text, Words

_MOST_COLUMNS = 16
_LEFT_OUT = Text("The first {shown} of {n} columns.", "{n} 列中的前 {shown} 列。")


def columns_of(X: Any) -> dict[str, np.ndarray]:
    """Columns by their names; those of an array are x0, x1, and so on."""
    if is_frame(X):
        frame = nw.from_native(X, eager_only=True)
        return {str(name): frame[name].to_numpy() for name in frame.columns}
    array = as_numpy(X)
    return {f"x{i}": array[:, i] for i in range(array.shape[1])}


def as_table(
    columns: Mapping[str, np.ndarray], beside: dict[Words, Sequence[Any]] | None = None
) -> Table:
    """Lay out rows by their columns, what stands ``beside`` them first."""
    shown = dict(list(columns.items())[:_MOST_COLUMNS])
    parts = [*(beside or {}).values(), *shown.values()]
    lines = tuple(tuple(_cell(value) for value in line) for line in zip(*parts, strict=True))
    note = _LEFT_OUT.format(shown=len(shown), n=len(columns))
    caption = note if len(shown) < len(columns) else None
    return Table((*(beside or {}), *shown), lines, caption)


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, Text):
        return Cell(value)
    if isinstance(value, bool | np.bool_):
        return Cell(str(bool(value)))
    if isinstance(value, int | float | np.integer | np.floating):
        number = value.item() if isinstance(value, np.generic) else value
        return Cell(None if math.isnan(number) else number)
    return Cell(_words(value))


def _words(value: Any) -> str | None:
    text = str(value)
    return None if text in ("<NA>", "NaT", "nan") else text.removesuffix("T00:00:00.000000000")
