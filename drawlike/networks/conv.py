"""Convolutions for images of any height, width and number of channels."""

import itertools
from collections.abc import Callable
from math import ceil

from torch import Tensor, nn

SMALLEST_SIDE = 4  # halve an image until its shorter side would fall below this
_WIDEST = 256


def _n_halvings(height: int, width: int) -> int:
    side, n = min(height, width), 0
    while side / 2 >= SMALLEST_SIDE - 0.5 and n < 5:
        side, n = ceil(side / 2), n + 1
    return n


def _widths(base: int, n: int) -> list[int]:
    return [min(_WIDEST, base * 2**i) for i in range(n + 1)]


def _group_norm(channels: int) -> nn.Module:
    return nn.GroupNorm(min(8, channels), channels)


class ConvEncoder(nn.Module):
    """Halve an image until it is about 4 pixels wide, then flatten, (n, n_features)."""

    def __init__(
        self,
        shape: tuple[int, int, int],
        base: int = 32,
        *,
        normalise: bool = True,
        activation: Callable[[], nn.Module] = nn.SiLU,
    ) -> None:
        super().__init__()
        channels, height, width = self.shape = shape
        n = _n_halvings(height, width)
        widths = _widths(base, n)
        layers: list[nn.Module] = [nn.Conv2d(channels, widths[0], 3, padding=1), activation()]
        for a, b in itertools.pairwise(widths):
            norm = [_group_norm(b)] if normalise else []
            layers += [nn.Conv2d(a, b, 4, stride=2, padding=1), *norm, activation()]
            height, width = height // 2, width // 2
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.n_features = widths[-1] * height * width

    def forward(self, x: Tensor) -> Tensor:
        """Map flattened images (n, c h w) to features (n, n_features)."""
        return self.body(x.reshape(-1, *self.shape))


class ConvDecoder(nn.Module):
    """Grow a vector into an image by doubling, crop it, and flatten it channel-first."""

    def __init__(
        self, n_in: int, out_channels: int, shape: tuple[int, int, int], base: int = 32
    ) -> None:
        super().__init__()
        _, self.height, self.width = shape
        n = _n_halvings(self.height, self.width)
        widths = _widths(base, n)[::-1]
        self.start = (widths[0], ceil(self.height / 2**n), ceil(self.width / 2**n))
        self.stem = nn.Linear(n_in, widths[0] * self.start[1] * self.start[2])
        layers: list[nn.Module] = [_group_norm(widths[0]), nn.SiLU()]
        for a, b in itertools.pairwise(widths):
            layers += [nn.ConvTranspose2d(a, b, 4, stride=2, padding=1), _group_norm(b), nn.SiLU()]
        self.body = nn.Sequential(*layers, nn.Conv2d(widths[-1], out_channels, 3, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        """Map vectors (n, n_in) to flattened images (n, out_channels h w)."""
        grown = self.body(self.stem(z).reshape(-1, *self.start))
        return grown[:, :, : self.height, : self.width].flatten(1)
