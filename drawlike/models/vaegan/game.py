"""The rules of a VAE-GAN: what its three players minimise."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ...layout import Layout
from ...losses.adversarial import AdversarialLoss
from ...losses.penalties import PENALTIES
from ...losses.variational import kl_to_standard_normal, warmed_up
from ...networks import AutoEncoder
from ...networks.feature_critic import FeatureCritic
from ...rows import Batch
from ...training import Clock

_LEAST = 1e-3  # a feature that is all but constant must not outweigh the others


class Seen(NamedTuple):
    """A batch as the players see it: encoded, expanded, and what is told beside it."""

    x: Tensor
    inputs: Tensor
    cond: Tensor


@dataclass(frozen=True, eq=False)
class Game:
    """Losses of encoder, decoder and critic, a value a row, (n,).

    The encoder minimises beta KL + R, where beta warms up, the decoder gamma R + what a
    generator minimises, for reconstructions and for draws from N(0, I) alike, and the critic
    tells both from rows (Larsen et al. 2016, arXiv:1512.09300, algorithm 1). R is
    -log p(x | z), or with ``learned`` that of the critic's features, in units of their standard
    deviation over the batch, a normal of variance 1 around those of the reconstruction. Each
    player learns from its own loss alone: no slope of the critic's verdict reaches the encoder.
    """

    layout: Layout
    loss: AdversarialLoss
    noise: torch.Generator
    clock: Clock
    n_latent: int
    learned: bool
    beta: float
    warm_up: float
    gamma: float
    penalties: Mapping[str, float]

    def encoder_loss(self, net: AutoEncoder, critic: FeatureCritic, batch: Batch) -> Tensor:
        """What the encoder minimises."""
        seen = self._seen(batch)
        coded = net(seen.inputs, seen.cond, self._normal(len(seen.x)))
        kl = kl_to_standard_normal(coded.mean, coded.log_var)
        beta = self.beta * warmed_up(self.clock.share, self.warm_up)
        return beta * kl + self._reconstruction(critic, coded.raw, seen)

    def decoder_loss(self, net: AutoEncoder, critic: FeatureCritic, batch: Batch) -> Tensor:
        """What the decoder minimises."""
        seen = self._seen(batch)
        raw, drawn = self._decoded(net, seen)
        rebuilt = critic.features(self.layout.emit(raw, self.noise), seen.cond)
        with torch.no_grad():
            on_real = critic(seen.inputs, seen.cond) if self.loss.paired else None
        verdicts = critic.judge(rebuilt), critic(drawn, seen.cond)
        fooled = [self.loss.generator(v if on_real is None else on_real, v) for v in verdicts]
        away = self._reconstruction(critic, raw, seen, rebuilt)
        return self.gamma * away + 0.5 * (fooled[0] + fooled[1])

    def critic_loss(self, net: AutoEncoder, critic: Any, batch: Batch) -> Tensor:
        """What the critic minimises."""
        seen = self._seen(batch)
        with torch.no_grad():
            raw, drawn = self._decoded(net, seen)
            rebuilt = self.layout.emit(raw, self.noise)
        on_real = critic(seen.inputs, seen.cond)
        told = [self.loss.critic(on_real, critic(fake, seen.cond)) for fake in (rebuilt, drawn)]
        total = 0.5 * (told[0] + told[1])
        judged, fake = partial(_judged, critic, seen.cond), _every_second(rebuilt, drawn)
        for name, weight in self.penalties.items():
            total = total + weight * PENALTIES[name](judged, seen.inputs, fake, self.noise)
        return total

    def draw(self, decoder: Any, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Rows from N(0, I), expanded, (n, n_inputs)."""
        return self.layout.emit(decoder(self._normal(len(cond), rng), cond), rng)

    def _decoded(self, net: AutoEncoder, seen: Seen) -> tuple[Tensor, Tensor]:
        """Raw reconstructions, and rows from N(0, I); the encoder is not taught by them."""
        with torch.no_grad():
            mean, log_var = net.posterior(seen.inputs, seen.cond)
        z = mean + (0.5 * log_var).exp() * self._normal(len(mean))
        return net.decode(z, seen.cond), self.draw(net.decoder, seen.cond, self.noise)

    def _reconstruction(
        self, critic: FeatureCritic, raw: Tensor, seen: Seen, rebuilt: Tensor | None = None
    ) -> Tensor:
        """How far rows are from their reconstructions, nats up to a constant, (n,)."""
        if not self.learned:
            return -self.layout.log_prob(raw, seen.x)
        if rebuilt is None:
            rebuilt = critic.features(self.layout.emit(raw, self.noise), seen.cond)
        with torch.no_grad():
            real = critic.features(seen.inputs, seen.cond)
            scale = real.std(0, correction=0) + _LEAST
        return 0.5 * ((rebuilt - real) / scale).square().sum(1)

    def _seen(self, batch: Batch) -> Seen:
        x = self.layout.realise(batch.x, self.noise)
        return Seen(x, self.layout.expand(x), batch.cond)

    def _normal(self, n: int, rng: torch.Generator | None = None) -> Tensor:
        rng = self.noise if rng is None else rng
        return torch.randn(n, self.n_latent, generator=rng, device=rng.device)


def _every_second(a: Tensor, b: Tensor) -> Tensor:
    """Rows of one and of the other in turn."""
    is_even = torch.arange(len(a), device=a.device)[:, None] % 2 == 0
    return torch.where(is_even, a, b)


def _judged(critic: FeatureCritic, cond: Tensor, x: Tensor) -> Tensor:
    return critic(x, cond)
