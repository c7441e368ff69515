"""Convolutions for images of any height, width and number of channels."""

from collections.abc import Callable
from itertools import pairwise
from math import ceil, gcd, prod

import torch
from torch import Tensor, nn

from .mlp import MLP, PLAIN, Style

SMALLEST_SIDE = 4  # halve an image until its shorter side would fall below this
_WIDEST = 256

Norm = Callable[[int], nn.Module]


def group_norm(channels: int) -> nn.Module:
    """Normalise eight groups of channels of each row by itself; fewer where eight do not fit."""
    return nn.GroupNorm(gcd(8, channels), channels)


class ConvEncoder(nn.Module):
    """Halve an image until its shorter side is 4 to 7 pixels, then flatten it.

    As in DCGAN (Radford et al. 2016, arXiv:1511.06434) every convolution has stride 2, so
    that none works at full resolution; GroupNorm in place of BatchNorm keeps rows apart.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        style: Style = PLAIN,
        base: int = 32,
        norm: Norm = group_norm,
    ) -> None:
        super().__init__()
        channels, height, width = self.shape = shape
        widths = level_widths(channels, base, height, width)
        layers: list[nn.Module] = []
        for depth, (a, b) in enumerate(pairwise(widths)):
            norms = [norm(b)] if style.normalise and depth else []
            layers += [nn.Conv2d(a, b, 4, stride=2, padding=1), *norms, style.activation()]
            height, width = height // 2, width // 2
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.n_features = widths[-1] * height * width

    def forward(self, x: Tensor) -> Tensor:
        """Map flattened images (n, c h w) to features (n, n_features)."""
        image = x.reshape(-1, *self.shape)
        return self.body(image.contiguous(memory_format=torch.channels_last))


class ConvDecoder(nn.Module):
    """Grow a vector into an image by doubling, crop it, and flatten it channel-first."""

    def __init__(
        self,
        n_in: int,
        n_cond: int,
        out_channels: int,
        shape: tuple[int, int, int],
        base: int = 32,
        *,
        style: Style = PLAIN,
        norm: Norm = group_norm,
    ) -> None:
        super().__init__()
        _, self.height, self.width = shape
        widths = level_widths(out_channels, base, self.height, self.width)[::-1]
        scale = 2 ** (len(widths) - 1)
        self.start = (widths[0], ceil(self.height / scale), ceil(self.width / scale))
        self.stem = MLP(n_in, n_cond, prod(self.start), ())
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            grow = nn.ConvTranspose2d(a, b, 4, stride=2, padding=1)
            norms = [norm(a)] if style.normalise else []
            layers += [*norms, style.activation(), grow]
        self.body = nn.Sequential(*layers)

    def forward(self, z: Tensor, cond: Tensor) -> Tensor:
        """Map vectors and conditions to flattened images (n, out_channels h w)."""
        small = self.stem(z, cond).reshape(-1, *self.start)
        grown = self.body(small.contiguous(memory_format=torch.channels_last))
        return grown[:, :, : self.height, : self.width].flatten(1)


def level_widths(outer: int, base: int, height: int, width: int) -> list[int]:
    """Channels at each resolution, from the image's own to the smallest."""
    side, widths = min(height, width), [outer]
    while side // 2 >= SMALLEST_SIDE:
        side //= 2
        widths.append(min(_WIDEST, base * 2 ** (len(widths) - 1)))
    return widths
