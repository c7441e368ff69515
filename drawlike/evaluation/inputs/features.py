"""Fixed features of images: local contrast at several scales and orientations.

Two orders of a windowed scattering transform (Bruna and Mallat 2013, arXiv:1203.1513) with
Gabor filters of 5 x 5 pixels on a pyramid of halved images. Nothing is learned from any
data, so nothing knows the training rows better than fresh ones, and no download is needed.
Chosen among raw pixels, principal components and this by which planted faults are seen.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

VERSION = 1
N_ORIENTATIONS = 6
FILTER_SIZE = 5
WAVELENGTH = 4  # pixels
SMALLEST_SIDE = 7  # a pyramid's level that a filter still fits
LARGEST_SIDE = 64  # larger images are averaged down first
THUMBNAIL, SKETCH, FIRST_GRID, SECOND_GRID = 16, 8, 4, 2
ROWS_AT_ONCE = 128


def gabor_filters() -> np.ndarray:
    """Even and odd Gabor filters, (n_orientations, 2, 5, 5) float32, of unit norm."""
    axis = np.arange(FILTER_SIZE) - FILTER_SIZE // 2
    y, x = np.meshgrid(axis, axis, indexing="ij")
    window = np.exp(-(x**2 + y**2) / (2 * 1.3**2))
    filters = []
    for angle in np.pi * np.arange(N_ORIENTATIONS) / N_ORIENTATIONS:
        phase = 2 * np.pi / WAVELENGTH * (x * np.cos(angle) + y * np.sin(angle))
        even, odd = window * np.cos(phase), window * np.sin(phase)
        even -= window * even.sum() / window.sum()  # blind to brightness
        norm = np.sqrt((even**2 + odd**2).sum())
        filters.append(np.stack([even, odd]) / norm)
    return np.stack(filters).astype(np.float32)


FILTERS = gabor_filters()
SHA256 = hashlib.sha256((FILTERS.round(5) + 0).tobytes()).hexdigest()  # no negative zeros


class Features(Protocol):
    """Where images are compared."""

    @property
    def name(self) -> str:
        """What they are, for the report."""
        ...

    def features(self, pixels: np.ndarray) -> np.ndarray:
        """Points (n, d), near each other when images (n, channels, height, width) are alike."""
        ...

    def thumbnails(self, pixels: np.ndarray) -> np.ndarray:
        """Small copies of the images, (n, d)."""
        ...


@dataclass(frozen=True, eq=False)
class Extractor:
    """Features of images, scaled so that each order and scale weighs the same.

    ``scales`` are the only numbers taken from training images: a total spread each of the
    families (small image, first and second order of each level).
    """

    scales: tuple[float, ...]

    @property
    def name(self) -> str:
        """Name, version and hash of the filters, for the report."""
        return f"scattering-{VERSION} sha256:{SHA256[:16]}"

    @classmethod
    def fit(cls, pixels: np.ndarray) -> Self:
        """Measure the spread of each family on images (n, channels, height, width)."""
        families = _families(pixels)
        spreads = [float(np.sqrt(part.var(0).sum())) for part in families]
        return cls(tuple((spread or 1.0) * len(families) ** 0.5 for spread in spreads))

    def features(self, pixels: np.ndarray) -> np.ndarray:
        """Features (n, d) float64; of the images that were fitted they have total variance 1."""
        parts = zip(_families(pixels), self.scales, strict=True)
        return np.concatenate([part / scale for part, scale in parts], axis=1)

    def by_size(self, pixels: np.ndarray) -> dict[int, np.ndarray]:
        """Features of each size of detail by itself, (n, d) each.

        The keys are sizes in pixels of the images as they are compared: 4, 8, ... by the level
        of the pyramid; 0 is the small image, which shows shapes and brightness.
        """
        parts = zip(_families(pixels), self.scales, strict=True)
        scaled = [part / scale for part, scale in parts]
        of_level = _levels(pixels.shape)
        return {
            size: np.concatenate(
                [part for part, own in zip(scaled, of_level, strict=True) if own == size], axis=1
            )
            for size in sorted(set(of_level))
        }

    def thumbnails(self, pixels: np.ndarray) -> np.ndarray:
        """Images of at most 16 x 16, flattened, (n, d) float64."""
        return thumbnails(pixels)


def thumbnails(pixels: np.ndarray) -> np.ndarray:
    """Images of at most 16 x 16, flattened, (n, d) float64."""
    return _in_parts(pixels, lambda x: [_grid(x, THUMBNAIL)])[0]


def _families(pixels: np.ndarray) -> list[np.ndarray]:
    return _in_parts(pixels, lambda images: [family for _, family in _scatter(images)])


def _levels(shape: tuple[int, ...]) -> list[int]:
    """Size of detail that each family shows, pixels; 0 for the small image."""
    blank = torch.zeros(1, *shape[1:])
    return [size for size, _ in _scatter(blank)]


def _in_parts(pixels: np.ndarray, transform: Callable[[Tensor], list[Tensor]]) -> list[np.ndarray]:
    with torch.no_grad():
        images = torch.from_numpy(np.ascontiguousarray(pixels, np.float32))
        parts = [transform(part) for part in images.split(ROWS_AT_ONCE)]
    return [torch.cat(family).double().numpy() for family in zip(*parts, strict=True)]


def _scatter(images: Tensor) -> list[tuple[int, Tensor]]:
    """A small image, then of each level of the pyramid the first and the second order.

    With each comes the wavelength of its filters in pixels, 0 for the small image.
    """
    level, size = _shrunk(images), WAVELENGTH
    families = [(0, _grid(level, SKETCH))]
    while not families[1:] or min(level.shape[-2:]) >= SMALLEST_SIDE:
        first = _contrast(level)
        families.append((size, _grid(first, FIRST_GRID)))
        coarse = _halved(first)
        if min(coarse.shape[-2:]) >= SECOND_GRID * 2:
            families.append((size, _grid(_contrast(coarse), SECOND_GRID)))
        level, size = _halved(level), 2 * size
    return families


def _contrast(images: Tensor) -> Tensor:
    """Modulus of the complex Gabor responses, (n, channels * orientations, h, w)."""
    n, _, height, width = images.shape
    weight = torch.from_numpy(FILTERS.reshape(-1, 1, FILTER_SIZE, FILTER_SIZE))
    margin = FILTER_SIZE // 2
    planes = F.pad(images.reshape(-1, 1, height, width), (margin,) * 4, mode="replicate")
    responses = F.conv2d(planes, weight).reshape(n, -1, 2, height, width)
    # the square root has no slope at 0, and flat patches are all alike
    return (responses.square().sum(2) + 1e-8).sqrt()


def _shrunk(images: Tensor) -> Tensor:
    while max(images.shape[-2:]) > LARGEST_SIDE:
        images = _halved(images)
    return images


def _halved(images: Tensor) -> Tensor:
    return F.avg_pool2d(images, 2, ceil_mode=True) if min(images.shape[-2:]) > 1 else images


def _grid(images: Tensor, most: int) -> Tensor:
    """Averages over at most ``most`` x ``most`` fields, flattened."""
    height, width = images.shape[-2:]
    return F.adaptive_avg_pool2d(images, (min(height, most), min(width, most))).flatten(1)
