"""What a VAE maximises: a bound of log p(x)."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ...layout import Layout
from ...losses.variational import (
    diagonal_log_prob,
    doubly_reparameterised,
    kl_by_dimension,
    warmed_up,
    with_free_bits,
)
from ...networks import AutoEncoder, Coded
from ...rows import Batch
from ...training import Clock
from .priors import VampPrior


@dataclass(frozen=True, eq=False)
class Bound:
    """The evidence lower bound, or with ``n_draws`` above 1 the importance-weighted one.

    ``beta`` weighs log p(z) / q(z | x), and grows to its value over the first ``warm_up`` of
    a training; ``free_bits`` is what a latent dimension may say for nothing, in nats.
    """

    layout: Layout
    noise: torch.Generator
    clock: Clock
    n_latent: int
    beta: float = 1.0
    free_bits: float = 0.0
    warm_up: float = 0.0
    n_draws: int = 1

    @property
    def is_warming_up(self) -> bool:
        """Whether beta is not yet at its value."""
        return self.clock.share < self.warm_up

    def phase(self) -> Hashable | None:
        """Tell that all steps on images are alike, once beta is at its value."""
        return None if self.is_warming_up or not self.layout.image else "steady"

    def loss(self, net: Any, batch: Batch) -> Tensor:
        """What training minimises, a value a row, (n,)."""
        beta = self.beta * warmed_up(self.clock.share, self.warm_up)
        return -self._values(net, batch, self.noise, beta, self.free_bits)[0]

    @torch.no_grad()
    def measure(
        self, net: AutoEncoder, batch: Batch, rng: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The loss at full beta and without free bits, (n,), and the posteriors, (n, d) each."""
        values, coded = self._values(net, batch, rng, self.beta, 0.0)
        return -values, coded.mean, coded.log_var

    def _values(
        self, net: AutoEncoder, batch: Batch, rng: torch.Generator, beta: float, floor: float
    ) -> tuple[Tensor, Coded]:
        x = self.layout.realise(batch.x, rng)
        shape = (len(x), self.n_latent)
        several = (self.n_draws, *shape) if self.n_draws > 1 else shape
        noise = torch.randn(several, generator=rng, device=rng.device)
        coded = net(self.layout.expand(x), batch.cond, noise)
        if self.n_draws > 1:
            return self._importance_weighted(net, coded, x, batch.cond, beta), coded
        kl = self._kl(net, coded, batch.cond)
        if floor:
            told = with_free_bits(kl, batch.weight, floor * self.n_latent / kl.shape[1])
        else:
            told = kl.sum(-1)
        return self.layout.log_prob(coded.raw, x) - beta * told, coded

    def _kl(self, net: AutoEncoder, coded: Coded, cond: Tensor) -> Tensor:
        """KL of each dimension, (n, d); under a VampPrior a draw's, of all at once, (n, 1)."""
        if net.pseudo is None:
            return kl_by_dimension(coded.mean, coded.log_var)
        log_q = diagonal_log_prob(coded.mean, coded.log_var, coded.z)
        return (log_q - VampPrior.of(net).log_prob(coded.z, cond))[:, None]

    def _importance_weighted(
        self, net: AutoEncoder, coded: Coded, x: Tensor, cond: Tensor, beta: float
    ) -> Tensor:
        k, n, _ = coded.z.shape
        z, every = coded.z.flatten(0, 1), cond.repeat(k, 1)
        if net.pseudo is None:
            log_prior = diagonal_log_prob(z.new_zeros(()), z.new_zeros(()), z)
        else:
            log_prior = VampPrior.of(net).log_prob(z, every)
        log_likelihood = self.layout.log_prob(coded.raw.flatten(0, 1), x.repeat(k, 1))
        # parameters of q are seen through z alone, as the estimator of the gradient wants it
        log_q = diagonal_log_prob(coded.mean.detach(), coded.log_var.detach(), coded.z)
        joint = (log_likelihood + beta * log_prior).unflatten(0, (k, n))
        return doubly_reparameterised(joint - beta * log_q, coded.z)
