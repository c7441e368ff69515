"""Images."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .block import Block
from .densities import bernoulli_log_prob, logistic_cell_log_prob, normal_log_prob, observed_sum
from .draws import draw_bits, logistic_like, noise_like
from .real import SMALLEST_SCALE


@dataclass(frozen=True)
class Image(Block):
    """An image, channel-first and flattened, in [0, 1].

    With ``levels`` a pixel is logistic, integrated over its grey level (Salimans et al.
    2017, arXiv:1701.05517); the outermost levels take the tails. Without, it is normal.
    """

    channels: int = 1
    height: int = 1
    width_px: int = 1
    levels: int | None = 256

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of one image."""
        return self.channels, self.height, self.width_px

    @property
    def width(self) -> int:  # noqa: D102
        return self.channels * self.height * self.width_px

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.width

    @property
    def n_params(self) -> int:  # noqa: D102
        return 2 * self.width

    @property
    def cell(self) -> float:
        """Encoded width of one grey level; 0 when continuous."""
        return 1 / (self.levels - 1) if self.levels else 0.0

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return (2 * x - 1).nan_to_num(nan=0.0)

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        return ((expanded + 1) / 2).clamp(0, 1)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return raw.tanh()

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        # its mean: pixel noise would tell every critic what is drawn
        return 2 * self._location(raw)[0] - 1

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        mean, scale = self._location(raw)
        pixel = x.nan_to_num(nan=0.0)
        if not self.levels:
            return observed_sum(normal_log_prob(mean, scale, pixel), x)
        mass = logistic_cell_log_prob(mean, scale, pixel, self.cell)
        return observed_sum(mass - math.log(self.cell), x)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        mean, scale = self._location(raw)
        draw = logistic_like if self.levels else noise_like
        return (mean + scale * draw(mean, rng)).clamp(0, 1)

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._location(raw)[0].clamp(0, 1)

    def _location(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = raw.chunk(2, -1)
        shared = F.softplus(spread.mean(-1, keepdim=True) - 2)
        return (mean + 1) / 2, shared + max(self.cell / 8, SMALLEST_SCALE)


@dataclass(frozen=True)
class BinaryImage(Image):
    """An image of two values, 0 and 1: a Bernoulli a pixel, counted, given the network.

    Where ``stochastic``, grey values come too, and are the probabilities of 1: training sees
    a fresh draw at every visit (Salakhutdinov and Murray 2008; "dynamic" binarisation).
    """

    levels: int | None = 2
    stochastic: bool = False

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.width

    def realise(self, x: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        if not self.stochastic:
            return x
        return torch.where(x.isnan(), x, draw_bits(x, rng))

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return (raw / 2).tanh()  # the mean, between -1 and 1

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        return observed_sum(bernoulli_log_prob(raw, x.nan_to_num(nan=0.0)), x)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return draw_bits(raw.sigmoid(), rng)

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return raw.sigmoid()
