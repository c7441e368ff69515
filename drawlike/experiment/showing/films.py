"""What the model drew as its training went on."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from ...base import filmed
from ...report import Animation, Block, Strip, Strips, Text, gif, image_grid, points_image
from .plane import plane_of
from .view import NotShownError, Scene, View

_LINES, _IN_LINE = 8, 10
_BEHIND = 1000


def film(view: View) -> Scene:
    """Show drawn rows over the steps of training, always from the same latent vectors."""
    frames = filmed(view.model)
    if frames is None:
        raise NotShownError(_NO_FILM)
    titles = _titles(view.model.film_.steps)
    if view.is_image:
        pictures = [_pictures(frame) for frame in frames]
        made = gif([image_grid(frame, columns=4) for frame in pictures], titles)
        more: tuple[Block, ...] = (_strips(pictures, titles),)
    else:
        made, more = gif(_planes(view, frames), titles), ()
    blocks = Animation(made, _ALT, _CAPTION), *more
    return Scene(blocks, {"film.gif": lambda path: path.write_bytes(made)})


def _titles(steps: np.ndarray) -> list[str]:
    *earlier, kept = (f"step {step:,}" for step in steps.tolist())
    return [*earlier, f"kept: {kept}"]


def _pictures(frame: np.ndarray) -> np.ndarray:
    """Turn bytes (n, channels, h, w) into images as reports have them."""
    return frame[:, 0] if frame.shape[1] == 1 else np.moveaxis(frame[:, :3], 1, -1)


def _strips(pictures: list[np.ndarray], titles: list[str]) -> Strips:
    """Show the first images of some frames, for those who would rather look than wait."""
    places = np.linspace(0, len(pictures) - 1, min(_LINES, len(pictures))).round().astype(int)
    return Strips(tuple(Strip(titles[i], pictures[i][:_IN_LINE]) for i in places))


def _planes(view: View, frames: Iterable[Any]) -> list[Image.Image]:
    points = [plane_of(view, frame).points for frame in frames]
    real = np.zeros((0, 2)) if view.data is None else plane_of(view, view.data.X).points
    x, y = plane_of(view, view.drawn.X).ends(real)
    return [points_image(part, x, y, real[:_BEHIND]) for part in points]


_NO_FILM = Text(
    "The model keeps no film: gan, vae and vaegan do, of images and of rows of two numbers; fit "
    "one anew.",
    "模型没有保存影片：gan、vae 与 vaegan 会为图像和两列数值的行保存；请重新训练。",
)
_ALT = Text("drawn rows over the steps of training", "训练过程中生成的样本")
_CAPTION = Text(
    "Drawn from the same latent vectors as training went on; the last frame is of what was kept",
    "随训练进行由相同的隐向量生成；最后一帧来自所保存的权重",
)
