"""Two-valued pixels."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..draws import uniform_like
from .family import Family, coefficients, or_known, weighted_mean

_MOST_ODDS = 12.0  # logits of bits that never vary begin here


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
        return 2 * weighted_mean(x, weight) - 1

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
                drawn[..., c] = or_known(drawn[..., c], known[..., c])
        return drawn

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        share = weighted_mean(x, weight)
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
        return odds + (coefficients(raw[..., self.channels :], c) * before).sum(-1)
