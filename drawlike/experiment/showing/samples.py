"""Rows as the model draws them, and those of each class."""

from functools import partial
from typing import Any

import numpy as np

from ...codecs.form import as_numpy
from ...datasets.kinds import is_frame
from ...report import (
    Block,
    Curves,
    ImageGrid,
    Series,
    Strip,
    Strips,
    Text,
    Words,
    write_png_grid,
    write_png_strips,
)
from .rows import as_table, columns_of
from .view import NotShownError, Scene, View

_SHOWN_ROWS = 12
_SEQUENCES, _STEPS, _MOST_LINES = 3, 200, 6
_CLASSES, _OF_CLASS = 20, 8


def samples(view: View) -> Scene:
    """Show drawn rows: images side by side, rows of a table, sequences as curves."""
    if view.model.kind_ == "sequence":
        return Scene(_curves(view))
    if not view.is_image:
        return Scene((as_table(columns_of(view.drawn.take(np.arange(_SHOWN_ROWS)).X)),))
    pictures = view.pictures(view.drawn.X)
    files = {"samples.png": partial(write_png_grid, pictures)}
    return Scene((ImageGrid(pictures),), files)


def classes(view: View) -> Scene:
    """Show some rows of each class."""
    labels = view.usual_classes(_CLASSES)
    if len(labels) == 0:
        raise NotShownError(_NO_LABELS)
    if view.model.kind_ == "sequence":
        raise NotShownError(_SEQUENCES_OF_CLASSES)
    each = _OF_CLASS if view.is_image else 2
    drawn = view.draw(len(labels) * each, np.repeat(labels, each))
    names = [str(label) for label in labels]
    if not view.is_image:
        told: dict[Words, Any] = {_CLASS: [name for name in names for _ in range(each)]}
        return Scene((as_table(columns_of(drawn.X), told),))
    pictures = view.pictures(drawn.X)
    parts = zip(names, np.split(pictures, len(labels)), strict=True)
    rows = tuple(Strip(name, part) for name, part in parts)
    caption = _USUAL_CLASSES.format(n=len(labels)) if len(labels) < len(view.classes) else None
    return Scene((Strips(rows, caption),), {"classes.png": partial(write_png_strips, rows)})


def _curves(view: View) -> tuple[Block, ...]:
    drawn = view.model.sample(_SEQUENCES, length=_STEPS, random_state=view.seed)
    is_one = is_frame(drawn) or (not isinstance(drawn, list) and as_numpy(drawn).ndim == 2)
    parts = [drawn] if is_one else list(drawn)
    return tuple(_lines(part) for part in parts)


def _lines(sequence: object) -> Curves:
    columns = list(columns_of(sequence).items())
    numbers = [(name, values) for name, values in columns if values.dtype.kind in "biuf"]
    return Curves(
        tuple(Series(name, np.arange(len(v)), v) for name, v in numbers[:_MOST_LINES]),
        caption=_FIRST_COLUMNS if len(numbers) > _MOST_LINES else None,
    )


_CLASS = Text("class", "类别")
_NO_LABELS = Text("The model was fitted without labels.", "模型拟合时没有标签。")
_SEQUENCES_OF_CLASSES = Text("Sequences are not shown class by class.", "序列不按类别展示。")
_USUAL_CLASSES = Text("The {n} most frequent classes", "最常见的 {n} 个类别")
_FIRST_COLUMNS = Text("The first columns of numbers", "前几个数值列")
