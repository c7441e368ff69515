"""The contract of likelihoods of variables, each given those before it.

A family is a run of alike variables. Its verbs take any number v of them at once: encoded
values (n, v, ``width``), and raw network outputs (n, v, ``n_params``) that are made from
earlier variables only. ``NaN`` is an unobserved cell, and adds nothing to a likelihood.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor


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


def or_known(drawn: Tensor, known: Tensor) -> Tensor:
    """Give what is known where it is, what is drawn elsewhere."""
    return torch.where(known.isnan(), drawn, known)


def coefficients(owed: Tensor, c: int) -> Tensor:
    """Coefficients of channel c on those before it."""
    start = c * (c - 1) // 2
    return owed[..., start : start + c]


def weighted_mean(x: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean of the observed cells, (v, w)."""
    each = weight[:, None, None] * ~x.isnan()
    return (x.nan_to_num(nan=0.0) * each).sum(0) / each.sum(0).clamp(min=1e-12)
