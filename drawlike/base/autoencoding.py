"""Models that code rows and decode them: where their rows lie in the latent space."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..layout import Layout, Real
from ..networks import AutoEncoder
from ..rows import Rows
from ..statistics.mixtures.fitting import fit_mixture
from ..statistics.mixtures.mixture import Mixture
from ..statistics.mixtures.state import from_state, to_state
from ..training import is_rare, to_numpy, to_torch
from .latent import LatentMixin
from .randomness import torch_generator
from .run import Run, choose_device
from .searching import SearchMixin

_COMPONENTS, _DRAWS, _ROWS = 50, 40, 50_000
_TOGETHER = 500


class AutoencoderMixin(LatentMixin, SearchMixin):
    """Models with an encoder and a decoder, ``net_``; hooks are ``_build``, ``_from_latent``.

    Where the encoder puts the rows is never quite N(0, I), so ``prior_`` may be a mixture
    fitted to them afterwards (Ghosh et al. 2020, arXiv:1903.12436).
    """

    net_: AutoEncoder
    prior_: Mixture | None
    layout_: Layout
    n_latent: int
    n_latent_: int

    def _finish_prior(self: Any, rows: Rows, run: Run) -> None:
        """Fit the prior, where one is asked for, to what the encoder makes of the rows."""
        if self.prior != "fitted":
            return
        try:
            self.prior_ = self._fitted_prior(rows, run)
        except KeyboardInterrupt:
            run.events.warning("interrupted in the prior's fit: samples use N(0, I)")

    @torch.no_grad()
    def _fitted_prior(self, rows: Rows, run: Run) -> Mixture:
        """Fit a mixture for each class to draws of z; several a row where rows are few.

        The smallest class has rows enough for its components, but where a class is rare the
        largest decides: what frequent classes lose by a mixture too coarse is more, and the
        rare ones gain too (docs/decisions/035).
        """
        deciding = torch.max if bool(is_rare(rows.mass).any()) else torch.min
        rows = _some_of_each_class(rows, _ROWS, run.rngs["order"])
        n = int(deciding(rows.cond.sum(0))) if rows.cond.shape[1] else len(rows)
        noise, encoded = run.generator("sampling"), []
        for chosen in self._to_draw(rows).split(_TOGETHER):
            part = rows.take(chosen)
            inputs = self.layout_.expand(self.layout_.realise(part.x, noise))
            mean, log_var = self.net_.posterior(inputs, part.cond)
            z = mean + (0.5 * log_var).exp() * self._noise(len(mean), noise)
            encoded.append((z, part.cond, part.weight))
        latent = Rows(*(torch.cat(column).double() for column in zip(*encoded, strict=True)))
        parameters = self.n_latent_ * (self.n_latent_ + 3) / 2
        k = int(np.clip(n / (4 * parameters), 1, _COMPONENTS))
        return fit_mixture(latent, self._latent_layout, k, run.rngs["sampling"])

    def _to_draw(self, rows: Rows) -> Tensor:
        """Positions of rows, each as often as its class is small for.

        Rows of large classes count once: a rare class must not multiply a million others.
        """
        classes = rows.cond if rows.cond.shape[1] else torch.ones_like(rows.weight)[:, None]
        repeats = (_DRAWS * self.n_latent_ / classes.sum(0)).ceil().clamp(max=_DRAWS)
        index = torch.arange(len(rows), device=rows.x.device)
        return index.repeat_interleave(repeats.long()[classes.argmax(1)])

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return self._from_latent(self._prior_draw(cond, rng), cond, rng)

    def _prior_draw(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw z of rows to generate, (n, n_latent)."""
        if self.prior_ is None:
            return self._noise(len(cond), torch_generator(rng, self._device))
        z = self.prior_.sample(cond.double().to(self.prior_.device), rng)
        return z.to(self._device, self.dtype)

    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        inputs = self.layout_.expand(x.to(self._device))
        return self.net_.posterior(inputs, cond.to(self._device))[0]

    @abstractmethod
    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Encoded rows of latent vectors, (n, width)."""

    def _generated(self, z: Tensor, cond: Tensor) -> Tensor:
        return self.layout_.mean(self.net_.decoder(z, cond))

    def _guessed(self, x: Tensor, cond: Tensor) -> Tensor | None:
        return self._to_latent(x, cond)

    def _noise(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, self.n_latent, generator=rng, device=rng.device)

    @property
    def _device(self) -> torch.device:
        return next(self.net_.parameters()).device

    @property
    def _latent_layout(self) -> Layout:
        return Layout((Real("z", self.n_latent_, (0.0,) * self.n_latent_),))

    @abstractmethod
    def _build(self, layout: Layout, n_cond: int, rng: torch.Generator) -> None:
        """Make fresh networks on the CPU, and no prior yet."""

    def _state(self) -> dict[str, Any]:
        prior = to_state(self.prior_) if self.prior_ else None
        weights = to_numpy(self.net_.state_dict())
        return {"weights": weights, "prior": prior, **self._likeness_state()}

    def _set_state(self: Any, state: dict[str, Any], layout: Layout) -> None:
        self._build(layout, self.labels_.n_classes, torch.Generator())
        self.net_.load_state_dict(to_torch(state["weights"]))
        self.net_.to(choose_device(self.device))
        if state["prior"]:
            self.prior_ = from_state(state["prior"], self._latent_layout, "full")
        self._set_likeness(state)


def _some_of_each_class(rows: Rows, most: int, rng: np.random.Generator) -> Rows:
    """Choose about ``most`` rows at random, as many of each class where there are enough."""
    if len(rows) <= most:
        return rows
    order = torch.from_numpy(rng.permutation(len(rows))).to(rows.x.device)
    cond = rows.cond[order] if rows.cond.shape[1] else rows.weight[:, None] ** 0
    place_in_class = (cond.cumsum(0) * cond).sum(1)
    return rows.take(order[place_in_class <= most / cond.shape[1]])
