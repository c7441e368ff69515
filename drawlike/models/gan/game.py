"""The rules of a GAN: what its players see of a batch, and what they minimise."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ...layout import Layout
from ...losses.adversarial import AdversarialLoss
from ...losses.penalties import PENALTIES
from ...networks import Augmentation, mixes_rows
from ...rows import Batch
from ...training import Clock
from .latents import Latent, Plain

NOISY_SHARE = 0.5  # of a training; then instance noise has gone
_ALL_ROWS_UNTIL = 0.25  # share of a training after which fewer rows teach the generator


@dataclass(eq=False)
class Game:
    """Losses of the two players, a value per row, with all that steadies them.

    ``penalties`` gives the weight of each penalty on the critic, charged on every
    ``penalty_every``-th step at so many times its weight (Karras et al. 2020,
    arXiv:1912.04958). ``instance_noise`` is the standard deviation of what is added to all
    rows at first (Sonderby et al. 2017, arXiv:1610.04490), ``label_smoothing`` how unsure the
    critic should be of real rows (Salimans et al. 2016, arXiv:1606.03498). The critic judges
    ``packing`` rows at a time (Lin et al. 2018, arXiv:1712.04086), and the generator learns
    from the share ``top_k`` of its rows that the critic likes best (Sinha et al. 2020,
    arXiv:2002.06224). On every ``critic_steps``-th step the generator acts too, on the rows
    that the critic was shown: they are generated once. All rows are moved by the
    ``augmentation`` before the critic sees them.
    """

    layout: Layout
    latent: Latent
    loss: AdversarialLoss
    noise: torch.Generator
    clock: Clock
    penalties: Mapping[str, float]
    penalty_every: int = 1
    instance_noise: float = 0.0
    label_smoothing: float = 0.0
    packing: int = 1
    top_k: float = 1.0
    critic_steps: int = 1
    augmentation: Augmentation | None = None
    _shown: tuple[Tensor, Tensor] | None = field(default=None, init=False)

    def phase(self) -> Hashable | None:
        """What the losses ask for at this step; None where it follows the clock, or the rows."""
        follows_clock = self.instance_noise > 0 or self.top_k < 1
        if follows_clock or not self.layout.image or not isinstance(self.latent, Plain):
            return None
        return not self.clock.step % self.penalty_every, (self.clock.step + 1) % self.critic_steps

    def critic_loss(self, generator: nn.Module, critic: nn.Module, batch: Batch) -> Tensor:
        """What the critic minimises."""
        real, kinds = self._real(batch)
        # the same kinds on both sides: what differs is the rows
        fake = self._show(generator, kinds)
        real, fake, kinds = map(self._packed, (real, self._as_seen(fake, batch.cond), kinds))
        on_real, on_fake = self._judged(critic, real, fake, kinds)
        values = self.loss.critic(on_real, on_fake)
        if self.augmentation:
            undecided = self.loss.undecided
            sureness = on_real - (on_fake if undecided is None else undecided)
            of_packs = self._packed(batch.cond).view(
                len(sureness), self.packing, batch.cond.shape[1]
            )
            self.augmentation.adapt(sureness, of_packs.mean(1))
        if self.label_smoothing:
            values = values + self.label_smoothing * (softplus(on_real) - softplus(-on_real))
        return self._of_rows(values + self._charge(critic, real, fake, kinds), batch.weight)

    def generator_loss(self, generator: nn.Module, critic: nn.Module, batch: Batch) -> Tensor:
        """What the generator minimises, on the rows that the critic was shown last."""
        kinds, fake = self._shown or self._dealt(generator, self._real(batch)[1])
        self._shown = None
        on_fake = judge(self._packed(self._as_seen(fake, batch.cond)), critic, self._packed(kinds))
        on_real = on_fake
        if self.loss.paired:
            with torch.no_grad():
                real = self._as_seen(self.layout.expand(batch.x), batch.cond)
                on_real = judge(self._packed(real), critic, self._packed(kinds))
        values = self.loss.generator(on_real, on_fake)
        values = values if self.top_k == 1 else self._of_the_best(values, on_fake)
        return self._of_rows(values, batch.weight)

    def _show(self, generator: nn.Module, kinds: Tensor) -> Tensor:
        """Generate rows for the critic, and keep them for the generator if it acts next."""
        acts = (self.clock.step + 1) % self.critic_steps == 0
        with torch.set_grad_enabled(acts):
            shown = self._dealt(generator, kinds)
        self._shown = shown if acts else None
        return shown[1].detach()

    def _dealt(self, generator: nn.Module, kinds: Tensor) -> tuple[Tensor, Tensor]:
        return kinds, self.generate(generator, kinds)

    def _judged(
        self, critic: nn.Module, real: Tensor, fake: Tensor, kinds: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of real and of generated rows; in one pass, unless rows would see each other."""
        if mixes_rows(critic):
            return judge(real, critic, kinds), judge(fake, critic, kinds)
        on_real, on_fake = judge(torch.cat([real, fake]), critic, kinds.repeat(2, 1)).chunk(2)
        return on_real, on_fake

    def generate(self, generator: nn.Module, kinds: Tensor) -> Tensor:
        """Draw a row of each kind, expanded, (n, n_inputs)."""
        return generate(generator, self.latent, self.layout, kinds, self.noise)

    def _packed(self, rows: Tensor) -> Tensor:
        """Rows (n, d) side by side, (packs, packing d); the first fill up the last pack."""
        if self.packing == 1:
            return rows
        packs = -(-len(rows) // self.packing)
        index = torch.arange(packs * self.packing, device=rows.device) % len(rows)
        return rows[index].view(packs, -1)

    def _of_rows(self, values: Tensor, weight: Tensor) -> Tensor:
        """Values of packs as values of their rows, (n,): a pack weighs its rows' product."""
        if self.packing == 1:
            return values
        weighed = values * self._packed(weight[:, None]).prod(1)
        return weighed.repeat_interleave(self.packing)[: len(weight)] / weight

    def _real(self, batch: Batch) -> tuple[Tensor, Tensor]:
        x = self.layout.expand(batch.x)
        return self._as_seen(x, batch.cond), self.latent.kinds_of(x, batch.cond, self.noise)

    def _as_seen(self, x: Tensor, cond: Tensor) -> Tensor:
        """Rows as the critic sees them."""
        x = self._noisy(x)
        return self.augmentation(x, cond, self.noise) if self.augmentation else x

    def _noisy(self, x: Tensor) -> Tensor:
        scale = self.instance_noise * (1 - self.clock.share / NOISY_SHARE)
        if scale <= 0:
            return x
        return x + scale * torch.randn(x.shape, generator=self.noise, device=x.device)

    def _charge(self, critic: nn.Module, real: Tensor, fake: Tensor, kinds: Tensor) -> Tensor:
        total = real.new_zeros(len(real))
        if self.clock.step % self.penalty_every:
            return total
        judged = partial(judge, critic=critic, kinds=kinds)
        for name, weight in self.penalties.items():
            total = total + weight * PENALTIES[name](judged, real, fake, self.noise)
        return self.penalty_every * total

    def _of_the_best(self, values: Tensor, on_fake: Tensor) -> Tensor:
        falling = min(1.0, self.clock.share / _ALL_ROWS_UNTIL)
        n = max(1, round(len(values) * (1 - falling * (1 - self.top_k))))
        best = on_fake.detach().topk(n).indices
        return torch.zeros_like(values).index_copy(0, best, values[best] * (len(values) / n))


def judge(x: Tensor, critic: nn.Module, kinds: Tensor) -> Tensor:
    """Critic's logit of each row or pack, (n,)."""
    return critic(x, kinds)[:, 0]


def generate(
    generator: nn.Module,
    latent: Latent,
    layout: Layout,
    kinds: Tensor,
    rng: torch.Generator,
    *,
    truncation: float | None = None,
) -> Tensor:
    """Draw a row of each kind, expanded, (n, n_inputs)."""
    return layout.relax(generator(latent.vectors(kinds, rng, truncation), kinds), rng)
