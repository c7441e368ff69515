"""Generative adversarial network."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from ..base import (
    GenerativeModel,
    RandomState,
    Run,
    check_counts,
    check_known,
    choose_device,
    torch_generator,
)
from ..base.labels import known
from ..layout import Layout
from ..losses.adversarial import LOSSES
from ..losses.energy import energy_distance
from ..networks import Decoder, Encoder, Style, build, use_convolutions
from ..rows import Batch, Rows
from ..training import (
    Average,
    Monitor,
    Player,
    Shuffled,
    hold_back,
    to_numpy,
    to_torch,
    train,
)

Draw = Callable[[Tensor, torch.Generator], Tensor]
_WATCHED_ROWS, _COMPARED_ROWS = 1000, 2000
_JUDGED_TOGETHER = 4096


class GAN(GenerativeModel):
    r"""A generator G that learns to fool a critic D, trained in turn.

    .. math:: \min_G \max_D E_x \log D(x) + E_z \log (1 - D(G(z)))

    for ``loss="minimax"``; with ``"non-saturating"`` the generator maximises
    E log D(G(z)) instead, whose gradient does not vanish while the critic wins.
    Goodfellow et al. 2014, arXiv:1406.2661.

    A GAN's loss does not tell how good its samples are. So training watches the energy
    distance between samples and validation rows, stops once it reaches what the training
    rows themselves have (or no longer falls), and keeps the best generator, a moving
    average of the weights. There is no density.

    Parameters
    ----------
    loss : {"non-saturating", "minimax"}
        What the generator minimises.
    n_latent : int
        Size of the noise vector.
    hidden : sequence of int
        Widths of the hidden layers.
    network : {"auto", "dense", "conv"}
        "auto" takes convolutions for images of 12 pixels and more.
    lr, beta1 : float
        Adam's learning rate and first decay, for both players.
    batch_size : int
        Rows a step; larger is smoother and slower.
    average : float
        Decay of the moving average of the generator's weights; 0 keeps the last weights.
    max_steps, max_seconds : int, float or None
        Upper limits; a limit in seconds makes the result depend on the machine's speed.
    patience : int
        Checks without improvement before the learning rate falls, and in the end stops.
    validation_fraction : float
        Share of the rows that only decides when to stop.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import GAN
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> GAN(max_steps=20, random_state=0).fit(rows).sample(3, random_state=0).shape
    (3, 2)
    """

    name = "gan"
    array_numbers = "standard"
    dtype = torch.float32
    allows_missing = False

    generator_: nn.Module
    critic_: nn.Module

    def __init__(
        self,
        *,
        loss: Literal["non-saturating", "minimax"] = "non-saturating",
        n_latent: int = 16,
        hidden: Sequence[int] = (128, 128, 128),
        network: Literal["auto", "dense", "conv"] = "auto",
        lr: float = 2e-4,
        beta1: float = 0.5,
        batch_size: int = 128,
        average: float = 0.999,
        max_steps: int = 20_000,
        max_seconds: float | None = None,
        patience: int = 20,
        validation_fraction: float = 0.1,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.loss = loss
        self.n_latent = n_latent
        self.hidden = hidden
        self.network = network
        self.lr = lr
        self.beta1 = beta1
        self.batch_size = batch_size
        self.average = average
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        check_known(self, loss=LOSSES)
        check_counts(self, "n_latent", "batch_size", "max_steps")
        rows, validation = hold_back(data, self.validation_fraction, run.rngs["order"])
        sampler = Shuffled(rows, self.batch_size, run.seed("order"))
        noise = run.generator("noise")
        initial = run.cpu_generator("initialisation")
        self._build(layout, data.cond.shape[1], initial)
        self.generator_.to(run.device)
        critic = build(
            lambda: _critic(layout, data.cond.shape[1], self.hidden, self.network), initial
        )
        average = Average(self.generator_, self.average)
        players = self._players(critic.to(run.device), noise)
        distance = _Distance(layout, rows, validation, run.seed("noise"))
        train(
            players,
            sampler,
            max_steps=self.max_steps,
            max_seconds=self.max_seconds,
            noise=noise,
            average=average,
            monitor=Monitor(
                "energy distance",
                partial(distance, lambda cond, rng: self._expanded(average.shadow, cond, rng)),
                [average.shadow],
                self.patience,
                reductions=1,
                target=distance.real,
                margin=distance.margin,
            ),
            every=max(100, sampler.steps_between_checks),
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        self.generator_, self.critic_ = average.shadow, critic

    def realism(self, X: Any, y: Any = None) -> np.ndarray:
        """Critic's logit of each row, (n,): the higher, the more it looks like a training row.

        For a critic at its best it is the log of the ratio of the densities of training and
        drawn rows. ``y`` is needed by a GAN with labels, unless the label is in the table.
        """
        check_is_fitted(self)
        X, encoded = self._encoded(X)
        cond, _ = known(self, X, y)
        if cond is None:
            cond = torch.from_numpy(self.labels_.encode(y, len(encoded))).to(self.dtype)
        return self._realism(encoded, cond).numpy()

    @torch.no_grad()
    def _realism(self, x: Tensor, cond: Tensor) -> Tensor:
        """Critic's logit of encoded rows, (n,), on the CPU."""
        device = next(self.critic_.parameters()).device
        parts = zip(x.split(_JUDGED_TOGETHER), cond.split(_JUDGED_TOGETHER), strict=True)
        logits = [self.critic_(self.layout_.expand(a.to(device)), b.to(device)) for a, b in parts]
        return torch.cat(logits)[:, 0].double().cpu()

    def _players(self, critic: nn.Module, noise: torch.Generator) -> list[Player]:
        loss = LOSSES[self.loss]
        betas = (self.beta1, 0.999)

        def critic_loss(critic: nn.Module, batch: Batch) -> Tensor:
            with torch.no_grad():
                fake = self._expanded(self.generator_, batch.cond, noise)
            real = critic(self.layout_.expand(batch.x), batch.cond)
            return loss.critic(real[:, 0], critic(fake, batch.cond)[:, 0])

        def generator_loss(generator: nn.Module, batch: Batch) -> Tensor:
            fake = self._expanded(generator, batch.cond, noise)
            return loss.generator(critic(fake, batch.cond)[:, 0])

        return [
            Player("critic", critic, critic_loss, self.lr, betas),
            Player(
                "generator", self.generator_, generator_loss, self.lr, betas, touches_data=False
            ),
        ]

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        device = next(self.generator_.parameters()).device
        fake = self._expanded(self.generator_, cond.to(device), torch_generator(rng, device))
        return self.layout_.collapse(fake)

    def _expanded(self, generator: nn.Module, cond: Tensor, rng: torch.Generator) -> Tensor:
        z = torch.randn(len(cond), self.n_latent, generator=rng, device=cond.device)
        return self.layout_.relax(generator(z, cond), rng)

    def _build(self, layout: Layout, n_cond: int, rng: torch.Generator) -> None:
        self.layout_ = layout
        convolutional = use_convolutions(layout, self.network)
        shape = (layout, n_cond, self.n_latent, layout.n_inputs, tuple(self.hidden))
        self.generator_ = build(lambda: Decoder(*shape, convolutional=convolutional), rng)

    def _state(self) -> dict[str, Any]:
        return {
            "weights": to_numpy(self.generator_.state_dict()),
            "critic": to_numpy(self.critic_.state_dict()),
        }

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self._build(layout, self.labels_.n_classes, torch.Generator())
        self.generator_.load_state_dict(to_torch(state["weights"]))
        self.generator_.to(choose_device(self.device))
        if "critic" in state:  # folders of the first version have none
            n_cond = self.labels_.n_classes
            shape = (layout, n_cond, self.hidden, self.network)
            self.critic_ = build(lambda: _critic(*shape), torch.Generator())
            self.critic_.load_state_dict(to_torch(state["critic"]))
            self.critic_.to(choose_device(self.device))


