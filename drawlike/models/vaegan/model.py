"""Variational autoencoder with a critic."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from ...base import (
    AutoencoderMixin,
    GenerativeModel,
    RandomState,
    Run,
    camera_of,
    tell_of_rare_classes,
    torch_generator,
)
from ...base.activity import Activity
from ...base.distance import Distance
from ...layout import Layout
from ...losses.adversarial import LOSSES
from ...networks import AutoEncoder, FeatureCritic, Style, build, use_convolutions
from ...rows import Batch, Rows
from ...training import (
    SCHEDULES,
    Average,
    Balance,
    Clock,
    Monitor,
    Player,
    Shuffled,
    hold_back,
    train,
)
from .game import Game
from .settings import SIMILARITIES, check, suited

_CRITIC = Style(normalise=False, activation=partial(nn.LeakyReLU, 0.2))
_WATCHED_ROWS = 1000


class VAEGAN(AutoencoderMixin, GenerativeModel):
    r"""A VAE whose decoder also has to fool a critic: sharper rows, with an encoder.

    .. math:: L = L_{GAN} + L_{VAE}, \quad
        L_{VAE} = \beta\, KL(q(z|x) \,\|\, N(0, I)) - E_{q(z|x)} \log p(x|z)

    Larsen et al. 2016, arXiv:1512.09300. With ``similarity="plain"`` p(x|z) is the
    likelihood that the layout gives each column, which asks for the right value of every
    pixel; ``"learned"`` asks for the right features in the critic's last hidden layer, a
    normal of variance 1 around those of the reconstruction, and so forgives what the critic
    does not see. Encoder, decoder and critic step in turn, each by its own part of L.

    Training watches the energy distance between samples and validation rows, as a GAN's
    does, and keeps the best weights, the decoder's as a moving average. Afterwards the prior is
    fitted to the encoded rows. There is no density.

    Parameters
    ----------
    similarity : {"learned", "plain"}
        By what a reconstruction is compared with its row.
    gamma : float, optional
        Weight of the reconstruction in the decoder's loss: higher is closer to the rows,
        lower pleases the critic. By default .1 for learned features, and 1, the plain sum,
        for columns.
    beta : float
        Weight of the KL term.
    warm_up : float
        Share of the training over which that weight grows from 0, against collapse.
    loss : {"relativistic", "non-saturating", "minimax", "least-squares", "hinge", "wasserstein"}
        What the critic and the decoder play for; "wasserstein" needs a penalty.
    penalty : mapping of str to float, optional
        Weights of penalties on the critic's slope: "r1", "r2", "gradient", "dragan". By default
        R1 and R2 of weight 1 under the relativistic loss.
    prior : {"fitted", "normal"}
        Which law of z samples come from.
    n_latent : int
        Size of z.
    hidden : sequence of int
        Widths of the hidden layers; the last is how many features rows are compared by.
    network : {"auto", "dense", "conv"}
        "auto" takes convolutions for images of 12 pixels and more.
    channels : int
        Channels of the first convolution; each further one has twice as many.
    pixels : {"auto", "binary"}
        "binary" takes grey images for probabilities of white, drawn afresh at every visit.
    optimizer : str
        "adam", "adamw", "rmsprop", "sgd", "momentum", "optimistic" or "extragradient".
    lr : float, optional
        Learning rate of encoder and decoder; 2e-3 under the relativistic loss, else 5e-4.
    critic_lr : float, optional
        That of the critic, by default the same.
    betas : tuple of two floats, optional
        Decays of the optimizer's moments; the first is 0 under the relativistic loss, else .5.
    schedule : {"cosine", "plateau"}
        How the rates fall.
    batch_size : int
        Rows a step; larger is smoother and slower.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. "auto" takes "balanced" where a class
        is ten times as frequent as another. The learned frequencies stay those of the data.
    average : float
        Decay of the moving average of the decoder's weights; 0 keeps the last weights.
    max_steps, max_seconds : int, float or None
        Upper limits; a limit in seconds makes the result depend on the machine's speed.
    patience : int
        Checks without improvement after which training ends; along a plateau the rate falls
        first, and along a cosine they count once it has fallen by half.
    validation_fraction : float
        Share of the rows that only decides when to stop.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import VAEGAN
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> model = VAEGAN(max_steps=20, random_state=0).fit(rows)
    >>> model.decode(model.encode(rows[:3])).shape
    (3, 2)
    """

    name = "vaegan"
    stops_by_itself = True
    array_numbers = "standard"
    dtype = torch.float32
    allows_missing = False

    def __init__(
        self,
        *,
        similarity: Literal["learned", "plain"] = "learned",
        gamma: float | None = None,
        beta: float = 1.0,
        warm_up: float = 0.1,
        loss: str = "relativistic",
        penalty: Mapping[str, float] | None = None,
        prior: Literal["fitted", "normal"] = "fitted",
        n_latent: int = 16,
        hidden: Sequence[int] = (256, 256),
        network: Literal["auto", "dense", "conv"] = "auto",
        channels: int = 32,
        pixels: Literal["auto", "binary"] = "auto",
        optimizer: str = "adam",
        lr: float | None = None,
        critic_lr: float | None = None,
        betas: tuple[float, float] | None = None,
        schedule: Literal["cosine", "plateau"] = "cosine",
        batch_size: int = 128,
        class_sampling: str | float = "auto",
        average: float = 0.999,
        max_steps: int = 10_000,
        max_seconds: float | None = None,
        patience: int = 20,
        validation_fraction: float = 0.1,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.similarity = similarity
        self.gamma = gamma
        self.beta = beta
        self.warm_up = warm_up
        self.loss = loss
        self.penalty = penalty
        self.prior = prior
        self.n_latent = n_latent
        self.hidden = hidden
        self.network = network
        self.channels = channels
        self.pixels = pixels
        self.optimizer = optimizer
        self.lr = lr
        self.critic_lr = critic_lr
        self.betas = betas
        self.schedule = schedule
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.average = average
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        check(self)
        balance = Balance.of(self.class_sampling, data)
        parts = hold_back(data, self.validation_fraction, run.rngs["order"], balance)
        rows, validation = parts
        sampler = Shuffled(rows, self.batch_size, run.seed("order"), balance)
        noise, initial = run.generator("noise"), run.cpu_generator("initialisation")
        self._build(layout, data.cond.shape[1], initial)
        critic = self._critic(layout, data.cond.shape[1], initial).to(run.device)
        self.net_.to(run.device)
        clock = Clock(self.max_steps, self.max_seconds, SCHEDULES[self.schedule])
        game = self._game(noise, clock)
        average = Average(self.net_.decoder, self.average)
        distance = Distance(layout, *balance.seen(parts), run.seed("noise"))
        activity = Activity(run.events)
        watched = validation.take(slice(_WATCHED_ROWS))

        def measure(step: int) -> float:
            mean, log_var = self._posteriors(watched)
            activity.check(mean, log_var, step)
            return distance(partial(game.draw, average.shadow), step)

        def drawn(cond: Tensor, rng: torch.Generator) -> Tensor:
            return layout.collapse(game.draw(average.shadow, cond, rng))

        camera = camera_of(layout, data.cond, drawn)
        progress = train(
            self._players(game, critic),
            sampler,
            clock=clock,
            noise=noise,
            average=average,
            monitor=Monitor(
                "energy distance",
                measure,
                [average.shadow, self.net_.encoder],
                self.patience,
                reductions=1 if self.schedule == "plateau" else 0,
                target=distance.goal(self.schedule),
                margin=distance.margin,
                waits=lambda: clock.is_early,
            ),
            camera=camera,
            every=max(100, sampler.steps_between_checks),
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        self.net_.decoder.load_state_dict(average.shadow.state_dict())
        self.film_ = camera and camera.film
        mean, log_var = self._posteriors(watched)
        activity.conclude(mean, log_var, progress.step)
        self._finish_prior(rows, run)

        def fares(some: Rows) -> Tensor:
            return critic.judge(critic.features(layout.expand(some.x), some.cond))

        tell_of_rare_classes(parts, self.labels_.classes_, fares, run.events)
        self._finish_likeness(validation, run)

    def _game(self, noise: torch.Generator, clock: Clock) -> Game:
        return Game(
            layout=self.layout_,
            loss=LOSSES[self.loss],
            noise=noise,
            clock=clock,
            n_latent=self.n_latent,
            learned=self.similarity == "learned",
            beta=self.beta,
            warm_up=self.warm_up,
            gamma=SIMILARITIES[self.similarity] if self.gamma is None else self.gamma,
            penalties=suited(self).penalty,
        )

    def _players(self, game: Game, critic: FeatureCritic) -> list[Player]:
        net = self.net_

        def encoder_loss(encoder: nn.Module, batch: Batch) -> Tensor:
            return game.encoder_loss(net, critic, batch)

        def decoder_loss(decoder: nn.Module, batch: Batch) -> Tensor:
            return game.decoder_loss(net, critic, batch)

        def critic_loss(judge: nn.Module, batch: Batch) -> Tensor:
            return game.critic_loss(net, judge, batch)

        _, lr, betas = suited(self)
        player = partial(Player, betas=betas, method=self.optimizer)
        critic_lr = lr if self.critic_lr is None else self.critic_lr
        return [
            player("critic", critic, critic_loss, critic_lr),
            player("encoder", net.encoder, encoder_loss, lr),
            player("decoder", net.decoder, decoder_loss, lr),
        ]

    @torch.no_grad()
    def _posteriors(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Means and log-variances of z given rows, (n, n_latent) each."""
        return self.net_.posterior(self.layout_.expand(rows.x), rows.cond)

    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        raw = self.net_.decoder(z.to(self._device), cond.to(self._device))
        emitted = self.layout_.emit(raw, torch_generator(rng, self._device))
        return self.layout_.collapse(emitted)

    def _critic(self, layout: Layout, n_cond: int, rng: torch.Generator) -> FeatureCritic:
        return build(
            lambda: FeatureCritic(
                layout,
                n_cond,
                tuple(self.hidden),
                convolutional=use_convolutions(layout, self.network),
                style=_CRITIC,
                base=self.channels,
            ),
            rng,
        )

    def _build(self, layout: Layout, n_cond: int, rng: torch.Generator) -> None:
        self.layout_, self.n_latent_, self.prior_ = layout, self.n_latent, None
        self.net_ = build(
            lambda: AutoEncoder(
                layout,
                n_cond,
                self.n_latent,
                tuple(self.hidden),
                convolutional=use_convolutions(layout, self.network),
                base=self.channels,
            ),
            rng,
        )
