"""Miyato et al. 2018, arXiv:1802.05957: residual networks, whose critic has no normalisation.

Its layers are bounded by their spectra (``spectral_norm=True``), as with any critic.
"""

from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ..batch_norm import BatchNorm
from ..mlp import MLP
from .levels import Levels

_STILL_HALVED = 7  # the shorter side of an image that a critic halves no more


class SNGANGenerator(nn.Module):
    """Vectors to images by residual blocks that double the sides, batch-normalised."""

    def __init__(self, n_in: int, n_cond: int, shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        levels = Levels.of(shape)
        self.height, self.width_px = shape[1:]
        self.start = (width, *levels.smallest)
        self.stem = MLP(n_in, n_cond, prod(self.start), ())
        self.body = nn.Sequential(*(GrowingBlock(width) for _ in range(levels.n_halvings)))
        self.last = nn.Sequential(
            BatchNorm(width), nn.ReLU(), nn.Conv2d(width, shape[0], 3, padding=1)
        )

    def begin_from(self, rng: torch.Generator) -> None:
        """Draw weights as Glorot and Bengio 2010."""
        _draw_balanced(self, rng)

    def forward(self, z: Tensor, cond: Tensor) -> Tensor:
        """Map vectors and conditions to flattened images."""
        small = self.stem(z, cond).reshape(-1, *self.start)
        image = self.last(self.body(small.contiguous(memory_format=torch.channels_last)))
        return image[:, :, : self.height, : self.width_px].flatten(1)


class SNGANCritic(nn.Module):
    """Images to features by residual blocks, the first of which halve the sides."""

    def __init__(self, shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        self.shape, self.n_features = shape, width
        n_halvings = max(1, Levels.of(shape, _STILL_HALVED).n_halvings)
        halves = [index < n_halvings for index in range(n_halvings + 2)]
        channels = [shape[0]] + [width] * len(halves)
        self.body = nn.Sequential(
            *(
                ShrinkingBlock(a, b, halve=halve, first=index == 0)
                for index, ((a, b), halve) in enumerate(
                    zip(pairwise(channels), halves, strict=True)
                )
            )
        )

    def begin_from(self, rng: torch.Generator) -> None:
        """Draw weights as Glorot and Bengio 2010."""
        _draw_balanced(self, rng)

    def forward(self, x: Tensor) -> Tensor:
        """Map flattened images to features, summed over the image."""
        image = x.reshape(-1, *self.shape).contiguous(memory_format=torch.channels_last)
        return self.body(image).relu().sum((2, 3))


class GrowingBlock(nn.Module):
    """Double the sides of images (n, width, h, w)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.between = BatchNorm(width), BatchNorm(width)
        self.one = nn.Conv2d(width, width, 3, padding=1)
        self.two = nn.Conv2d(width, width, 3, padding=1)
        self.shortcut = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Give twice the sides."""
        h = self.one(interpolate(self.before(x).relu(), scale_factor=2))
        # a 1 x 1 convolution may come before the doubling, where it costs a quarter
        return interpolate(self.shortcut(x), scale_factor=2) + self.two(self.between(h).relu())


class ShrinkingBlock(nn.Module):
    """Change the channels of images, and halve their sides where told to."""

    def __init__(self, n_in: int, n_out: int, *, halve: bool, first: bool) -> None:
        super().__init__()
        self.halve, self.first = halve, first
        self.one = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.two = nn.Conv2d(n_out, n_out, 3, padding=1)
        changes = halve or n_in != n_out
        self.shortcut = nn.Conv2d(n_in, n_out, 1) if changes else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Give the next features; pixels themselves are not rectified."""
        h = self.two(self.one(x if self.first else x.relu()).relu())
        if not self.halve:
            return h + self.shortcut(x)
        return _halved(h) + self.shortcut(_halved(x))


def _halved(x: Tensor) -> Tensor:
    return avg_pool2d(x, 2) if min(x.shape[2:]) > 1 else x


def _draw_balanced(net: nn.Module, rng: torch.Generator) -> None:
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            gain = 1.0 if "shortcut" in name else 2**0.5
            nn.init.xavier_uniform_(module.weight, gain, generator=rng)
