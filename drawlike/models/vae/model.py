"""Variational autoencoder."""

import copy
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ...base import (
    AutoencoderMixin,
    CodedMixin,
    DensityMixin,
    GenerativeModel,
    PresetMixin,
    RandomState,
    Run,
    camera_of,
    check_known,
    n_classes_of,
    place_classes,
    tell_of_rare_classes,
    torch_generator,
)
from ...base.activity import Activity
from ...layout import Layout
from ...losses.variational import diagonal_log_prob, importance_bound
from ...networks import AutoEncoder, build, use_convolutions
from ...rows import Batch, Rows
from ...statistics.restoring.search import Energy
from ...training import (
    SCHEDULES,
    Balance,
    Clock,
    Monitor,
    Player,
    Shuffled,
    hold_back,
    train,
    weighted_mean,
)
from .bound import Bound
from .presets import PRESETS
from .priors import VampPrior, begin_pseudo_inputs
from .settings import DRAWS, check

_BOUND_DRAWS = 16
_GAIN = 5e-4  # nats a column: less is not worth going on for
_WATCHED_ROWS, _TOGETHER = 2000, 500


class VAE(PresetMixin, CodedMixin, DensityMixin, AutoencoderMixin, GenerativeModel):
    r"""Variational autoencoder: an encoder q(z|x), a decoder p(x|z), a latent vector z.

    Training maximises the evidence lower bound

    .. math:: \log p(x) \ge E_{q(z|x)} \log p(x|z) - \beta\, KL(q(z|x) \,\|\, p(z))

    where q is a diagonal normal and p(x|z) is the likelihood that the layout gives each
    column. Kingma and Welling 2014, arXiv:1312.6114; beta: Higgins et al. 2017. It stops
    when the bound on validation rows has stopped rising, and keeps the best weights.
    ``training_samples`` K > 1 maximises the importance-weighted bound instead (Burda et al.
    2016, arXiv:1509.00519), by doubly reparameterised gradients (Tucker et al. 2019,
    arXiv:1810.04152).

    Where the encoder puts the rows is never quite N(0, I), and a draw from the gaps decodes
    to nothing like the data. So afterwards the prior is fitted to the encoded rows, as a
    mixture of normals (Ghosh et al. 2020, arXiv:1903.12436); ``prior="normal"`` leaves it,
    and ``"vamp"`` learns it with the rest, from pseudo-inputs that begin at the columns'
    means and noise, at no row (Tomczak and Welling 2018, arXiv:1705.07120).

    A table, unless all its columns are plain numbers, is learned as codes: categories, numbers that
    repeat, and bins of the others, a softmax a column. There ``prior="fitted"`` is fitted first:
    latent classes k, in which the columns are independent (Lazarsfeld 1950), each with a z from
    N(0, I). The decoder begins at a class's law of every column, and corrects it by z; the encoder
    is told the class, which is drawn given the row. What :meth:`encode` gives is the mean of z,
    and beside it the probability of each class.

    ``score_samples`` is the bound with beta = 1 under that prior; ``importance_samples`` > 1
    gives the tighter one of Burda et al. Where no latent unit is active any more, so that
    rows are drawn as if their columns were independent, a warning says so.

    Parameters
    ----------
    n_latent : int
        Size of z, beside classes; more than the data need costs little.
    beta : float
        Weight of the KL term; below 1 reconstructs better and samples worse.
    warm_up : float
        Share of the training over which that weight grows from 0, against collapse: of
        ``max_steps``, or of ``max_seconds`` if that is sooner over.
    free_bits : float
        What each dimension of z may say for nothing, nats: none is pressed below it on
        average (Kingma et al. 2016, arXiv:1606.04934). Another remedy against collapse.
    training_samples : int
        Draws of z a row in training.
    prior : {"fitted", "normal", "vamp"}
        Which law of z samples come from; of a table "fitted" has latent classes, the others none.
    n_pseudo : int
        How many pseudo-inputs ``prior="vamp"`` has, shared out among the labels; each costs
        what a row costs in a step.
    hidden : sequence of int
        Widths of the encoder's hidden layers.
    decoder_hidden : sequence of int, optional
        Those of the decoder, by default the same turned around.
    network : {"auto", "dense", "conv"}
        "auto" takes convolutions for images of 12 pixels and more.
    channels : int
        Channels of the first convolution; each further one has twice as many.
    pixels : {"auto", "binary"}
        "binary" takes grey images for probabilities of white, drawn afresh at every visit;
        images of two values are binary anyway. Scores are then those of two-valued images:
        grey ones score -inf, so draw them black and white first.
    draw : {"auto", "sample", "mean"}
        Whether samples are draws from p(x|z) or its mean; "auto" draws, except for images,
        where pixel noise is not what people want to see.
    optimizer : str
        "adam", "adamw", "rmsprop", "sgd", "momentum", "optimistic" or "extragradient".
    lr : float
        Its learning rate at the start.
    schedule : {"plateau", "cosine"}
        How the rate falls: when the bound no longer rises, or with the clock.
    batch_size : int
        Rows a step; larger is smoother and slower.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. "auto" takes "balanced" where a class
        is ten times as frequent as another, unless z has latent classes. The learned frequencies
        stay those of the data.
    max_steps, max_seconds : int, float or None
        Upper limits; a limit in seconds makes the result depend on the machine's speed.
    patience : int
        Checks without improvement before the learning rate falls, and in the end stops.
    validation_fraction : float
        Share of the rows that only decides when to stop.
    importance_samples : int
        Draws of z a row in ``score_samples``; may be changed after ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import VAE
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> VAE(max_steps=20, random_state=0).fit(rows).sample(3, random_state=0).shape
    (3, 2)
    """

    name = "vae"
    presets = PRESETS
    stops_by_itself = True
    drawn_by = ("draw",)
    array_numbers = "standard"
    table_numbers = "adaptive"
    dtype = torch.float32

    def __init__(
        self,
        *,
        n_latent: int = 16,
        beta: float = 1.0,
        warm_up: float = 0.02,
        free_bits: float = 0.0,
        training_samples: int = 1,
        prior: Literal["fitted", "normal", "vamp"] = "fitted",
        n_pseudo: int = 100,
        hidden: Sequence[int] = (256, 256),
        decoder_hidden: Sequence[int] | None = None,
        network: Literal["auto", "dense", "conv"] = "auto",
        channels: int = 32,
        pixels: Literal["auto", "binary"] = "auto",
        draw: Literal["auto", "sample", "mean"] = "auto",
        optimizer: str = "adam",
        lr: float = 1e-3,
        schedule: Literal["plateau", "cosine"] = "plateau",
        batch_size: int = 128,
        class_sampling: str | float = "auto",
        max_steps: int = 50_000,
        max_seconds: float | None = None,
        patience: int = 6,
        validation_fraction: float = 0.1,
        importance_samples: int = 1,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.n_latent = n_latent
        self.beta = beta
        self.warm_up = warm_up
        self.free_bits = free_bits
        self.training_samples = training_samples
        self.prior = prior
        self.n_pseudo = n_pseudo
        self.hidden = hidden
        self.decoder_hidden = decoder_hidden
        self.network = network
        self.channels = channels
        self.pixels = pixels
        self.draw = draw
        self.optimizer = optimizer
        self.lr = lr
        self.schedule = schedule
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.importance_samples = importance_samples
        self.random_state = random_state
        self.device = device

    @property
    def density(self) -> str:
        """What ``score_samples`` gives: the bound, or an estimate from many draws."""
        return "lower bound" if self.importance_samples == 1 else "estimate"

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        check(self)
        data = self._code(data, layout)
        is_mixed = self.coding_ is not None and self.prior == "fitted"
        balance = Balance.of(self.class_sampling, data, begins_fitted=is_mixed)
        parts = hold_back(data, self.validation_fraction, run.rngs["order"], balance)
        rows, validation = parts
        self.n_latent_classes_ = n_classes_of(len(rows)) if is_mixed else 0
        watched = validation.take(slice(_WATCHED_ROWS))
        sampler = Shuffled(rows, self.batch_size, run.seed("order"), balance)
        noise = run.generator("noise")
        initial = run.cpu_generator("initialisation")
        self._build(self.layout_, data.cond.shape[1], initial)
        if self.net_.pseudo is not None:
            begin_pseudo_inputs(self.net_.pseudo, self.layout_, rows, initial)
        if self.net_.classes is not None:
            place_classes(self.net_.classes, rows, self.layout_, run.rngs["initialisation"])
        self.net_.to(run.device)
        clock = Clock(self.max_steps, self.max_seconds, SCHEDULES[self.schedule])
        bound = self._bound(noise, clock)
        activity = Activity(run.events)

        def learn(net: nn.Module, batch: Batch) -> Tensor:
            return bound.loss(net, self._told(batch, noise))

        def measure(step: int) -> float:
            loss, mean, log_var = self._measured(bound, watched, step)
            if not self.n_latent_classes_:
                activity.check(mean, log_var, step)
            return loss

        camera = camera_of(self.layout_, data.cond, self._drawn_in_training)
        progress = train(
            [Player("vae", self.net_, learn, self.lr, method=self.optimizer)],
            sampler,
            clock=clock,
            noise=noise,
            phase=bound.phase,
            monitor=self._monitor(bound, measure),
            camera=camera,
            every=sampler.steps_between_checks,
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        self.film_ = camera and camera.film
        _, mean, log_var = self._measured(bound, watched, 0)
        if not self.n_latent_classes_:
            activity.conclude(mean, log_var, progress.step)
            self._finish_prior(rows, run)

        def fares(some: Rows) -> Tensor:
            return -self._losses(bound, some, 0)[0]

        tell_of_rare_classes(parts, self.labels_.classes_, fares, run.events)
        self._finish_likeness(validation, run)

    def _bound(self, noise: torch.Generator, clock: Clock) -> Bound:
        return Bound(
            layout=self.layout_,
            noise=noise,
            clock=clock,
            n_latent=self.n_latent,
            beta=self.beta,
            free_bits=self.free_bits,
            warm_up=self.warm_up,
            n_draws=self.training_samples,
        )

    def _measured(self, bound: Bound, rows: Rows, step: int) -> tuple[float, Tensor, Tensor]:
        """Loss of validation rows, by the random numbers of the step, and their posteriors."""
        losses, means, log_vars = self._losses(bound, rows, step)
        return float(weighted_mean(losses, rows.weight)), means, log_vars

    def _losses(self, bound: Bound, rows: Rows, step: int) -> tuple[Tensor, Tensor, Tensor]:
        fixed = torch.Generator(self._device).manual_seed(step)
        told = [self._told(part, fixed) for part in rows.batches(_TOGETHER)]
        parts = [(*bound.measure(self.net_, part, fixed), self._log_odds(part)) for part in told]
        losses, means, log_vars, odds = map(torch.cat, zip(*parts, strict=True))
        return losses - odds, means, log_vars

    def _told(self, batch: Batch, rng: torch.Generator) -> Batch:
        """Rows with what the networks are told beside them: labels, and classes drawn given rows."""
        if self.net_.classes is None:
            return batch
        inputs = self.layout_.expand(batch.x)
        return batch._replace(cond=self.net_.classes.kinds_of(inputs, batch.cond, rng))

    @torch.no_grad()
    def _log_odds(self, told: Batch) -> Tensor:
        """What a bound has of the classes that rows are told with, (n,)."""
        if self.net_.classes is None:
            return torch.zeros_like(told.weight)
        return self.net_.classes.log_odds(self.layout_.expand(told.x), told.cond)

    def _monitor(self, bound: Bound, measure: Callable[[int], float]) -> Monitor:
        begins_fitted = self.net_.classes is not None
        return Monitor(
            "validation loss",
            measure,
            [self.net_],
            self.patience,
            reductions=2 if self.schedule == "plateau" and not begins_fitted else 0,
            margin=_GAIN * self.layout_.width,
            waits=lambda: bound.is_warming_up,
            from_start=begins_fitted,
        )

    def _prior_draw(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        device = self._device
        if self.net_.classes is not None:
            noise = torch_generator(rng, device)
            kinds = self.net_.classes.kinds(cond.to(device), noise)
            return torch.cat([self._noise(len(cond), noise), kinds[:, cond.shape[1] :]], 1)
        if self.prior != "vamp":
            return super()._prior_draw(cond, rng)
        return VampPrior.of(self.net_).sample(cond.to(device), torch_generator(rng, device))

    @torch.no_grad()
    def _latent_energy(self) -> Energy:
        if self.prior != "vamp":
            return super()._latent_energy()
        prior = VampPrior.of(self.net_)
        return lambda z, cond: -prior.log_prob(z, cond)

    def _drawn_in_training(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw rows of the prior that is learned with them, else N(0, I): none is fitted yet."""
        is_vamp = self.net_.pseudo is not None
        z = VampPrior.of(self.net_).sample(cond, rng) if is_vamp else self._noise(len(cond), rng)
        return self._from_latent(z, cond, np.random.default_rng(0))

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        # one set of draws for all rows, in float64: a score does not depend on other rows
        net, twins = copy.deepcopy(self.net_).double(), self._log_twins(x)
        x, cond = self._coded(x).to(self._device).double(), cond.to(self._device).double()
        vamp = VampPrior.of(net) if net.pseudo is not None else None
        fixed = torch.Generator(self._device).manual_seed(0)
        weights = []
        k = self.importance_samples
        noises = self._noise(_BOUND_DRAWS if k == 1 else k, fixed).double()
        levels = torch.rand(len(noises), generator=fixed, device=fixed.device).tolist()
        posteriors = _posteriors(net, self.layout_.expand(x), cond, levels)
        for noise, (kinds, odds, mean, log_var) in zip(noises, posteriors, strict=True):
            z = mean + (0.5 * log_var).exp() * noise
            log_prior = vamp.log_prob(z, cond) if vamp else self._log_prior(z, cond)
            log_joint = self.layout_.log_prob(net.decoder(z, kinds), x) + log_prior + odds
            weights.append(log_joint - diagonal_log_prob(mean, log_var, z))
        log_weights = torch.stack(weights)
        bound = log_weights.mean(0) if k == 1 else importance_bound(log_weights)
        return bound + twins.to(bound)

    def _log_prior(self, z: Tensor, cond: Tensor) -> Tensor:
        if self.prior_ is None:
            return diagonal_log_prob(z.new_zeros(()), z.new_zeros(()), z)
        device = self.prior_.device
        return self.prior_.log_prob(z.to(device), cond.to(device)).to(z)

    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        if self.net_.classes is None:
            return super()._to_latent(self._coded(x), cond)
        inputs, cond = self.layout_.expand(self._coded(x).to(self._device)), cond.to(self._device)
        shares = self.net_.classes.shares(inputs, cond)
        mean, _ = self.net_.posterior(inputs, torch.cat([cond, shares], 1))
        return torch.cat([mean, shares], 1)

    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        check_known(self, draw=DRAWS)
        z, cond = z.to(self._device), cond.to(self._device)
        raw = self.net_.decoder(z[:, : self.n_latent], torch.cat([cond, z[:, self.n_latent :]], 1))
        draws = {"auto": not self.layout_.image, "sample": True, "mean": False}[self.draw]
        if draws:
            drawn = self.layout_.sample(raw, torch_generator(rng, self._device))
        else:
            drawn = self.layout_.mean(raw)
        return self._uncoded(drawn, rng)

    def _build(self, layout: Layout, n_cond: int, rng: torch.Generator) -> None:
        self.layout_, self.prior_ = layout, None
        self.n_latent_ = self.n_latent + self.n_latent_classes_
        convolutional = use_convolutions(layout, self.network)
        self.net_ = build(
            lambda: AutoEncoder(
                layout,
                n_cond,
                self.n_latent,
                tuple(self.hidden),
                convolutional=convolutional,
                base=self.channels,
                decoder_hidden=self.decoder_hidden and tuple(self.decoder_hidden),
                n_pseudo=self.n_pseudo if self.prior == "vamp" else 0,
                n_classes=self.n_latent_classes_,
            ),
            rng,
        )

    def _state(self) -> dict[str, Any]:
        n_classes = {"n_latent_classes": self.n_latent_classes_}
        return {**super()._state(), **self._coding_state(), **n_classes}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.n_latent_classes_ = state.get("n_latent_classes", 0)
        super()._set_state(state, self._set_coding(state, layout))


def _posteriors(
    net: AutoEncoder, inputs: Tensor, cond: Tensor, levels: Sequence[float]
) -> Iterator[tuple[Tensor, Tensor | float, Tensor, Tensor]]:
    """Kinds of rows for each draw of z, the log-odds of their classes, and q(z|x) of the kinds."""
    if net.classes is None:
        yield from repeat((cond, 0.0, *net.posterior(inputs, cond)), len(levels))
        return
    for level in levels:
        kinds = net.classes.kinds_at(inputs, cond, level)
        yield kinds, net.classes.log_odds(inputs, kinds), *net.posterior(inputs, kinds)
