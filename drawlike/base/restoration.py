"""Models that restore images: noisy ones, parts and small ones."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..statistics.restoring.observation import Halved, Noisy, Observation, Some
from .inpainting import InpaintingMixin, refuse_all_but_images, restored_images
from .labels import known
from .randomness import RandomState, block_generator, seed_of
from .settings import is_amount


class RestorationMixin(InpaintingMixin):
    """Models that know images from what was seen of them; the hook is ``_restored``.

    What is seen is linear in the image, and may be noisy:
    :mod:`drawlike.statistics.restoring`.
    """

    def denoise(
        self: Any, X: Any, y: Any = None, *, noise: float = 0.3, random_state: RandomState = 0
    ) -> Any:
        """Give the images that the model expects behind noisy ones.

        Parameters
        ----------
        X : array or tensor
            Images of the shape that ``fit`` got, of any numbers: noise may leave their range.
        y : array of shape (n,), optional
            Classes, for a model that was fitted with labels; by default unknown.
        noise : float
            Standard deviation of the noise, normal and independent from pixel to pixel, as a
            share of the range of pixels: 0.3 is 76.5 of 255 grey levels.
        random_state : int, Generator or None
            Seed of what is drawn to begin a search, by models that search.

        Raises
        ------
        UnsupportedError
            If the model was not fitted on images.
        """
        refuse_all_but_images(self)
        if not is_amount(noise) or not noise:
            raise SettingError(
                f"noise={noise!r}; give its standard deviation as a share of the range of "
                "pixels, a number above 0."
            )
        x, noisy = self.codec_.encode(X), Noisy(noise**2)
        return _restored(self, x, noisy, known(self, X, y)[0], random_state)

    def upscale(self: Any, X: Any, y: Any = None, *, random_state: RandomState = 0) -> Any:
        """Double the height and width of images, with the detail that the model expects.

        A pixel of ``X`` is taken for the mean of the four that it becomes.

        Parameters
        ----------
        X : array or tensor
            Images of half the height and width of those that ``fit`` got.
        y : array of shape (n,), optional
            Classes, for a model that was fitted with labels; by default unknown.
        random_state : int, Generator or None
            Seed of what is drawn to begin a search, by models that search.

        Raises
        ------
        DataError
            If the images are not of half the size, or the model's cannot be halved.
        UnsupportedError
            If the model was not fitted on images.
        """
        refuse_all_but_images(self)
        x, halved = self.codec_.encode_halved(X), Halved(self.codec_.layout_.image.shape)
        return _restored(self, x, halved, known(self, X, y)[0], random_state)

    def _inpainted(self, x: Tensor, cond: Tensor | None, rng: np.random.Generator) -> Tensor:
        out, gaps = x.clone(), x.isnan()
        holes, hole_of = gaps.unique(dim=0, return_inverse=True)
        for number, hole in enumerate(holes):
            rows = (hole_of == number).nonzero()[:, 0]
            seen = Some((~hole).nonzero()[:, 0])
            some = None if cond is None else cond[rows]
            restored = self._restored(x[rows][:, seen.pixels], seen, some, rng)
            out[rows] = torch.where(gaps[rows], restored.to(x), x[rows])
        return out

    @abstractmethod
    def _restored(
        self, seen: Tensor, how: Observation, cond: Tensor | None, rng: np.random.Generator
    ) -> Tensor:
        """Encoded images (n, width) of what was seen of them, (n, m), on the CPU.

        ``cond`` is one-hot classes, None where they are unknown.
        """


def _restored(
    model: Any, x: np.ndarray, how: Observation, cond: Tensor | None, random_state: RandomState
) -> Any:
    rng = block_generator(seed_of(random_state), 0)
    seen = torch.from_numpy(x).to(model.dtype)
    return restored_images(model, model._restored(seen, how, cond, rng))