class _Distance:
    """Energy distance between samples and validation rows, in expanded columns.

    ``real`` is the distance that training rows have to the same validation rows, so both
    share the error that comes from the validation rows being few; ``margin`` is a small
    part of that error, below which a gain means nothing.
    """

    def __init__(self, layout: Layout, rows: Rows, validation: Rows, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.validation = _as_weighted(validation, rng).take(slice(_WATCHED_ROWS))
        self.target, self.seed = layout.expand(self.validation.x), seed
        self.n_repeats = -(-_COMPARED_ROWS // len(self.target))
        order = rng.permutation(len(rows))[:_COMPARED_ROWS]
        real = _as_weighted(rows, rng).x[order]
        self.real = float(energy_distance(layout.expand(real), self.target))
        self.margin = 0.05 * float(torch.cdist(self.target, self.target).mean()) / len(self.target)

    @torch.no_grad()
    def __call__(self, draw: Draw, step: int) -> float:
        rng = torch.Generator(self.target.device).manual_seed((self.seed + step) % 2**63)
        cond = self.validation.cond.repeat(self.n_repeats, 1)
        return float(energy_distance(draw(cond, rng), self.target))


def _as_weighted(rows: Rows, rng: np.random.Generator) -> Rows:
    """Draw as many rows by their weights; equal weights leave them as they are."""
    weight = rows.weight.double().cpu().numpy()
    if (weight == weight[0]).all():
        return rows
    drawn = rng.choice(len(weight), len(weight), p=weight / weight.sum())
    return rows.take(torch.from_numpy(drawn).to(rows.x.device))


def _critic(layout: Layout, n_cond: int, hidden: Sequence[int], network: str) -> nn.Module:
    return Encoder(
        layout,
        n_cond,
        1,
        tuple(hidden),
        convolutional=use_convolutions(layout, network),
        style=Style(normalise=False, activation=partial(nn.LeakyReLU, 0.2)),
    )
