"""The training rows that drawn rows are nearest to."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...codecs.form import as_numpy
from ...datasets import Dataset
from ...evaluation.clouds.neighbours import nearest
from ...evaluation.inputs.reading import READERS, reader_for
from ...report import Strip, Strips, Table, Text, Words, write_png_strips
from .rows import as_table, columns_of
from .view import NotShownError, Scene, View

_IMAGES, _NEAR_IMAGES = 8, 6
_ROWS, _NEAR_ROWS = 5, 2


def neighbours(view: View) -> Scene:
    """Show drawn rows, the training rows nearest to each beside it or below."""
    if view.data is None:
        raise NotShownError(_NO_DATA)
    if view.model.kind_ not in READERS:
        raise NotShownError(_NOT_COMPARED)
    n, k = (_IMAGES, _NEAR_IMAGES) if view.is_image else (_ROWS, _NEAR_ROWS)
    drawn = view.drawn.take(np.arange(n))
    distance, index = _nearest(view.data, drawn, k)
    if not view.is_image:
        return Scene((_table(drawn, view.data, distance, index),))
    near = view.pictures(as_numpy(view.data.X)[index.ravel()])
    shown = view.pictures(drawn.X)
    parts = np.split(near, n)
    rows = tuple(
        Strip(f"{distance[i, 0]:.3g}", np.concatenate([shown[i : i + 1], parts[i]]), lead=1)
        for i in range(n)
    )
    return Scene(
        (Strips(rows, _IMAGES_CAPTION),), {"neighbours.png": partial(write_png_strips, rows)}
    )


def _nearest(train: Dataset, drawn: Dataset, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and positions of the nearest training rows, as the judge measures, (n, k)."""
    reader = reader_for(train.kind)(train, None)
    probes = reader.read(drawn, "drawn").traces()
    return nearest(probes, reader.read(train, "training").traces(), k)


def _table(drawn: Dataset, train: Dataset, distance: np.ndarray, index: np.ndarray) -> Table:
    """Lay out each drawn row, and below it the training rows nearest to it."""
    n, k = index.shape
    mine, near = columns_of(drawn.X), columns_of(train.take(index.ravel()).X)
    order = np.column_stack([np.arange(n), n + np.arange(n * k).reshape(n, k)]).ravel()
    columns = {name: np.concatenate([own, near[name]])[order] for name, own in mine.items()}
    names: list[Text] = []
    far: list[float | None] = []
    for i in range(n):
        names += [_DRAWN.format(i=i + 1), *(_TRAINING.format(place=p) for p in index[i])]
        far += [None, *distance[i].tolist()]
    beside: dict[Words, Any] = {_ROW: names, _DISTANCE: far}
    return replace(as_table(columns, beside), caption=_TABLE_CAPTION)


_NO_DATA = Text(
    "The training rows are not at hand: give data= in Python, --data FILE on the command line.",
    "没有训练数据：在 Python 中使用 data=，在命令行使用 --data FILE。",
)
_NOT_COMPARED = Text("Only rows and images have a distance here.", "此处只有行与图像有距离。")
_DRAWN, _TRAINING = Text("drawn {i}", "生成 {i}"), Text("training {place}", "训练 {place}")
_ROW, _DISTANCE = Text("row", "行"), Text("distance", "距离")
_IMAGES_CAPTION = Text(
    "A drawn image, and the training images nearest to it; the number is the distance of the first. "
    "Whether it is too near, drawlike evaluate says: it looks at the hold-out too.",
    "左为生成图像，右为与其最近的训练图像；数字为与第一幅的距离。是否过近由 drawlike evaluate 判断：它同时参照留出数据。",
)
_TABLE_CAPTION = Text(
    "Each drawn row, and below it the training rows nearest to it. Whether they are too near, "
    "drawlike evaluate says: it looks at the hold-out too.",
    "每个生成行，其下为与其最近的训练行。是否过近由 drawlike evaluate 判断：它同时参照留出数据。",
)
