"""A normal distribution written as a Boltzmann machine with normal visible units."""

from bisect import bisect_left
from dataclasses import dataclass
from functools import partial
from typing import Self

import torch
from torch import Tensor

_REACH = 3.0  # standard deviations of a direction that its steps cover
_STEP = 3.0  # between steps, in those of the noise: the log-density is .2 nats off
_LEAST_NOISE, _RIDGE, _WIDER, _FAINT = 0.02**2, 1e-3, 1.3, 0.1
_FINE = (0.2, 0.3, 0.5)  # of a column's deviation; shapes other than the normal need it
_FINE_SHARE, _SHARE = 0.5, 0.9  # of the hidden units that may be steps
_TINY = torch.finfo(torch.float64).tiny


@dataclass(frozen=True)
class Stairs:
    r"""Hidden units that give normal ones the covariance, and the class means, of rows.

    In units of its noise, a normal distribution has in some directions t a variance
    1 + s^2 over 1. Its log-density there is that of the noise plus lambda t^2 / 2 with
    lambda = s^2 / (1 + s^2), and a parabola is nearly a sum of softplus functions,

    .. math:: \lambda t^2 / 2 \approx \sum_i \log(1 + e^{\lambda \delta (|t| - \tau_i)}),
              \quad \tau_i = (i + 1/2) \delta,

    each of which is a hidden unit that turns on beyond tau, on one side. About 3 s units
    reach as far as the rows; where that is more than there are, the noise is larger.
    """

    weights: Tensor  # (G, u)
    bias: Tensor  # (u,)
    label_weights: Tensor  # (k, u)
    log_variance: Tensor  # (G,)

    @classmethod
    def of(cls, x: Tensor, y: Tensor, weight: Tensor, n_hidden: int) -> Self:
        """Fit numbers (n, G), about standardised, with labels (n, k), by at most ``n_hidden``."""
        share = (weight / weight.sum()).double()
        x, y = x.double(), y.double()
        x = x - share @ x
        shares = share @ y
        means = (y * share[:, None]).T @ x / shares.clamp(min=_TINY)[:, None]
        total = (x * share[:, None]).T @ x
        total += _RIDGE * torch.eye(len(total)).to(total)
        fits = partial(_fits, total, means, shares)
        fine, coarser = _noises(total)
        noise = next((noise for noise in fine if fits(_FINE_SHARE * n_hidden, noise)), None)
        if noise is None:
            first = bisect_left(coarser, True, key=partial(fits, _SHARE * n_hidden))
            noise = coarser[first] if first < len(coarser) else None
        if noise is None:
            return cls._built([], torch.ones(len(total)).to(total), len(shares))
        return cls._built(_ways(total, noise, means, shares), noise, len(shares))

    @classmethod
    def _built(cls, ways: list["_Way"], noise: Tensor, k: int) -> Self:
        empty = noise.new_zeros
        parts = [(empty(len(noise), 0), empty(0), empty(k, 0)), *(way.units(noise) for way in ways)]
        weights, bias, labels = (torch.cat(part, -1) for part in zip(*parts, strict=True))
        return cls(weights, bias, labels, noise.log())


@dataclass(frozen=True)
class _Way:
    """A direction (G,), in units of the noise, its s^2, and the mean of each class, (k,)."""

    direction: Tensor
    excess: float
    means: Tensor

    @property
    def _reach(self) -> float:
        far = float(self.means.abs().max()) if len(self.means) else 0.0
        return far + _REACH * (1 + self.excess) ** 0.5

    @property
    def _spacing(self) -> float:
        return _STEP * ((1 + self.excess) / self.excess) ** 0.5

    @property
    def n_steps(self) -> int:
        """How many hidden units it takes."""
        return 2 * max(round(self._reach / self._spacing), 1)

    def units(self, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Weights (G, u), biases (u,) and label weights (k, u)."""
        curve = self.excess / (1 + self.excess)
        half = torch.arange(self.n_steps // 2).to(noise) + 0.5
        side = torch.cat([-torch.ones_like(half), torch.ones_like(half)])
        rise = curve * self._spacing
        shift = -self.means * (1 - curve) / curve  # moves the parabola, and so the mean
        return (
            rise * torch.outer(noise.sqrt() * self.direction, side),
            -rise * self._spacing * torch.cat([half, half]),
            -rise * torch.outer(shift, side),
        )


def _noises(total: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Variances of the noise (G,) that other shapes need, and coarser ones, finest first."""
    noise = 1 / torch.linalg.inv(total).diagonal()
    root = noise.sqrt()
    # with this noise, no direction varies less than it
    noise = noise * torch.linalg.eigvalsh(total / root[:, None] / root)[0]
    noise = noise.clamp(_LEAST_NOISE, 1.0)
    coarser = [noise]
    while bool((coarser[-1] < 1).any()):
        coarser.append((coarser[-1] * _WIDER).clamp(max=1.0))
    return [noise.clamp(max=deviation**2) for deviation in _FINE], coarser


def _fits(total: Tensor, means: Tensor, shares: Tensor, most: float, noise: Tensor) -> bool:
    """Whether the steps above a noise are ``most`` or fewer."""
    return sum(way.n_steps for way in _ways(total, noise, means, shares)) <= most


def _ways(total: Tensor, noise: Tensor, means: Tensor, shares: Tensor) -> list[_Way]:
    """Directions in which the rows of a class vary more than the noise."""
    root = noise.sqrt()
    values, vectors = torch.linalg.eigh(total / root[:, None] / root)
    kept = values > 1 + _FAINT
    values, vectors = values[kept], vectors[:, kept]
    middle = means / root @ vectors
    within = values.diag() - (middle * shares[:, None]).T @ middle
    variances, turn = torch.linalg.eigh(within)
    middle, vectors = middle @ turn, vectors @ turn
    return [
        _Way(vectors[:, i], float(value) - 1, middle[:, i])
        for i, value in enumerate(variances)
        if float(value) > 1 + _FAINT
    ]
