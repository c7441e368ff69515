"""Films of a training: of which data they are kept, and how they come back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..layout import Choice, Image, Layout
from ..training import Camera
from .randomness import block_generator

_IMAGES, _LARGEST = 16, 64  # a frame's images, and the pixels a side of each
_POINTS = 256

Draw = Callable[[Tensor, torch.Generator], Tensor]


def camera_of(layout: Layout, cond: Tensor, draw: Draw) -> Camera | None:
    """Give a camera for images, or for rows of two numbers; None for what no frame can show.

    ``draw(cond, rng)`` gives an encoded row for each label of ``cond`` (n, k). It is called
    with the same labels, in turn, and the same random numbers for every frame. These come from
    no stream of the fit, which stays as it would be without a camera.
    """
    image = layout.image
    if image is None and not _is_plane(layout):
        return None
    labels = _in_turn(cond, _POINTS if image is None else _IMAGES)

    @torch.no_grad()
    def frame() -> Tensor:
        rows = draw(labels, torch.Generator(cond.device).manual_seed(0)).cpu()
        return rows.float() if image is None else _small(rows, image)

    return Camera(frame)


def filmed(model: Any) -> np.ndarray | list[Any] | None:
    """Give the frames that a fitted model keeps of its training; None where it keeps none.

    Those of images are grids of pixels, (m, n, channels, height, width) uint8, the others a
    list of rows in the kind of data that ``fit`` got.
    """
    film = getattr(model, "film_", None)
    if film is None:
        return None
    if model.codec_.layout_.image:
        return film.frames
    k = model.labels_.n_classes
    codes = np.arange(film.frames.shape[1]) % max(k, 1)
    labels = model.labels_.classes_[codes] if k else None
    return [
        model._decode(frame.astype(np.float64), labels, block_generator(0, i))
        for i, frame in enumerate(film.frames)
    ]


def _in_turn(cond: Tensor, n: int) -> Tensor:
    """One-hot labels (n, k): the first, the second, and so on, and again."""
    k = cond.shape[1]
    each = torch.eye(k, dtype=cond.dtype, device=cond.device)
    return each[torch.arange(n, device=cond.device) % k] if k else cond.new_zeros(n, 0)


def _is_plane(layout: Layout) -> bool:
    return layout.width == 2 and not any(isinstance(block, Choice) for block in layout.blocks)


def _small(rows: Tensor, image: Image) -> Tensor:
    """Give images as bytes, large ones by some of their pixels, (n, channels, h, w)."""
    every = -(-max(image.height, image.width_px) // _LARGEST)
    pixels = rows.view(-1, *image.shape)[:, :, ::every, ::every]
    return (pixels.clamp(0, 1) * 255).round().byte()
