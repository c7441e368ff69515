"""Numbers and grey levels."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from ..densities import logistic_cell_log_prob, normal_log_prob
from ..draws import gumbel_like, logistic_like, noise_like
from ..real import SMALLEST_SCALE
from .family import Family, coefficients, or_known, weighted_mean

_QUANTILE_ROWS = 2000


@dataclass(frozen=True)
class Mixture(Family):
    """Numbers of ``channels``: a mixture of ``n_components`` normals, or logistics.

    With ``levels`` a number in [0, 1] is a logistic integrated over its level, and a
    channel's mean is linear in the channels before it (Salimans et al. 2017,
    arXiv:1701.05517); without, it is normal. ``cell`` is the encoded width of a rounding step.
    """

    channels: int = 1
    n_components: int = 5
    levels: int | None = None
    cell: float = 0.0

    @property
    def width(self) -> int:  # noqa: D102
        return self.channels

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.channels + 1

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.n_components * sum(self._sizes)

    @cached_property
    def _sizes(self) -> tuple[int, int, int, int]:
        """Of one component: weight, means, spreads, and what a channel owes those before it."""
        return 1, self.channels, self.channels, self.channels * (self.channels - 1) // 2

    @property
    def _floor(self) -> float:
        # a normal may not spike on values that repeat, a logistic on a level
        return max(self.cell / 8 if self.levels else self.cell / 2, SMALLEST_SCALE)

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        inner = 2 * x - 1 if self.levels else x
        seen = (~x[..., :1].isnan()).to(x.dtype)
        return torch.cat([inner.nan_to_num(nan=0.0), seen], -1)

    def center(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        mean = 2 * weighted_mean(x, weight) - 1 if self.levels else torch.zeros_like(x[0])
        return F.pad(mean, (0, 1))  # an input that says that a value is there stays as it is

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        log_weight, mean, scale, owed = self._parts(raw)
        value = x.nan_to_num(nan=0.0)[..., None, :]
        mean = mean + self._from_before(owed, value)
        if self.levels:
            each = logistic_cell_log_prob(mean, scale, value, self.cell) - math.log(self.cell)
        else:
            each = normal_log_prob(mean, scale, value)
        seen = each.masked_fill(x.isnan()[..., None, :], 0.0)
        return (log_weight + seen.sum(-1)).logsumexp(-1)

    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:  # noqa: D102
        log_weight, mean, scale, owed = self._parts(raw)
        chosen = (log_weight + gumbel_like(log_weight, rng)).argmax(-1)[..., None, None]
        mean, scale, owed = (
            p.gather(-2, chosen.expand(*p.shape[:-2], 1, p.shape[-1])) for p in (mean, scale, owed)
        )
        noise = (logistic_like if self.levels else noise_like)(mean, rng)
        drawn = torch.empty_like(mean)
        for c in range(self.channels):
            at = mean[..., c] + self._from_before(owed, drawn)[..., c] if c else mean[..., c]
            value = at + scale[..., c] * noise[..., c]
            drawn[..., c] = self._on_a_level(value) if self.levels else value
            if known is not None:
                drawn[..., c] = or_known(drawn[..., c], known[..., None, c])
        return drawn[..., 0, :]

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        k = self.n_components
        some = x[weight > 0][:_QUANTILE_ROWS].double()
        levels = (torch.arange(k, dtype=some.dtype, device=x.device) + 0.5) / k
        mean = some.nanquantile(levels, 0)  # (k, v, c)
        spread = (some - some.nanmean(0)).square().nanmean(0).sqrt()
        mean, spread = mean.nan_to_num(nan=0.0), spread.nan_to_num(nan=1.0)
        scale = (spread / k**0.5).clamp(min=2 * self._floor) - self._floor
        raw = [
            torch.zeros_like(mean[..., :1]),
            self._outer(mean),
            scale.expm1().log().expand_as(mean),
            mean.new_zeros((*mean.shape[:2], self._sizes[3])),
        ]
        return torch.cat(raw, -1).transpose(0, 1).flatten(1).to(x.dtype)

    def _parts(self, raw: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log-weights (n, v, k), means, scales and coefficients (n, v, k, .)."""
        split = raw.unflatten(-1, (self.n_components, sum(self._sizes))).split(self._sizes, -1)
        logits, mean, spread, owed = split
        mean = (mean + 1) / 2 if self.levels else mean
        return logits[..., 0].log_softmax(-1), mean, F.softplus(spread) + self._floor, owed

    def _outer(self, mean: Tensor) -> Tensor:
        return 2 * mean - 1 if self.levels else mean

    def _from_before(self, owed: Tensor, value: Tensor) -> Tensor:
        """What each channel's mean owes to the values of those before it."""
        moved = torch.zeros_like(value).expand(*owed.shape[:-1], self.channels)
        if self.channels == 1:
            return moved
        parts = [moved[..., 0]]
        parts += [(coefficients(owed, c) * value[..., :c]).sum(-1) for c in range(1, self.channels)]
        return torch.stack(parts, -1)

    def _on_a_level(self, value: Tensor) -> Tensor:
        assert self.levels
        return (value.clamp(0, 1) * (self.levels - 1)).round() / (self.levels - 1)
