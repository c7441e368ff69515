"""Ways through the latent space: from row to row, and along single directions."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...base import DecoderMixin, LatentMixin
from ...report import Strip, Strips, Text, Words, write_png_strips
from .rows import as_table, columns_of
from .view import NotShownError, Scene, View

_PATHS, _STEPS = 5, 9
_DIRECTIONS, _AMONG = 6, 200
_MOST_TRIED = 512
_TABLE_PATHS, _TABLE_STEPS = 2, 5


class Latents(NamedTuple):
    """Latent vectors (n, n_latent) that rows may come from, and the label of each, if any."""

    z: np.ndarray
    labels: np.ndarray | None

    def label(self, i: int, n: int) -> np.ndarray | None:
        """The label of one of them, ``n`` times."""
        return None if self.labels is None else np.full(n, self.labels[i])


def paths(view: View) -> Scene:
    """Show rows on the way from one latent vector to another, of the same class."""
    n, steps = (_PATHS, _STEPS) if view.is_image else (_TABLE_PATHS, _TABLE_STEPS)
    found = _latents(view, 2 * n)
    model: Any = view.model
    ways = []
    for i in range(n):
        z = model.latent_path(found.z[i], found.z[n + i], steps)
        ways.append((_WAY.format(i=i + 1), model.decode(z, found.label(i, steps))))
    return _shown(view, ways, "interpolation.png")


def directions(view: View) -> Scene:
    """Show what changes along single directions, those first that change most."""
    found = _latents(view, _AMONG)
    low, high = np.quantile(found.z, [0.02, 0.98], axis=0)
    steps = _STEPS if view.is_image else _TABLE_STEPS
    ways = [
        (_DIRECTION.format(k=k), _along(view, found, k, np.linspace(low[k], high[k], steps)))
        for k in _strongest(view, found, low, high)
    ]
    return _shown(view, ways, "directions.png")


def _latents(view: View, n: int) -> Latents:
    """Take latent vectors of drawn rows, the labels in turn in either half."""
    model: Any = view.model
    classes = view.classes
    labels = classes[np.arange(n) % (n // 2) % len(classes)] if len(classes) else None
    if isinstance(model, LatentMixin):
        rows = view.draw(n, labels)
        return Latents(model.encode(rows.X, rows.y), labels)
    if isinstance(model, DecoderMixin) and hasattr(model, "draw_latent"):
        return Latents(model.draw_latent(n, random_state=view.seed), labels)
    raise NotShownError(_NO_LATENT)


def _along(view: View, found: Latents, k: int, values: np.ndarray) -> Any:
    """Rows of the first latent vector, one entry of which takes other values."""
    z = np.repeat(found.z[:1], len(values), axis=0)
    z[:, k] = values
    model: Any = view.model
    return model.decode(z, found.label(0, len(values)))


def _strongest(view: View, found: Latents, low: np.ndarray, high: np.ndarray) -> list[int]:
    """Choose the directions whose two ends differ most, as encoded rows."""
    effects = [
        _difference(view, _along(view, found, k, np.array([low[k], high[k]])))
        for k in range(min(found.z.shape[1], _MOST_TRIED))
    ]
    return np.argsort(-np.array(effects), kind="stable")[:_DIRECTIONS].tolist()


def _difference(view: View, two: Any) -> float:
    first, second = view.model.codec_.encode(two)
    return float(np.nansum(np.abs(first - second)))


def _shown(view: View, ways: Sequence[tuple[Words, Any]], file: str) -> Scene:
    if not view.is_image:
        return Scene(tuple(_as_tables(ways)))
    rows = tuple(Strip(name, view.pictures(images)) for name, images in ways)
    return Scene((Strips(rows),), {file: partial(write_png_strips, rows)})


def _as_tables(ways: Sequence[tuple[Words, Any]]) -> Iterator[Any]:
    for name, rows in ways:
        steps = range(1, len(rows) + 1)
        yield as_table(columns_of(rows), {name: list(steps)})


_WAY = Text("way {i}", "路径 {i}")
_DIRECTION = Text("direction {k}", "方向 {k}")
_NO_LATENT = Text(
    "The model has no latent vectors to move in (a GAN that begins at a mixture has components).",
    "模型没有可移动的隐向量（从混合分布出发的 GAN 只有分量）。",
)
