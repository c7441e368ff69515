"""What comes after a prefix: mixtures whose weights move with the states."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .chain import Chain

_HALVINGS = 60  # of an interval that holds a quantile
_AT_ONCE = 1 << 20  # numbers in one evaluation of distribution functions


@dataclass(frozen=True, eq=False)
class Forecast:
    """Predictive distribution of each step ahead of m prefixes.

    ``states`` (m, steps, S) are probabilities; given the state, a step is distributed as the
    chain's emissions.
    """

    chain: Chain
    states: Tensor

    @cached_property
    def weights(self) -> Tensor:
        """Probability of each component of each state, (m, steps, C)."""
        within = self.chain.emissions.weights.view(self.chain.n_states, -1)
        return (self.states[..., None] * within).flatten(-2)

    @cached_property
    def means(self) -> Tensor:
        """Mean of each real column, (m, steps, d)."""
        return self.weights @ self.chain.emissions.normals.means

    @cached_property
    def variances(self) -> Tensor:
        """Variance of each real column, (m, steps, d)."""
        normals = self.chain.emissions.normals
        between = (normals.means - self.means[..., None, :]).square()
        return (self.weights[..., None] * (normals.variances + between)).sum(-2)

    def quantile(self, level: float) -> Tensor:
        """Value below which each real column lies with a probability, (m, steps, d)."""
        flat = self.weights.flatten(0, -2)
        size = max(1, _AT_ONCE // self.chain.emissions.normals.means.numel())
        parts = [self._quantile(weights, level) for weights in flat.split(size)]
        return torch.cat(parts).view(*self.weights.shape[:-1], -1)

    def band(self, coverage: float) -> tuple[Tensor, Tensor]:
        """Lower and upper ends of the central interval of a probability, (m, steps, d) each."""
        return self.quantile((1 - coverage) / 2), self.quantile((1 + coverage) / 2)

    def _quantile(self, weights: Tensor, level: float) -> Tensor:
        """Halve intervals that hold the quantiles: those between the components' own."""
        normals = self.chain.emissions.normals
        scale = normals.variances.sqrt()
        own = normals.means + scale * torch.special.ndtri(weights.new_tensor(level))
        live = (weights > 0)[..., None]
        low = torch.where(live, own, torch.inf).amin(1)
        high = torch.where(live, own, -torch.inf).amax(1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            below = torch.special.ndtr((middle[:, None] - normals.means) / scale)
            under = (weights[..., None] * below).sum(1) < level
            low, high = torch.where(under, middle, low), torch.where(under, high, middle)
        return (low + high) / 2


def forecast(chain: Chain, x: Tensor, lengths: Tensor, steps: int) -> Forecast:
    """Predict the next steps after each of the prefixes ``x`` (N, width) of ``lengths`` (m,)."""
    return Forecast(chain, ahead(chain, chain.filtered(x, lengths), lengths, steps))


def next_states(chain: Chain, x: Tensor, lengths: Tensor) -> Tensor:
    """Probability of each state right after each prefix, (m, S); where to go on sampling."""
    return ahead(chain, chain.filtered(x, lengths), lengths, 1)[:, 0]


def ahead(chain: Chain, state: Tensor, lengths: Tensor, steps: int) -> Tensor:
    """Move the last states' probabilities (m, S) on, (m, steps, S); empty prefixes start."""
    empty = (lengths == 0)[:, None].to(state.device)
    out = [torch.where(empty, chain.start, state @ chain.transitions)]
    while len(out) < steps:
        out.append(out[-1] @ chain.transitions)
    return torch.stack(out[:steps], 1)
