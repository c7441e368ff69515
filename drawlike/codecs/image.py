"""Images: grey, colour, any height and width, one size a data set."""

from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
import torch

from ..errors import DataError, SettingError
from ..layout import BinaryImage, Image, Layout
from .form import Form, as_numpy

MAX_LEVELS = 65_536
PIXELS = ("auto", "binary")
_CHANNELS = (1, 3, 4)  # grey, colour, colour and opacity

_Turn = Callable[[np.ndarray], np.ndarray]
# how each convention turns into (n, channels, height, width), and back
_CONVENTIONS: dict[str, tuple[_Turn, _Turn]] = {
    "grey": (lambda x: x[:, None], lambda x: x[:, 0]),
    "first": (lambda x: x, lambda x: x),
    "last": (lambda x: np.moveaxis(x, 3, 1), lambda x: np.moveaxis(x, 1, 3)),
}


class ImageCodec:
    """Images scaled to [0, 1], channel-first and flattened.

    Takes (n, h, w), (n, h, w, c) or (n, c, h, w) with 1, 3 or 4 channels, and gives the
    same back. Whole-numbered pixels have levels, and their likelihood is a mass; others
    are continuous. The range of values is learned; bright ``uint8`` images have 0 to 255.
    Images of two values, whatever these are, are binary. ``pixels="binary"`` takes grey
    images as well: a pixel's value is then the probability that it is white.
    """

    def __init__(self, *, pixels: Literal["auto", "binary"] = "auto") -> None:
        if pixels not in PIXELS:
            raise SettingError(f"pixels={pixels!r} is unknown; use one of {', '.join(PIXELS)}.")
        self.pixels = pixels

    def fit(self, raw: Any, *, weight: np.ndarray | None = None) -> Self:
        """Learn shape, range and grey levels.

        Raises
        ------
        DataError
            If the shape is not that of images, the channels cannot be told from height
            and width, or a pixel is NaN or infinite.
        """
        pixels = _checked(raw)
        self.convention_ = _convention(pixels.shape)
        self.shape_ = pixels.shape[1:]
        self.form_ = Form.of(raw)
        used = pixels if weight is None else pixels[weight > 0]
        low, high = float(used.min()), float(used.max())
        has_two_values = low < high and bool(((used == low) | (used == high)).all())
        self.is_binary_ = has_two_values or self.pixels == "binary"
        self.is_stochastic_ = self.is_binary_ and not has_two_values
        self.low_, self.high_ = (low, high) if has_two_values else _range(low, high, self.form_)
        span = self.high_ - self.low_
        self.has_levels_ = span < MAX_LEVELS and bool(_is_whole(used).all())
        # equal pixels span nothing, and must not be divided by it
        self.span_ = max(span, 1.0) if self.has_levels_ else span or 1.0
        return self

    @property
    def layout_(self) -> Layout:
        """One image."""
        if self.is_binary_:
            bits = BinaryImage("image", *self._channel_first(), stochastic=self.is_stochastic_)
            return Layout((bits,))
        levels = int(self.span_) + 1 if self.has_levels_ else None
        return Layout((Image("image", *self._channel_first(), levels),))

    def encode(self, raw: Any) -> np.ndarray:
        """Pixels in [0, 1], (n, channels * height * width) float64."""
        return self._flat(self._known(raw))

    def encode_some(self, raw: Any, mask: Any = None) -> np.ndarray:
        """Encode what is known of images; pixels that are NaN, or true in ``mask``, are NaN.

        The mask has the shape of the images, of one of them, or lacks the channels.
        """
        pixels = as_numpy(raw)
        gaps = np.isnan(pixels) if pixels.dtype.kind == "f" else np.zeros(pixels.shape, bool)
        known = self._flat(self._known(np.where(gaps, 0, pixels)))
        if mask is not None:
            gaps = gaps | _like(as_numpy(mask), pixels.shape, self.convention_)
        elif pixels.dtype.kind != "f":
            raise DataError(
                f"Pixels of dtype {pixels.dtype} have no NaN; say with mask= which are missing."
            )
        inward, _ = _CONVENTIONS[self.convention_]
        known[inward(gaps).reshape(known.shape)] = np.nan
        return known

    def encode_halved(self, raw: Any) -> np.ndarray:
        """Encode images of half the height and width, (n, channels * height * width / 4)."""
        channels, height, width = self._channel_first()
        if height % 2 or width % 2:
            raise DataError(
                f"The model was fitted on images of {height} x {width} pixels, which are no "
                "doubles of smaller ones; fit it on images with even sides."
            )
        half = {"grey": (), "first": (channels,), "last": ()}[self.convention_]
        half += (height // 2, width // 2) + (channels,) * (self.convention_ == "last")
        return self._flat(self._known(raw, half))

    def _flat(self, pixels: np.ndarray) -> np.ndarray:
        inward, _ = _CONVENTIONS[self.convention_]
        flat = inward(pixels).reshape(len(pixels), -1).astype(np.float64)
        flat -= self.low_
        flat /= self.span_
        return flat

    def decode(self, encoded: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        """Images of the shape, library, dtype and device that ``fit`` got."""
        if self.is_binary_:
            return self.form_.restore(self.shaped(np.where(encoded > 0.5, self.high_, self.low_)))
        values = encoded * self.span_
        if self.has_levels_:
            np.rint(values, out=values)
        values = np.clip(values + self.low_, self.low_, self.high_)
        return self.form_.restore(self.shaped(values))

    def with_known(self, images: Any, raw: Any, gaps: np.ndarray) -> Any:
        """Decoded images with the pixels of ``raw`` where an encoded row has no gap."""
        given = self.form_.restore(np.nan_to_num(as_numpy(raw).astype(np.float64)))
        missing = self.shaped(gaps)
        if isinstance(images, torch.Tensor):
            return torch.where(torch.from_numpy(missing).to(images.device), images, given)
        return np.where(missing, images, given)

    def shaped(self, values: np.ndarray) -> np.ndarray:
        """Give numbers of pixels, as encoded rows order them, the shape of images, (n, ...)."""
        _, outward = _CONVENTIONS[self.convention_]
        return outward(values.reshape(-1, *self._channel_first()))

    def log_jacobian(self, raw: Any) -> np.ndarray:
        """Log of the encoded volume of one level a pixel, or of one unit, nats, (n,).

        It is -inf for images with levels that were not in the range of the training images,
        and for those that are not of the two values where these were binary.
        """
        pixels = self._known(raw).reshape(len(raw), -1)
        if self.is_binary_:
            known = (pixels == self.low_) | (pixels == self.high_)
            return np.where(known.all(1), 0.0, -np.inf)
        volume = np.full(len(pixels), -pixels.shape[1] * np.log(self.span_))
        if self.has_levels_:
            known = (pixels >= self.low_) & (pixels <= self.high_) & _is_whole(pixels)
            volume[~known.all(1)] = -np.inf
        return volume

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values."""
        return {
            "convention": self.convention_,
            "shape": list(self.shape_),
            "form": self.form_.state(),
            "low": self.low_,
            "high": self.high_,
            "span": self.span_,
            "has_levels": self.has_levels_,
            "is_binary": self.is_binary_,
            "is_stochastic": self.is_stochastic_,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        codec = cls()
        codec.convention_, codec.shape_ = state["convention"], tuple(state["shape"])
        codec.form_ = Form(**state["form"])
        codec.low_, codec.high_, codec.span_ = state["low"], state["high"], state["span"]
        codec.has_levels_ = state["has_levels"]
        # the first version took images of two values as any others
        codec.is_binary_ = state.get("is_binary", False)
        codec.is_stochastic_ = state.get("is_stochastic", False)
        return codec

    def _channel_first(self) -> tuple[int, int, int]:
        inward, _ = _CONVENTIONS[self.convention_]
        channels, height, width = inward(np.empty((1, *self.shape_), bool)).shape[1:]
        return channels, height, width

    def _known(self, raw: Any, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """Check images against those of the fit, or against half of them."""
        pixels, shape = _checked(raw), shape or self.shape_
        if pixels.shape[1:] != shape:
            asked = "" if shape == self.shape_ else f", and takes {shape} here"
            raise DataError(
                f"Images have shape {pixels.shape[1:]}, but the model was fitted on "
                f"{self.shape_}{asked}; resize them or turn their axes."
            )
        return pixels


def _checked(raw: Any) -> np.ndarray:
    pixels = as_numpy(raw)
    if pixels.dtype.kind not in "biuf":
        raise DataError(f"Pixels have dtype {pixels.dtype}; expected numbers.")
    if pixels.ndim not in (3, 4) or 0 in pixels.shape:
        raise DataError(
            f"Images have shape {pixels.shape}; expected (n, height, width), "
            "(n, height, width, channels) or (n, channels, height, width), none of them 0."
        )
    bad = pixels.dtype.kind == "f" and ~np.isfinite(pixels)
    if np.any(bad):
        image, *place = np.argwhere(bad)[0].tolist()
        raise DataError(
            f"Image {image} holds NaN or infinity, first at {tuple(place)}; images must be "
            "complete, so fill or drop it."
        )
    return pixels


def _like(mask: np.ndarray, shape: tuple[int, ...], convention: str) -> np.ndarray:
    """Give a mask the shape of images."""
    axis = {"grey": None, "first": 1, "last": 3}[convention]
    plane = shape if axis is None else shape[:axis] + shape[axis + 1 :]
    if axis is not None and mask.shape == plane == shape[1:]:
        raise DataError(
            f"The mask has shape {mask.shape}, which may be that of one image for all or of all "
            f"images without their channels; give the full shape, {shape}."
        )
    if mask.dtype.kind == "b" and mask.shape in (shape, shape[1:]):
        return np.broadcast_to(mask, shape)
    if mask.dtype.kind == "b" and axis is not None and mask.shape in (plane, plane[1:]):
        return np.broadcast_to(np.expand_dims(np.broadcast_to(mask, plane), axis), shape)
    raise DataError(
        f"The mask has dtype {mask.dtype} and shape {mask.shape}; give truth values of shape "
        f"{shape}, or {shape[1:]} for all images: true where a pixel is missing."
    )


def _is_whole(pixels: np.ndarray) -> np.ndarray:
    whole = np.broadcast_to(True, pixels.shape)
    return pixels == np.rint(pixels) if pixels.dtype.kind == "f" else whole


def _convention(shape: tuple[int, ...]) -> str:
    if len(shape) == 3:
        return "grey"
    first, last = shape[1] in _CHANNELS, shape[3] in _CHANNELS
    if first and last:
        raise DataError(
            f"In images of shape {shape} both axis 1 and axis 3 may be the channels. Drop the "
            "channel axis of grey images, X[..., 0] or X[:, 0]; pad or crop others until only "
            "the channels have 1, 3 or 4 entries."
        )
    if not (first or last):
        raise DataError(
            f"In images of shape {shape} neither axis 1 nor axis 3 has 1, 3 or 4 channels; "
            "pass (n, height, width, channels) or (n, channels, height, width)."
        )
    return "last" if last else "first"


def _range(low: float, high: float, form: Form) -> tuple[float, float]:
    is_photograph = form.dtype == "uint8" and high > 127
    return (0.0, 255.0) if is_photograph else (low, high)
