"""Features of images by a function of the user's, for instance a network with its weights."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch

from ...errors import SettingError
from .features import thumbnails

ImageFeatures = Callable[[np.ndarray], Any]

ROWS_AT_ONCE = 256
PROBES = 8


@dataclass(frozen=True, eq=False)
class OwnFeatures:
    """What a function of images (n, height, width[, channels]) uint8 gives, (n, d).

    A total variance of 1 over the training images makes them comparable; ``scale`` leads
    back to the function's own units. No image goes through the function twice.
    """

    function: ImageFeatures
    name: str = ""
    scale: float = 1.0
    _known: dict[bytes, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def fit(cls, function: ImageFeatures, pixels: np.ndarray) -> Self:
        """Try the function and measure the spread on images (n, channels, height, width)."""
        if not callable(function):
            raise SettingError(
                f"features={function!r} cannot be called; expected a function of images "
                "(n, height, width[, channels]) uint8 that gives features (n, d)."
            )
        raw = cls(function)
        spread = float(np.sqrt(raw.features(pixels).var(0).sum()))
        return cls(function, _name(function, pixels.shape[1:]), spread or 1.0, raw._known)

    def features(self, pixels: np.ndarray) -> np.ndarray:
        """Features (n, d) float64."""
        images = as_bytes(pixels)
        keys = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
        unknown = {key: i for i, key in enumerate(keys) if key not in self._known}
        places = np.fromiter(unknown.values(), int, len(unknown))
        for start in range(0, len(places), ROWS_AT_ONCE):
            part = places[start : start + ROWS_AT_ONCE]
            found = _called(self.function, images[part])
            self._known.update((keys[i], row) for i, row in zip(part, found, strict=True))
        widths = {len(self._known[key]) for key in keys}
        if len(widths) > 1:
            raise SettingError(f"features gave rows of {widths} values; expected one width.")
        return np.stack([self._known[key] for key in keys]) / self.scale

    def thumbnails(self, pixels: np.ndarray) -> np.ndarray:
        """Images of at most 16 x 16, flattened, (n, d) float64."""
        return thumbnails(pixels)


def as_bytes(pixels: np.ndarray) -> np.ndarray:
    """Images as people know them, (n, h, w) or (n, h, w, c) uint8, from (n, c, h, w) in [0, 1]."""
    levels = np.round(pixels.clip(0, 1) * 255).astype(np.uint8)
    return levels[:, 0] if levels.shape[1] == 1 else np.moveaxis(levels, 1, -1)


def _called(function: ImageFeatures, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        given = function(images)
    if isinstance(given, torch.Tensor):
        given = given.detach().cpu().numpy()
    rows = np.asarray(given)
    if rows.ndim != 2 or len(rows) != len(images) or rows.dtype.kind not in "fiu":
        raise SettingError(
            f"features gave {rows.dtype} of shape {rows.shape} for {len(images)} images; expected "
            f"numbers of shape ({len(images)}, d): flatten what the network gives."
        )
    if not np.isfinite(rows).all():
        raise SettingError("features gave values that are not finite: look for them in its input.")
    return rows.astype(np.float64)


def _name(function: ImageFeatures, shape: tuple[int, ...]) -> str:
    """The function's name, and a hash of what it gives for fixed noise: its weights show."""
    noise = np.random.default_rng(0).random((PROBES, *shape), np.float32)
    found = _called(function, as_bytes(noise))
    digits = np.array([f"{value:.3g}" for value in found.ravel()])
    name = getattr(function, "__name__", type(function).__name__)
    return f"{name} sha256:{hashlib.sha256(digits.tobytes()).hexdigest()[:16]}"
