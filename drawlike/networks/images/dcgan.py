"""Radford et al. 2016, arXiv:1511.06434: strides, batch normalisation, small weights."""

from functools import partial

import torch
from torch import nn

from ..batch_norm import BatchNorm
from ..conv import ConvDecoder, ConvEncoder
from ..mlp import Style

_SD = 0.02  # of weights at first


class DCGANGenerator(ConvDecoder):
    """Vectors to images by transposed convolutions, batch-normalised, with ReLU."""

    def __init__(self, n_in: int, n_cond: int, shape: tuple[int, int, int], width: int) -> None:
        super().__init__(
            n_in, n_cond, shape[0], shape, width, style=Style(activation=nn.ReLU), norm=BatchNorm
        )

    def begin_from(self, rng: torch.Generator) -> None:
        """Draw small normal weights."""
        _draw_small(self, rng)


class DCGANCritic(ConvEncoder):
    """Images to features by strided convolutions, batch-normalised, with leaky ReLU."""

    def __init__(self, shape: tuple[int, int, int], width: int) -> None:
        style = Style(activation=partial(nn.LeakyReLU, 0.2))
        super().__init__(shape, style, base=width, norm=BatchNorm)

    def begin_from(self, rng: torch.Generator) -> None:
        """Draw small normal weights."""
        _draw_small(self, rng)


def _draw_small(net: nn.Module, rng: torch.Generator) -> None:
    for weight in net.parameters():
        if weight.ndim > 1:
            weight.normal_(0, _SD, generator=rng)
