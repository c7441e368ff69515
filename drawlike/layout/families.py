"""Likelihoods of variables that come one after the other, each given those before it.

A family is a run of alike variables. Its verbs take any number v of them at once: encoded
values (n, v, ``width``), and raw network outputs (n, v, ``n_params``) that are made from
earlier variables only. ``NaN`` is an unobserved cell, and adds nothing to a likelihood.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional as F

from .choice import Choice
from .densities import logistic_cell_log_prob, normal_log_prob
from .draws import gumbel_like, logistic_like, noise_like, uniform_like
from .real import SMALLEST_SCALE

_QUANTILE_ROWS = 2000
_MOST_ODDS = 12.0  # logits of bits that never vary begin here


@dataclass(frozen=True)
class Family(ABC):
    """``count`` alike variables."""

    count: int

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of encoded columns of a variable."""

    @property
    @abstractmethod
    def n_inputs(self) -> int:
        """Number of columns that a network reads of a variable."""

    @property
    @abstractmethod
    def n_params(self) -> int:
        """Number of raw outputs that a variable's likelihood needs."""

    @abstractmethod
    def expand(self, x: Tensor) -> Tensor:
        """Turn encoded values into inputs, (n, v, n_inputs); 0 where unobserved."""

    def center(self, x: Tensor, weight: Tensor) -> Tensor:
        """Where inputs are best counted from, (v, n_inputs): pixels from their mean, others 0."""
        return x.new_zeros(x.shape[1], self.n_inputs)

    def known(self, x: Tensor) -> Tensor:
        """Tell what is observed of each variable, (n, v): 1 all, 0 nothing, else a part."""
        return (~x.isnan()).to(x.dtype).mean(-1)

    @abstractmethod
    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:
        """Log-likelihood of each variable in nats, (n, v)."""

    @abstractmethod
    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:
        """Draw encoded values (n, v, width), only where ``known`` is NaN."""

    @abstractmethod
    def initial(self, x: Tensor, weight: Tensor) -> Tensor:
        """Raw outputs under which each variable has about its marginal law, (v, n_params)."""


@dataclass(frozen=True)
class Bits(Family):
    """Two-valued pixels of ``channels``, encoded 0 and 1: Bernoulli.

    A channel's log-odds are linear in the channels before it.
    """

    channels: int = 1

    @property
    def width(self) -> int:  # noqa: D102
        return self.channels

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.channels

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.channels * (self.channels + 1) // 2

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return (2 * x - 1).nan_to_num(nan=0.0)

    def center(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        return 2 * _weighted(x, weight) - 1

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        signs = self.expand(x)
        mass = F.logsigmoid(signs * self._log_odds(raw, signs))
        # an unobserved bit has sign 0, and has counted log 1/2
        return mass.sum(-1) + math.log(2) * x.isnan().sum(-1)

    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:  # noqa: D102
        # above the logit of a uniform number as often as the odds say
        threshold = uniform_like(raw[..., : self.channels], rng).logit()
        drawn = torch.empty_like(threshold)
        for c in range(self.channels):
            before = self.expand(drawn[..., :c])
            drawn[..., c] = self._channel(raw, before, c) > threshold[..., c]
            if known is not None:
                drawn[..., c] = _or_known(drawn[..., c], known[..., c])
        return drawn

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        share = _weighted(x, weight)
        edge = math.exp(-_MOST_ODDS)
        raw = x.new_zeros((x.shape[1], self.n_params))
        raw[:, : self.channels] = share.clamp(edge, 1 - edge).logit()
        return raw

    def _log_odds(self, raw: Tensor, signs: Tensor) -> Tensor:
        if self.channels == 1:
            return raw
        each = [self._channel(raw, signs[..., :c], c) for c in range(self.channels)]
        return torch.stack(each, -1)

    def _channel(self, raw: Tensor, before: Tensor, c: int) -> Tensor:
        odds = raw[..., c]
        if not c:
            return odds
        return odds + (_coefficients(raw[..., self.channels :], c) * before).sum(-1)


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
        mean = 2 * _weighted(x, weight) - 1 if self.levels else torch.zeros_like(x[0])
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
                drawn[..., c] = _or_known(drawn[..., c], known[..., None, c])
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
        parts += [
            (_coefficients(owed, c) * value[..., :c]).sum(-1) for c in range(1, self.channels)
        ]
        return torch.stack(parts, -1)

    def _on_a_level(self, value: Tensor) -> Tensor:
        assert self.levels
        return (value.clamp(0, 1) * (self.levels - 1)).round() / (self.levels - 1)


@dataclass(frozen=True)
class Codes(Family):
    """One column of codes: a softmax, factorised where there are very many."""

    choice: Choice

    @property
    def width(self) -> int:  # noqa: D102
        return 1

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.choice.n_inputs

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.choice.n_params

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return self.choice.expand(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        return self.choice.log_prob(raw.flatten(0, 1), x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:  # noqa: D102
        drawn = self.choice.sample(raw.flatten(0, 1), rng).unflatten(0, raw.shape[:2])
        return drawn if known is None else _or_known(drawn, known)

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        inputs = self.expand(x)
        mass = (inputs * weight[:, None, None]).sum(0) + 0.5  # no category begins impossible
        if inputs.shape[-1] != self.choice.n_categories:
            return torch.zeros_like(mass)  # members begin at their frequencies already
        return (mass / mass.sum(-1, keepdim=True)).log()


@dataclass(frozen=True)
class Gated(Family):
    """A code, and where it is 0 a number: a softmax and a mixture of normals."""

    code: Codes
    value: Mixture

    @property
    def width(self) -> int:  # noqa: D102
        return 2

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.code.n_inputs + self.value.n_inputs

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.code.n_params + self.value.n_params

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return torch.cat([self.code.expand(x[..., :1]), self.value.expand(x[..., 1:])], -1)

    def known(self, x: Tensor) -> Tensor:  # noqa: D102
        code, value = x.unbind(-1)
        # other codes have no value
        part = torch.where((code == 0) & value.isnan(), 0.5, 1.0)
        return torch.where(code.isnan(), 0.0, part)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        code, value = self._split(raw)
        return self.code.log_prob(code, x[..., :1]) + self.value.log_prob(value, x[..., 1:])

    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:  # noqa: D102
        raw_code, raw_value = self._split(raw)
        known_code, known_value = (None, None) if known is None else known.split((1, 1), -1)
        code = self.code.sample(raw_code, known_code, rng)
        value = self.value.sample(raw_value, known_value, rng)
        return torch.cat([code, value.masked_fill(code != 0, math.nan)], -1)

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        code = self.code.initial(x[..., :1], weight)
        return torch.cat([code, self.value.initial(x[..., 1:], weight)], -1)

    def _split(self, raw: Tensor) -> tuple[Tensor, ...]:
        return raw.split((self.code.n_params, self.value.n_params), -1)


def _or_known(drawn: Tensor, known: Tensor) -> Tensor:
    return torch.where(known.isnan(), drawn, known)


def _coefficients(owed: Tensor, c: int) -> Tensor:
    """Coefficients of channel c on those before it."""
    start = c * (c - 1) // 2
    return owed[..., start : start + c]


def _weighted(x: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of the observed cells, (v, w)."""
    each = weight[:, None, None] * ~x.isnan()
    return (x.nan_to_num(nan=0.0) * each).sum(0) / each.sum(0).clamp(min=1e-12)
