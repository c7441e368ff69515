"""Ways through the latent space: from row to row, and along single directions."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...base import DecoderMixin, LatentMixin
from ...report import Paragraph, Strip, Strips, Text, Words, write_png_strips
from .rows import as_table, columns_of
from .view import NotShownError, Scene, View

_STEPS, _TABLE_STEPS = 9, 5
_PATHS, _TABLE_PATHS = 5, 3
_DIRECTIONS, _TABLE_DIRECTIONS = 6, 3
_AMONG, _MOST_TRIED = 200, 512  # latent vectors whose range is taken, and directions


class Latents(NamedTuple):
    """Latent vectors (n, n_latent) that rows may come from, and the label of each, if any."""

    z: np.ndarray
    labels: np.ndarray | None


class Way(NamedTuple):
    """Rows one after the other, each in the kind of data that ``fit`` got."""

    name: Words
    rows: list[Any]


def paths(view: View) -> Scene:
    """Show rows on the way from one latent vector to another, of the same class."""
    n, steps = (_PATHS, _STEPS) if view.is_image else (_TABLE_PATHS, _TABLE_STEPS)
    found, model = _latents(view, 2 * n), _decoder(view)
    ways = []
    for i in range(n):
        z = model.latent_path(found.z[i], found.z[n + i], steps)
        ways.append(Way(_WAY.format(i=i + 1), _rows(view, z, found.labels, i)))
    return _shown(view, ways, "interpolation.png", _PATHS_SAID)


def directions(view: View) -> Scene:
    """Show what changes along single directions, those first that change most."""
    found = _latents(view, _AMONG)
    n, steps = (_DIRECTIONS, _STEPS) if view.is_image else (_TABLE_DIRECTIONS, _TABLE_STEPS)
    low, high = np.quantile(found.z, [0.02, 0.98], axis=0)
    ways = [
        Way(_DIRECTION.format(k=k), _along(view, found, k, np.linspace(low[k], high[k], steps)))
        for k in _strongest(view, found, low, high)[:n]
    ]
    return _shown(view, ways, "directions.png", _DIRECTIONS_SAID)


def _latents(view: View, n: int) -> Latents:
    """Take latent vectors of drawn rows, the labels in turn in either half."""
    model, classes = _decoder(view), view.classes
    labels = classes[np.arange(n) % (n // 2) % len(classes)] if len(classes) else None
    if isinstance(model, LatentMixin):
        rows = view.draw(n, labels)
        return Latents(model.encode(rows.X, rows.y), labels)
    return Latents(model.draw_latent(n, random_state=view.seed), labels)


def _decoder(view: View) -> Any:
    """The model, if latent vectors are what its rows come from."""
    model = view.model
    if isinstance(model, LatentMixin):
        return model
    if isinstance(model, DecoderMixin) and hasattr(model, "draw_latent"):
        return model
    raise NotShownError(_NO_LATENT)


def _rows(view: View, z: np.ndarray, labels: np.ndarray | None, i: int) -> list[Any]:
    """Decode each latent vector by itself, so that all have the same noise; of the i-th label."""
    label = None if labels is None else labels[i]
    return [_decoder(view).decode(z[k : k + 1], label) for k in range(len(z))]


def _along(view: View, found: Latents, k: int, values: np.ndarray) -> list[Any]:
    """Rows of the first latent vector, one entry of which takes other values."""
    z = np.repeat(found.z[:1], len(values), axis=0)
    z[:, k] = values
    return _rows(view, z, found.labels, 0)


def _strongest(view: View, found: Latents, low: np.ndarray, high: np.ndarray) -> list[int]:
    """Sort directions by how much their two ends differ, as encoded rows."""
    effects = []
    for k in range(min(found.z.shape[1], _MOST_TRIED)):
        ends = _along(view, found, k, np.array([low[k], high[k]]))
        first, last = (view.model.codec_.encode(row) for row in ends)
        effects.append(np.nansum(np.abs(first - last)))
    return np.argsort(-np.array(effects), kind="stable").tolist()


def _shown(view: View, ways: Sequence[Way], file: str, said: Text) -> Scene:
    if not view.is_image:
        return Scene((Paragraph(said), _as_table(ways)))
    strips = tuple(
        Strip(way.name, np.concatenate([view.pictures(row) for row in way.rows])) for way in ways
    )
    return Scene((Strips(strips, said),), {file: partial(write_png_strips, strips)})


def _as_table(ways: Sequence[Way]) -> Any:
    rows = [columns_of(row) for way in ways for row in way.rows]
    columns = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    return as_table(columns, {_WHERE: [way.name for way in ways for _ in way.rows]})


_WHERE = Text("where", "位置")
_WAY = Text("way {i}", "路径 {i}")
_DIRECTION = Text("direction {k}", "方向 {k}")
_PATHS_SAID = Text(
    "From one latent vector to another of the same class, in equal steps",
    "由一个隐向量到同类别的另一个，步长相等",
)
_DIRECTIONS_SAID = Text(
    "One entry of a latent vector from low to high, the others held; what changes most comes first",
    "隐向量的一个分量由低到高，其余不变；变化最大者在前",
)
_NO_LATENT = Text(
    "The model has no latent vectors to move in (a GAN that begins at a mixture has components).",
    "模型没有可移动的隐向量（从混合分布出发的 GAN 只有分量）。",
)
