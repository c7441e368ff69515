"""Generators of images restore them by a search for latent vectors."""

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..errors import UnsupportedError
from ..layout import Layout
from ..rows import Rows
from ..statistics.restoring.likeness import Likeness
from ..statistics.restoring.normals import Filter
from ..statistics.restoring.observation import Noisy, Observation
from ..statistics.restoring.search import Energy, Even, Sight, normal_energy
from .restoration import RestorationMixin
from .run import Run

_POOL, _POOL_OF_CLASS = 512, 16  # draws among which a search finds its starts
_STARTS, _STEPS = 4, 60  # where the ends differ, their mean is nearer to the truth than the best
_TOGETHER = 128
_WIDEST = 8192  # numbers of an image: their covariance takes half a gigabyte
_GUESSED_ROWS, _SOUGHT_ROWS = 2000, 64  # that tell how far a generator can be trusted
_UNLIKE = 0.01  # variance of a pixel about a generated one, before anything is known of it


class Pool(NamedTuple):
    """Latent vectors (k, n_latent), and their one-hot classes."""

    z: Tensor
    cond: Tensor


class SearchMixin(RestorationMixin):
    """Generators of images; the hooks are ``_prior_draw`` and ``_generated``.

    ``likeness_`` tells how real images differ from those generated for them, learned from
    validation rows: a search trusts a generator as far as it deserves.
    """

    layout_: Layout
    labels_: Any
    dtype: ClassVar[torch.dtype]
    likeness_: Likeness | None

    @abstractmethod
    def _prior_draw(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw latent vectors of rows of these classes, about standard normal, (n, n_latent)."""

    @abstractmethod
    def _generated(self, z: Tensor, cond: Tensor) -> Tensor:
        """Encoded images of latent vectors, (n, width), differentiable."""

    def _latent_energy(self) -> Energy:
        """-log of the law that latent vectors are drawn from, or about so."""
        return normal_energy

    def _guessed(self, x: Tensor, cond: Tensor) -> Tensor | None:
        """Latent vectors of encoded images, where there is an encoder."""
        return None

    def _finish_likeness(self, rows: Rows, run: Run) -> None:
        """Learn it from rows that training did not see; None if they are not restored."""
        try:
            self.likeness_ = self._learned_likeness(rows, run.rngs["codec"])
        except KeyboardInterrupt:
            self.likeness_ = None
            run.events.warning("interrupted while learning to restore: the model does not")

    def _learned_likeness(self, rows: Rows, rng: np.random.Generator) -> Likeness | None:
        image = self.layout_.image
        if image is None or self.layout_.width > _WIDEST:
            return None
        some = rows.subset(_GUESSED_ROWS, rng)
        z, cond = self._guesses(some), some.cond
        if z is None:
            some = some.take(slice(_SOUGHT_ROWS))
            sight = Sight(some.x, Noisy(0.0), Even(_UNLIKE), self._generated)
            z, cond = sight.best(*self._sought(sight, some.cond, self._pool(rng)))
        with torch.no_grad():
            parts = zip(z.split(_TOGETHER), cond.split(_TOGETHER), strict=True)
            made = torch.cat([self._generated(*part).cpu() for part in parts])
            return Likeness.of(some.x.cpu(), made, image.shape)

    @torch.no_grad()
    def _guesses(self, rows: Rows) -> Tensor | None:
        parts = [self._guessed(part.x, part.cond) for part in rows.batches(_TOGETHER)]
        found = [z for z in parts if z is not None]
        return torch.cat(found) if found else None

    def _likeness_state(self) -> dict[str, Any]:
        return {"likeness": self.likeness_ and self.likeness_.state()}

    def _set_likeness(self, state: dict[str, Any]) -> None:
        kept = state.get("likeness")  # the first version learned none
        self.likeness_ = kept and Likeness.from_state(kept)

    def _restored(
        self, seen: Tensor, how: Observation, cond: Tensor | None, rng: np.random.Generator
    ) -> Tensor:
        likeness = getattr(self, "likeness_", None)
        if self.layout_.width > _WIDEST:
            raise UnsupportedError(
                f"Images of {self.layout_.width} numbers are too large to restore; fit a model "
                f"on images of at most {_WIDEST}, which is 52 x 52 in three colours."
            )
        if likeness is None:
            raise UnsupportedError(
                "The model does not know how real images differ from its own: it comes from an "
                "earlier version, its latent vectors are not normal, or the end of its fit was "
                "interrupted. Fit it anew."
            )

        def generate(z: Tensor, cond: Tensor) -> Tensor:
            return likeness.expected(self._generated(z, cond))

        pool, prior = self._pool(rng), self._latent_energy()
        look, images = Filter.of(likeness.covariance, how).to(pool.z), []
        for rows in torch.arange(len(seen)).split(_TOGETHER):
            sight = Sight(seen[rows].to(pool.z), how, look, generate, prior)
            known = None if cond is None else cond[rows].to(pool.z)
            images.append(sight.expected(*self._sought(sight, known, pool)))
        return torch.cat(images).cpu()

    @torch.no_grad()
    def _pool(self, rng: np.random.Generator) -> Pool:
        """Draw latent vectors, as many of each class."""
        k = self.labels_.n_classes
        label = torch.arange(max(_POOL, k * _POOL_OF_CLASS)) % max(k, 1)
        cond = torch.eye(k, dtype=self.dtype)[label] if k else torch.zeros(len(label), 0)
        z = self._prior_draw(cond, rng)
        return Pool(z, cond.to(z))

    def _sought(self, sight: Sight, cond: Tensor | None, pool: Pool) -> Pool:
        """Latent vectors (starts, n, ...) that explain what is seen, of the class if known."""
        with torch.no_grad():
            distances = sight.distances(sight.generate(*pool))
            if cond is not None and cond.shape[1]:
                distances[cond @ pool.cond.mT == 0] = torch.inf
            start = distances.topk(_STARTS, largest=False).indices.mT
            z, kinds = pool.z[start], pool.cond[start]
            guess = self._guessed(sight.expected(z[:1], kinds[:1]), kinds[0])
            if guess is not None:
                z[-1], kinds[-1] = guess, kinds[0]
        return Pool(sight.climbed(z, kinds, _STEPS), kinds)
