"""Draws of a chain that keep to what was seen of an image."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..layout import Variables
from ..layout.draws import gumbel_like
from ..statistics.restoring.observation import Halved, Noisy, Observation

_CANDIDATES = 64
_SPREAD = 0.25  # of the largest variance that pixels of a mean can have
_EXACT = 1e-4  # variance of a pixel that is what is left of a mean
_MEAN_OF = 4
_COUNTING, _HALVINGS = 0.25, 20


class Hints(Protocol):
    """Where pixels are likely to be, by what was seen of an image and drawn already."""

    def about(self, pixel: int) -> tuple[Tensor, Tensor]:
        """Mean and variance of each channel of a pixel, (n, channels)."""
        ...

    def heard(self, pixel: int, drawn: Tensor) -> None:
        """Take note of a pixel that was drawn, (n, channels)."""
        ...


def hints_of(seen: Tensor, how: Observation, shape: tuple[int, int, int]) -> Hints:
    """Hints from what was seen, (n, m), of images (channels, height, width)."""
    planes = seen.unflatten(1, (shape[0], -1))
    return NoisyPixels(planes, how.noise) if isinstance(how, Noisy) else MeansOfFour(planes, shape)


@dataclass(frozen=True, eq=False)
class NoisyPixels:
    """Every pixel, with noise of a variance; (n, channels, pixels)."""

    seen: Tensor
    noise: float

    def about(self, pixel: int) -> tuple[Tensor, Tensor]:
        """Give the noisy pixel."""
        mean = self.seen[:, :, pixel]
        return mean, torch.full_like(mean, self.noise)

    def heard(self, pixel: int, drawn: Tensor) -> None:
        """Learn nothing: noise is independent."""


class MeansOfFour:
    """Means of two by two pixels: those that are not drawn yet share the rest."""

    def __init__(self, seen: Tensor, shape: tuple[int, int, int]) -> None:
        self.rest = _MEAN_OF * seen.clone()
        self.left = [_MEAN_OF] * seen.shape[2]
        self.width = shape[2]

    def about(self, pixel: int) -> tuple[Tensor, Tensor]:
        """Share what is left evenly; the last pixel takes all of it."""
        at = self._mean_of(pixel)
        mean, others = (self.rest[:, :, at] / self.left[at]).clamp(0, 1), self.left[at] - 1
        return mean, _SPREAD * mean * (1 - mean) * others / (others + 1) + _EXACT

    def heard(self, pixel: int, drawn: Tensor) -> None:
        """Take a pixel from its mean."""
        at = self._mean_of(pixel)
        self.rest[:, :, at] -= drawn
        self.left[at] -= 1

    def _mean_of(self, pixel: int) -> int:
        row, column = divmod(pixel, self.width)
        return row // 2 * (self.width // 2) + column // 2


@dataclass(frozen=True)
class Guided(Variables):
    """Variables that are drawn given hints: one of some draws, the likelier the oftener.

    What comes later in the order has no say, so that draws are not quite those given all that
    was seen. ``log_likelihood`` sums how likely the hints were, (n,).
    """

    hints: Hints = field(kw_only=True, compare=False)
    log_likelihood: Tensor = field(kw_only=True, compare=False)
    draws_alone: ClassVar[bool] = False

    def draw(
        self, variable: int, raw: Tensor, known: Tensor | None, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Draw a pixel's values (n, channels), and their inputs."""
        family = self.of_each[variable]
        mean, variance = self.hints.about(variable)
        tried = family.sample(raw[:, None].expand(-1, _CANDIDATES, -1), None, rng)
        misses = (tried - mean[:, None]).square() / variance[:, None]
        log_weight = -0.5 * (misses + variance[:, None].log()).sum(-1)
        self.log_likelihood.add_(log_weight.logsumexp(1))
        best = (log_weight + gumbel_like(log_weight, rng)).argmax(1)
        drawn = tried[torch.arange(len(tried), device=best.device), best]
        self.hints.heard(variable, drawn)
        return drawn, family.expand(drawn[:, None])[:, 0]


def shares_of(log_likelihood: Tensor) -> Tensor:
    """Weights of draws by their likelihoods, (n, draws), as far as a quarter of them count.

    A draw's weight is its likelihood to the largest power, at most 1, that leaves so many
    effective draws: all of it would leave one, of which nothing is averaged.
    """
    low = log_likelihood.new_zeros(len(log_likelihood), 1)
    high = torch.ones_like(low)
    for _ in range(_HALVINGS):
        power = (low + high) / 2
        shares = (power * log_likelihood).softmax(1)
        are_enough = shares.square().sum(1, keepdim=True) * _COUNTING * shares.shape[1] <= 1
        low, high = torch.where(are_enough, power, low), torch.where(are_enough, high, power)
    return (low * log_likelihood).softmax(1)


def with_variables(net: Any, variables: Variables) -> Any:
    """Give the same network, drawn from by other variables; weights are shared."""
    other = object.__new__(type(net))
    other.__dict__.update(net.__dict__)
    other.variables = variables
    return other


def with_means(images: Tensor, seen: Tensor, how: Halved) -> Tensor:
    """Move the pixels of images (n, width) by what their means are off."""
    channels, height, width = how.shape
    off = (seen - how.see(images)).view(-1, channels, height // 2, width // 2)
    return (images + interpolate(off, scale_factor=2).flatten(1)).clamp(0, 1)
