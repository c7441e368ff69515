"""Films as GIFs, and points as pictures: what people pass on without a page."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from drawlike.report.plot import Axis

FRAME_MS, LAST_MS = 220, 2500
SIDE = 420
_HEAD, _TYPE = 26, 15
_INK, _MUTED, _REAL, _SYNTHETIC = "#1b2330", "#c9d0d8", "#9cc0e0", "#bb520c"


def gif(frames: Sequence[Image.Image], titles: Sequence[str]) -> bytes:
    """Give frames of one size as a GIF that goes round, each under its title; the last stays."""
    titled = [
        _titled(frame, title, (place + 1) / len(frames))
        for place, (frame, title) in enumerate(zip(frames, titles, strict=True))
    ]
    stream = io.BytesIO()
    shown = [FRAME_MS] * (len(titled) - 1) + [LAST_MS]
    titled[0].save(
        stream, "GIF", save_all=True, append_images=titled[1:], duration=shown, loop=0, disposal=2
    )
    return stream.getvalue()


def points_image(
    points: np.ndarray, x: tuple[float, float], y: tuple[float, float], behind: np.ndarray
) -> Image.Image:
    """Draw points (n, 2) in a square whose ends are ``x`` and ``y``, over faint ones ``behind``."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, SIDE - 1, SIDE - 1), outline=_MUTED)
    for rows, colour, radius in ((behind, _REAL, 1), (points, _SYNTHETIC, 2)):
        for across, down in _places(rows, Axis(*x), Axis(*y)):
            draw.ellipse((across - radius, down - radius, across + radius, down + radius), colour)
    return picture


def _places(points: np.ndarray, x: Axis, y: Axis) -> list[tuple[float, float]]:
    rows = points[np.isfinite(points).all(1)]
    across, down = SIDE * x.at(rows[:, 0]), SIDE * (1 - y.at(rows[:, 1]))
    inside = (across >= 0) & (across <= SIDE) & (down >= 0) & (down <= SIDE)
    return list(zip(across[inside].tolist(), down[inside].tolist(), strict=True))


def _titled(frame: Image.Image, title: str, share: float) -> Image.Image:
    """Put a title and how much of the film is over above a frame; grey ones stay exact."""
    sheet = Image.new(frame.mode, (frame.width, frame.height + _HEAD), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((4, 3), title, fill=_INK, font=ImageFont.load_default(_TYPE))
    draw.line((0, _HEAD - 2, share * frame.width, _HEAD - 2), fill=_SYNTHETIC, width=2)
    sheet.paste(frame, (0, _HEAD))
    return sheet
