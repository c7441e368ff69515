"""Parts of a report: synthetic rows beside the training rows that they may come from."""

from collections.abc import Iterator

import numpy as np

from ...report import Block, Cell, ImageGrid, Table, Text
from ...report.document import Value, Words
from ..case import Case
from ..inputs.own_features import as_bytes
from ..inputs.samples import ImageSample, TableSample
from .evidence import Pairs, equal_cells

SHOWN_IMAGES = 24
SHOWN_ROWS = 8
SHOWN_COLUMNS = 40


def nearest_rows(case: Case, real: TableSample, synthetic: TableSample) -> Block:
    """Show the pairs that look most like copies, a line each row; equal cells are marked."""
    found = Pairs.of(case)
    pairs = found.take(np.arange(min(SHOWN_ROWS, len(found))))
    drawn, origin = synthetic.take(pairs.synthetic), real.take(pairs.training)
    names = real.columns.names[:SHOWN_COLUMNS]
    left, right = (
        np.array([_column(side, name) for name in names], object).T for side in (drawn, origin)
    )
    equal = equal_cells(drawn, origin)[:, : len(names)]
    lines: list[tuple[Cell | Value, ...]] = []
    for i, (place, source) in enumerate(zip(pairs.synthetic, pairs.training, strict=True)):
        ratio = Cell(_known(pairs.ratio[i]), note=_as_near(pairs, i))
        cells = (
            Cell(value, "warn" if same else None)
            for value, same in zip(left[i], equal[i], strict=True)
        )
        first = _SYNTHETIC.format(place=place)
        lines.append((first, float(pairs.distance[i]), ratio, *cells))
        lines.append((_TRAINING.format(place=source), None, None, *right[i]))
    heads: tuple[Words, ...] = (Text("row", "行"), Text("distance", "距离"), Text("ratio", "比值"))
    return Table((*heads, *names), tuple(lines), _CAPTION)


def grids(case: Case, real: ImageSample, synthetic: ImageSample) -> Iterator[Block]:
    """Show the images that look most like copies, then some from all over the set."""
    pairs = Pairs.of(case)
    in_order = np.argsort(pairs.synthetic)[spaced(len(pairs), SHOWN_IMAGES)]
    suspects = np.arange(min(SHOWN_IMAGES, len(pairs)))
    for places, caption in ((suspects, _SUSPECTS), (in_order, _TYPICAL)):
        shown = pairs.take(places)
        yield ImageGrid(
            _pictures(synthetic.take(shown.synthetic)),
            captions=tuple(f"{ratio:.2f}" for ratio in shown.ratio),
            partners=_pictures(real.take(shown.training)),
            caption=caption,
        )
    some = real.take(spaced(len(real), SHOWN_IMAGES))
    yield ImageGrid(_pictures(some), caption=Text("Training images", "训练图像"))


def spaced(n: int, most: int) -> np.ndarray:
    """Positions all over the rows, whatever they are sorted by."""
    return np.linspace(0, n - 1, min(n, most)).astype(int)


def _as_near(pairs: Pairs, i: int) -> Text | None:
    """Say how unusual a pair is."""
    return _AS_NEAR.format(k=pairs.as_near[i], n=pairs.control) if pairs.control else None


def _column(rows: TableSample, name: str) -> list[str | float | None]:
    return [_known(value) for value in rows.shown(name)]


def _known(value: object) -> str | float | None:
    """Give a cell as the report shows it; None is missing."""
    if isinstance(value, float | np.floating):
        return None if np.isnan(value) else float(value)
    return None if value is None else str(value)


def _pictures(images: ImageSample) -> np.ndarray:
    """Images as uint8, (n, h, w) or (n, h, w, 3)."""
    channels = images.pixels.shape[1]
    return as_bytes(images.pixels[:, : 3 if channels >= 3 else 1])


_SYNTHETIC, _TRAINING = (
    Text("synthetic {place}", "合成 {place}"),
    Text("training {place}", "训练 {place}"),
)
_AS_NEAR = Text("{k} of {n} hold-out rows as low", "{n} 个留出行中有 {k} 个同样低")
_CAPTION = Text(
    "The synthetic rows that look most like copies, the nearest training row below each; equal "
    "cells are marked. Ratio: the distance to the training row over that to the nearest hold-out "
    "row (where there is none, to the second nearest training row), 0 for a copy, around 1 for "
    "fresh rows. Rows are counted from 0.",
    "最像抄袭的合成行，其下为最近的训练行，相同的单元格已标出。比值：与训练行的距离除以与最近留出行的"
    "距离（无留出行时为与第二近训练行的距离），拷贝为 0，新行约为 1。行号从 0 起。",
)
_SUSPECTS = Text(
    "The synthetic images that look most like copies, the nearest training image beside each. The "
    "number is its distance over that to the nearest hold-out image (where there is none, to the "
    "second nearest training image): 0 for a copy, around 1 for fresh images",
    "最像抄袭的合成图像，每幅旁为最近的训练图像。数字为其距离除以与最近留出图像的距离"
    "（无留出图像时为与第二近训练图像的距离）：拷贝为 0，新图像约为 1",
)
_TYPICAL = Text(
    "Synthetic images from all over the set, the nearest training image beside each",
    "均匀取自全部合成图像，每幅旁为最近的训练图像",
)
