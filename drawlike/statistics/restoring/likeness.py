"""How images resemble those that a generator makes for them, frequency by frequency.

    T (x - a) = B T (G(z) - b) + r,   r ~ N(0, R)

with T the cosine transform of images in units of each pixel's standard deviation. B and R
are matrices over the channels, own ones for each frequency: coarse shapes of a generator can
be trusted, fine ones are often its own, and what it leaves out has a known spectrum. B and R
have few numbers for the pixels that they describe: a hundred images are enough where a
covariance would need thousands. Cosines all but diagonalise the covariance of smooth images
(Ahmed, Natarajan & Rao 1974, IEEE Trans. Computers C-23).
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

_PRIOR_ROWS = 30  # the mean variance counts as so many images to that of a pixel
_LEAST = 1e-6  # variance of a pixel that never changes, power of a wave that is always right
_RIDGE = 1e-3  # of the mean power of a frequency
_NOTHING = 1e-9  # power of what a generator that always makes the same adds to it


@dataclass(frozen=True, eq=False)
class Likeness:
    """What the formula above needs.

    ``center`` a, ``middle`` b and ``scale`` are (c, h, w), ``gain`` B and ``spread`` R are
    (c, c, h, w).
    """

    center: Tensor
    middle: Tensor
    scale: Tensor
    gain: Tensor
    spread: Tensor

    @classmethod
    def of(cls, x: Tensor, generated: Tensor, shape: tuple[int, int, int]) -> "Likeness":
        """Learn from images and what was generated for them, (n, c h w) each."""
        real, made = (part.double().reshape(-1, *shape) for part in (x, generated))
        center, middle = _mean(real), _mean(made)
        square = (real - center).square().sum(0)
        variance = (square + _PRIOR_ROWS * square.mean() / len(x)) / (len(x) + _PRIOR_ROWS)
        scale = (variance + _LEAST).sqrt()
        real, made = _waves((real - center) / scale), _waves((made - middle) / scale)
        own, across, both = (_products(a, b) for a, b in ((made, made), (real, made), (real, real)))
        ridge = _RIDGE * own.diagonal(dim1=-2, dim2=-1).mean() + _NOTHING
        identity = torch.eye(len(center), dtype=own.dtype)
        gain = torch.linalg.solve(own + ridge * identity, across.mT).mT
        spread = both - gain @ across.mT - across @ gain.mT + gain @ own @ gain.mT
        spread = spread + _LEAST * identity
        return cls(center, middle, scale, gain.permute(2, 3, 0, 1), spread.permute(2, 3, 0, 1))

    def expected(self, generated: Tensor) -> Tensor:
        """Mean of images for which these were generated, (n, d), differentiable."""
        c = self._like(generated)
        made = _waves((generated.reshape(-1, *self.scale.shape) - c.middle) / c.scale)
        known = _images(torch.einsum("abij,nbij->naij", c.gain, made))
        return (c.center + c.scale * known).flatten(1)

    @cached_property
    def covariance(self) -> Tensor:
        """Covariance of images about that mean, (d, d)."""
        c, h, w = self.scale.shape
        down, right = (_cosines(side, self.spread) for side in (h, w))
        pairs = (down[:, :, None] * down[:, None]).flatten(1), right[:, :, None] * right[:, None]
        sums = pairs[0].mT @ self.spread @ pairs[1].flatten(1)
        full = sums.reshape(c, c, h, h, w, w).permute(0, 2, 4, 1, 3, 5).reshape(c * h * w, -1)
        scale = self.scale.flatten()
        return full * scale[:, None] * scale

    def state(self) -> dict[str, np.ndarray]:
        """Plain arrays for :meth:`from_state`."""
        return {field.name: getattr(self, field.name).numpy() for field in fields(self)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "Likeness":
        """Rebuild from :meth:`state`."""
        return cls(**{name: torch.from_numpy(array) for name, array in state.items()})

    def _like(self, x: Tensor) -> "Likeness":
        return Likeness(*(getattr(self, field.name).to(x) for field in fields(self)))


def _mean(images: Tensor) -> Tensor:
    """Mean of images without the waves that are not told from chance, (c, h, w)."""
    waves = _waves(images)
    power = waves.mean(0).square()
    chance = waves.var(0, correction=0) / len(waves)
    kept = (power - chance).clamp(min=0) / power.clamp(min=torch.finfo(power.dtype).tiny)
    return _images(kept * waves.mean(0))


def _products(a: Tensor, b: Tensor) -> Tensor:
    """Mean products of channels at each frequency, (h, w, c, c)."""
    return torch.einsum("naij,nbij->ijab", a, b) / len(a)


def _waves(images: Tensor) -> Tensor:
    """Orthonormal cosine transform (type 2) of images (n, c, h, w)."""
    down, right = (_cosines(side, images) for side in images.shape[-2:])
    return down @ images @ right.mT


def _images(waves: Tensor) -> Tensor:
    down, right = (_cosines(side, waves) for side in waves.shape[-2:])
    return down.mT @ waves @ right


def _cosines(side: int, like: Tensor) -> Tensor:
    """Waves down the rows, orthonormal, (side, side)."""
    place = torch.arange(side, dtype=torch.float64)
    waves = torch.cos(torch.pi / side * place[:, None] * (place + 0.5)) * (2 / side) ** 0.5
    waves[0] /= 2**0.5
    return waves.to(like)
