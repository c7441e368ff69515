"""Rows of each kind of data as the metrics see them."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from .columns import Columns, Vocabulary
from .features import Features
from .own_features import OwnFeatures
from .space import Space
from .target import Target

HASHED_AT_ONCE = 8192


class Sample(Protocol):
    """Rows as the metrics see them."""

    @property
    def keys(self) -> np.ndarray:
        """A hash of each whole row, (n,): equal rows have equal keys."""
        ...

    @property
    def target(self) -> Target | None:
        """What each row is labelled, where that is known."""
        ...

    @property
    def label(self) -> str | None:
        """The column that repeats the target."""
        ...

    @property
    def columns(self) -> Columns | None:
        """The columns of tables and arrays."""
        ...

    def __len__(self) -> int:
        """Count the rows."""
        ...

    def take(self, rows: np.ndarray) -> "Sample":
        """Give some of the rows."""
        ...

    def points(self) -> np.ndarray:
        """Points (n, d) that lie near each other when rows are alike."""
        ...

    def traces(self) -> np.ndarray:
        """Points (n, d) in which a copied row lies near its origin."""
        ...


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

    def is_time(self, name: str) -> bool:
        """Whether a column's numbers count from an arbitrary day."""
        return self.vocabulary is not None and self.vocabulary.is_time(name)

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

    A table written as text and read again keeps its keys. Cells are mixed in one after the
    other (SplitMix64: Steele, Lea and Flood 2014, 10.1145/2660193.2660195): of a million rows
    two that differ have equal keys with chance 3e-8.
    """
    keys = np.zeros(len(parts[0]), np.uint64)
    for start in range(0, len(keys), HASHED_AT_ONCE):
        rows = slice(start, start + HASHED_AT_ONCE)
        for part in parts:
            for cells in _bits(part[rows].reshape(len(keys[rows]), -1)).T:
                keys[rows] = _mixed(keys[rows] ^ cells)
    return keys


def twelve_digits(numbers: np.ndarray) -> np.ndarray:
    """Round floats of any size to 40 bits, so that writing them as text changes nothing."""
    fraction, exponent = np.frexp(numbers)
    return np.ldexp(np.round(fraction * 2.0**40), exponent - 40) + 0.0  # one zero


def _bits(rows: np.ndarray) -> np.ndarray:
    """Equal values as equal integers, (n, d) uint64."""
    if rows.dtype.kind != "f":
        return rows.astype(np.int64).view(np.uint64)
    one = np.where(np.isnan(rows), np.nan, twelve_digits(rows))  # one NaN
    return one.astype(np.float64).view(np.uint64)


def _mixed(keys: np.ndarray) -> np.ndarray:
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
