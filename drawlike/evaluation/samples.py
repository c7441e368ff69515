"""Rows of each kind of data as the metrics see them."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from .columns import Columns, Vocabulary
from .features import Features
from .own_features import OwnFeatures
from .space import Space
from .target import Target


@dataclass(frozen=True, eq=False)
class TableSample:
    """Rows of a table or of an array of numbers."""

    columns: Columns
    space: Space
    keys: np.ndarray
    vocabulary: Vocabulary | None = None
    target: Target | None = None
    label: str | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.keys)

    def take(self, rows: np.ndarray) -> "TableSample":
        """Give some of the rows."""
        return replace(
            self,
            columns=self.columns.take(rows),
            keys=self.keys[rows],
            target=self.target and self.target.take(rows),
        )

    def shown(self, name: str) -> np.ndarray:
        """Give one column as people know it, (n,)."""
        if self.vocabulary is None:
            return self.columns.get(name)
        return self.vocabulary.shown(self.columns, name)

    def points(self) -> np.ndarray:
        """Points (n, d) of :class:`Space`."""
        return self.space.encode(self.columns)

    def traces(self) -> np.ndarray:
        """Give the same points: what is alike in all columns is a copy."""
        return self.points()


@dataclass(frozen=True, eq=False)
class ImageSample:
    """Images, (n, channels, height, width) float32 in [0, 1]."""

    pixels: np.ndarray
    extractor: Features
    keys: np.ndarray
    target: Target | None = None
    columns: None = None
    label: None = None

    def __len__(self) -> int:
        """Count the images."""
        return len(self.keys)

    def take(self, rows: np.ndarray) -> "ImageSample":
        """Give some of the images."""
        return replace(
            self,
            pixels=self.pixels[rows],
            keys=self.keys[rows],
            target=self.target and self.target.take(rows),
        )

    @property
    def own_scale(self) -> float | None:
        """What leads from points back to units of the user's features, if those are used."""
        return self.extractor.scale if isinstance(self.extractor, OwnFeatures) else None

    def points(self) -> np.ndarray:
        """Features (n, d)."""
        return self.extractor.features(self.pixels)

    def traces(self) -> np.ndarray:
        """Small copies of the images, (n, d): neither noise nor a new file format hides one."""
        return self.extractor.thumbnails(self.pixels)


def row_keys(*parts: np.ndarray) -> np.ndarray:
    """Hash rows (n, ...) of several arrays, (n,) uint64; floats count with 12 digits.

    A table written as text and read again keeps its keys.
    """
    rows = [_bytes(part.reshape(len(part), -1)) for part in parts]
    digests = (hashlib.blake2b(b"".join(row), digest_size=8) for row in zip(*rows, strict=True))
    return np.frombuffer(b"".join(digest.digest() for digest in digests), np.uint64)


def _bytes(rows: np.ndarray) -> list[bytes]:
    if rows.dtype.kind == "f":
        fraction, exponent = np.frexp(rows)
        rows = np.ldexp(np.round(fraction * 2.0**40), exponent)
        rows = np.where(np.isnan(rows), np.nan, rows + 0.0)  # one NaN, one zero
    return [row.tobytes() for row in np.ascontiguousarray(rows)]
