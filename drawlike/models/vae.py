"""Variational autoencoder."""

import copy
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ..base import (
    DensityMixin,
    GenerativeModel,
    LatentMixin,
    RandomState,
    Run,
    check_counts,
    check_known,
    choose_device,
    torch_generator,
)
from ..layout import Layout, Real, standard_normal_log_prob
from ..losses.variational import kl_to_standard_normal
from ..networks import AutoEncoder, build, use_convolutions
from ..rows import Batch, Rows
from ..statistics.mixtures.fitting import fit_mixture
from ..statistics.mixtures.mixture import Mixture
from ..statistics.mixtures.state import from_state, to_state
from ..training import (
    Clock,
    Monitor,
    Player,
    Shuffled,
    hold_back,
    to_numpy,
    to_torch,
    train,
    weighted_mean,
)

_BOUND_DRAWS = 16
_DRAWS = ("auto", "sample", "mean")
_GAIN = 5e-4  # nats a column: less is not worth going on for
_PRIOR_COMPONENTS, _PRIOR_DRAWS, _PRIOR_ROWS = 50, 40, 50_000
_WATCHED_ROWS, _TOGETHER = 2000, 500


class VAE(DensityMixin, LatentMixin, GenerativeModel):
    r"""Variational autoencoder: an encoder q(z|x), a decoder p(x|z), a latent vector z.

    Training maximises the evidence lower bound

    .. math:: \log p(x) \ge E_{q(z|x)} \log p(x|z) - \beta\, KL(q(z|x) \,\|\, N(0, I))

    where q is a diagonal normal and p(x|z) is the likelihood that the layout gives each
    column. Kingma and Welling 2014, arXiv:1312.6114; beta: Higgins et al. 2017. It stops
    when the bound on validation rows has stopped rising, and keeps the best weights.

    Where the encoder puts the rows is never quite N(0, I), and a draw from the gaps decodes
    to nothing like the data. So afterwards the prior is fitted to the encoded rows, as a
    mixture of normals (Ghosh et al. 2020, arXiv:1903.12436); ``prior="normal"`` leaves it.

    ``score_samples`` is the bound with beta = 1 under that prior; ``importance_samples`` > 1
    gives the tighter one of Burda et al. 2016, arXiv:1509.00519.

    Parameters
    ----------
    n_latent : int
        Size of z; more than the data need costs little.
    beta : float
        Weight of the KL term; below 1 reconstructs better and samples worse.
    prior : {"fitted", "normal"}
        Which law of z samples come from.
    hidden : sequence of int
        Widths of the hidden layers.
    network : {"auto", "dense", "conv"}
        "auto" takes convolutions for images of 12 pixels and more.
    draw : {"auto", "sample", "mean"}
        Whether samples are draws from p(x|z) or its mean; "auto" draws, except for images,
        where pixel noise is not what people want to see.
    lr : float
        Adam's learning rate at the start.
    batch_size : int
        Rows a step; larger is smoother and slower.
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
    stops_by_itself = True
    array_numbers = "standard"
    dtype = torch.float32

    prior_: Mixture | None

    def __init__(
        self,
        *,
        n_latent: int = 16,
        beta: float = 1.0,
        prior: Literal["fitted", "normal"] = "fitted",
        hidden: Sequence[int] = (256, 256),
        network: Literal["auto", "dense", "conv"] = "auto",
        draw: Literal["auto", "sample", "mean"] = "auto",
        lr: float = 1e-3,
        batch_size: int = 128,
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
        self.prior = prior
        self.hidden = hidden
        self.network = network
        self.draw = draw
        self.lr = lr
        self.batch_size = batch_size
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
        self._check_settings()
        rows, validation = hold_back(data, self.validation_fraction, run.rngs["order"])
        watched = validation.take(slice(_WATCHED_ROWS))
        sampler = Shuffled(rows, self.batch_size, run.seed("order"))
        noise = run.generator("noise")
        self._build(layout, data.cond.shape[1], run.cpu_generator("initialisation"))
        self.net_.to(run.device)

        def negative_elbo(net: nn.Module, batch: Batch) -> Tensor:
            return -self._elbo(net, batch, self._noise(len(batch.x), noise), self.beta)

        @torch.no_grad()
        def validation_loss(step: int) -> float:
            fixed = torch.Generator(run.device).manual_seed(step)
            losses = [
                -self._elbo(self.net_, part, self._noise(len(part.x), fixed), self.beta)
                for part in watched.batches(_TOGETHER)
            ]
            return float(weighted_mean(torch.cat(losses), watched.weight))

        train(
            [Player("vae", self.net_, negative_elbo, lr=self.lr)],
            sampler,
            clock=Clock(self.max_steps, self.max_seconds),
            noise=noise,
            monitor=Monitor(
                "validation loss",
                validation_loss,
                [self.net_],
                self.patience,
                margin=_GAIN * layout.width,
            ),
            every=sampler.steps_between_checks,
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )

        if self.prior == "fitted":
            try:
                self.prior_ = self._fitted_prior(rows, run)
            except KeyboardInterrupt:
                run.events.warning("interrupted in the prior's fit: samples use N(0, I)")

    def _check_settings(self) -> None:
        check_known(self, prior=("fitted", "normal"), draw=_DRAWS)
        check_counts(self, "n_latent", "batch_size", "max_steps", "importance_samples")

    @torch.no_grad()
    def _fitted_prior(self, rows: Rows, run: Run) -> Mixture:
        """Fit a mixture for each class to draws of z; several a row where rows are few."""
        rows = _some_of_each_class(rows, _PRIOR_ROWS, run.rngs["order"])
        smallest = int(rows.cond.sum(0).min()) if rows.cond.shape[1] else len(rows)
        noise, encoded = run.generator("sampling"), []
        for chosen in self._to_draw(rows).split(_TOGETHER):
            part = rows.take(chosen)
            mean, log_var = self.net_.posterior(self.layout_.expand(part.x), part.cond)
            z = mean + (0.5 * log_var).exp() * self._noise(len(mean), noise)
            encoded.append((z, part.cond, part.weight))
        latent = Rows(*(torch.cat(column).double() for column in zip(*encoded, strict=True)))
        parameters = self.n_latent * (self.n_latent + 3) / 2
        k = int(np.clip(smallest / (4 * parameters), 1, _PRIOR_COMPONENTS))
        return fit_mixture(latent, self._latent_layout, k, run.rngs["sampling"])

    def _to_draw(self, rows: Rows) -> Tensor:
        """Positions of rows, each as often as its class is small for.

        Rows of large classes count once: a rare class must not multiply a million others.
        """
        classes = rows.cond if rows.cond.shape[1] else torch.ones_like(rows.weight)[:, None]
        repeats = (_PRIOR_DRAWS * self.n_latent / classes.sum(0)).ceil().clamp(max=_PRIOR_DRAWS)
        index = torch.arange(len(rows), device=rows.x.device)
        return index.repeat_interleave(repeats.long()[classes.argmax(1)])

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        if self.prior_ is None:
            z = self._noise(len(cond), torch_generator(rng, self._device))
        else:
            z = self.prior_.sample(cond.double().to(self.prior_.device), rng).to(cond)
        return self._from_latent(z, cond, rng)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        # one set of draws for all rows, in float64: a score does not depend on other rows
        net = copy.deepcopy(self.net_).double()
        x, cond = x.to(self._device).double(), cond.to(self._device).double()
        mean, log_var = net.posterior(self.layout_.expand(x), cond)
        scale = (0.5 * log_var).exp()
        fixed = torch.Generator(self._device).manual_seed(0)
        weights = []
        for noise in self._noise(max(self.importance_samples, _BOUND_DRAWS), fixed).double():
            z = mean + scale * noise
            log_posterior = (standard_normal_log_prob(noise) - scale.log()).sum(-1)
            log_joint = self.layout_.log_prob(net.decoder(z, cond), x) + self._log_prior(z, cond)
            weights.append(log_joint - log_posterior)
        if self.importance_samples == 1:
            return torch.stack(weights).mean(0)
        return torch.stack(weights).logsumexp(0) - math.log(len(weights))

    def _log_prior(self, z: Tensor, cond: Tensor) -> Tensor:
        if self.prior_ is None:
            return standard_normal_log_prob(z).sum(-1)
        device = self.prior_.device
        return self.prior_.log_prob(z.to(device), cond.to(device)).to(z)

    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        inputs = self.layout_.expand(x.to(self._device))
        return self.net_.posterior(inputs, cond.to(self._device))[0]

    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        raw = self.net_.decoder(z.to(self._device), cond.to(self._device))
        draws = {"auto": not self.layout_.image, "sample": True, "mean": False}[self.draw]
        if draws:
            return self.layout_.sample(raw, torch_generator(rng, self._device))
        return self.layout_.mean(raw)

    def _elbo(self, net: nn.Module, batch: Batch, noise: Tensor, beta: float) -> Tensor:
        raw, mean, log_var = net(self.layout_.expand(batch.x), batch.cond, noise)
        return self.layout_.log_prob(raw, batch.x) - beta * kl_to_standard_normal(mean, log_var)

    def _noise(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, self.n_latent, generator=rng, device=rng.device)

    def _build(self, layout: Layout, n_cond: int, rng: torch.Generator) -> None:
        self.layout_, self.n_latent_ = layout, self.n_latent
        convolutional = use_convolutions(layout, self.network)
        shape = (layout, n_cond, self.n_latent, tuple(self.hidden))
        self.net_ = build(lambda: AutoEncoder(*shape, convolutional=convolutional), rng)
        self.prior_ = None

    @property
    def _latent_layout(self) -> Layout:
        return Layout((Real("z", self.n_latent_, (0.0,) * self.n_latent_),))

    @property
    def _device(self) -> torch.device:
        return next(self.net_.parameters()).device

    def _state(self) -> dict[str, Any]:
        prior = to_state(self.prior_) if self.prior_ else None
        return {"weights": to_numpy(self.net_.state_dict()), "prior": prior}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self._build(layout, self.labels_.n_classes, torch.Generator())
        self.net_.load_state_dict(to_torch(state["weights"]))
        self.net_.to(choose_device(self.device))
        if state["prior"]:
            self.prior_ = from_state(state["prior"], self._latent_layout, "full")


def _some_of_each_class(rows: Rows, most: int, rng: np.random.Generator) -> Rows:
    """Choose about ``most`` rows at random, as many of each class where there are enough."""
    if len(rows) <= most:
        return rows
    order = torch.from_numpy(rng.permutation(len(rows))).to(rows.x.device)
    cond = rows.cond[order] if rows.cond.shape[1] else rows.weight[:, None] ** 0
    place_in_class = (cond.cumsum(0) * cond).sum(1)
    return rows.take(order[place_in_class <= most / cond.shape[1]])
