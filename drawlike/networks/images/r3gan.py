"""Huang, Gokaslan et al. 2024, arXiv:2501.05441: residual networks without normalisation.

Blocks are bottlenecks turned inside out: twice the channels in between, where a grouped
convolution looks around. They begin as the identity (Zhang et al. 2019, arXiv:1901.09321),
so that depth costs nothing at first, and images are resampled bilinearly.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, leaky_relu

from ..mlp import MLP
from .levels import Levels

_SLOPE = 0.2
_GAIN = math.sqrt(2 / (1 + _SLOPE**2))  # keeps the variance through a leaky ReLU
_INSIDE, _GROUP = 2, 8  # times the channels within a block; channels that a group has at most
_DEEPEST = 8  # times ``width`` at most


class R3GANGenerator(nn.Module):
    """Vectors to images: a learned small image, weighed by the vector, that is grown."""

    def __init__(self, n_in: int, n_cond: int, shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        levels = Levels.of(shape)
        self.height, self.width_px = shape[1:]
        widths = _widths(width, levels.n_halvings)[::-1]
        self.stem = MLP(n_in, n_cond, widths[0], ())
        self.basis = nn.Parameter(torch.empty(widths[0], *levels.smallest))
        layers: list[nn.Module] = [Block(widths[0])]
        for a, b in pairwise(widths):
            layers += [Resample(a, b, grow=True), Block(b)]
        self.body = nn.Sequential(*layers)
        self.last = nn.Conv2d(widths[-1], shape[0], 1)

    def begin_from(self, rng: torch.Generator) -> None:
        """Begin as a chain of identities, on a normal basis."""
        _draw_still(self, rng)
        self.basis.normal_(generator=rng)

    def forward(self, z: Tensor, cond: Tensor) -> Tensor:
        """Map vectors and conditions to flattened images."""
        small = self.stem(z, cond)[:, :, None, None] * self.basis
        image = self.last(self.body(small.contiguous(memory_format=torch.channels_last)))
        return image[:, :, : self.height, : self.width_px].flatten(1)


class R3GANCritic(nn.Module):
    """Images to features: shrunk step by step, then weighed by a learned small image."""

    def __init__(self, shape: tuple[int, int, int], width: int) -> None:
        super().__init__()
        levels = Levels.of(shape)
        widths = _widths(width, levels.n_halvings)
        self.shape, self.n_features = shape, widths[-1]
        layers: list[nn.Module] = [nn.Conv2d(shape[0], widths[0], 1), Block(widths[0])]
        for a, b in pairwise(widths):
            layers += [Resample(a, b, grow=False), Block(b)]
        height, width_px = (side // 2**levels.n_halvings for side in shape[1:])
        deep = widths[-1]
        layers += [nn.Conv2d(deep, deep, (height, width_px), groups=deep, bias=False)]
        self.body = nn.Sequential(*layers)

    def begin_from(self, rng: torch.Generator) -> None:
        """Begin as a chain of identities."""
        _draw_still(self, rng)

    def forward(self, x: Tensor) -> Tensor:
        """Map flattened images to features."""
        image = x.reshape(-1, *self.shape).contiguous(memory_format=torch.channels_last)
        return self.body(image).flatten(1)


class Block(nn.Module):
    """Add to images (n, width, h, w) what an inverted bottleneck makes of them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inside = _INSIDE * width
        self.widen = nn.Conv2d(width, inside, 1)
        groups = inside // math.gcd(inside, _GROUP)
        self.look = nn.Conv2d(inside, inside, 3, padding=1, groups=groups)
        self.narrow = nn.Conv2d(inside, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Give images of the same shape."""
        wide = leaky_relu(self.widen(x), _SLOPE)
        return x + self.narrow(leaky_relu(self.look(wide), _SLOPE))


class Resample(nn.Module):
    """Double or halve the sides of images bilinearly, and change their channels."""

    def __init__(self, n_in: int, n_out: int, *, grow: bool) -> None:
        super().__init__()
        self.grow = grow
        same = n_in == n_out
        self.channels = nn.Identity() if same else nn.Conv2d(n_in, n_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Give images of twice or half the sides; channels change where they cost least."""
        if self.grow:
            return interpolate(self.channels(x), scale_factor=2, mode="bilinear")
        return self.channels(avg_pool2d(x, 2))  # bilinear at half the size is the mean of four


def _widths(width: int, n_halvings: int) -> list[int]:
    """Channels at each resolution, from the image's own to the smallest."""
    return [width * min(2**level, _DEEPEST) for level in range(n_halvings + 1)]


def _draw_still(net: nn.Module, rng: torch.Generator) -> None:
    """Let blocks begin as the identity, so scaled that their steps add up to one."""
    blocks = [module for module in net.modules() if isinstance(module, Block)]
    # of three layers a block, each but the last is scaled by the number of blocks ^ (-1 / 4)
    gain = _GAIN * len(blocks) ** -0.25
    for block in blocks:
        for layer in (block.widen, block.look):
            fan_in = math.prod(layer.weight.shape[1:])
            layer.weight.normal_(0, gain / math.sqrt(fan_in), generator=rng)
        block.narrow.weight.zero_()
