"""Images of any layout and range as those that a screen shows."""

from typing import Any

import numpy as np

from ..codecs import Codec
from ..errors import UnsupportedError


def as_pictures(codec: Codec, images: Any) -> np.ndarray:
    """Images that a codec knows as uint8, (n, height, width) or (n, height, width, 3)."""
    image = codec.layout_.image
    if image is None:
        raise UnsupportedError("Only images can be drawn, and these rows are none.")
    channels, height, width = image.shape
    levels = np.rint(codec.encode(images).clip(0, 1) * 255).astype(np.uint8)
    pixels = levels.reshape(-1, channels, height, width)
    return pixels[:, 0] if channels == 1 else np.moveaxis(pixels[:, :3], 1, -1)
