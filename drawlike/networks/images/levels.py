"""Sizes of an image that is halved again and again."""

from dataclasses import dataclass
from math import ceil
from typing import Self

from ..conv import SMALLEST_SIDE


@dataclass(frozen=True)
class Levels:
    """How often an image is halved, and what is left: sides rounded up for generators.

    A generator that doubles ``smallest`` so many times gives the image's sides or some more.
    """

    n_halvings: int
    smallest: tuple[int, int]

    @classmethod
    def of(cls, shape: tuple[int, int, int], least: int = SMALLEST_SIDE) -> Self:
        """Halve an image (c, h, w) until its shorter side would fall below ``least``."""
        _, height, width = shape
        side, n = min(height, width), 0
        while side // 2 >= least:
            side, n = side // 2, n + 1
        return cls(n, (ceil(height / 2**n), ceil(width / 2**n)))
