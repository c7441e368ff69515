"""Models that fill holes in images."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..errors import UnsupportedError
from .labels import known
from .randomness import RandomState, block_generator, seed_of


class InpaintingMixin(ABC):
    """Models that fill holes in images; the hook is ``_inpainted``."""

    def inpaint(
        self: Any, X: Any, y: Any = None, *, mask: Any = None, random_state: RandomState = 0
    ) -> Any:
        """Fill the missing pixels of images by what the model expects there.

        The other pixels stay as they are.

        Parameters
        ----------
        X : array or tensor
            Images of the shape that ``fit`` got; NaN is a missing pixel.
        y : array of shape (n,), optional
            Classes, for a model that was fitted with labels; by default unknown.
        mask : array of bool, optional
            True where a pixel is missing: of the shape of ``X``, without its channels, or of
            one image for all.
        random_state : int, Generator or None
            Seed of what is drawn to begin a search, by models that search.

        Raises
        ------
        DataError
            If the shape is another than in ``fit``, or nothing says what is missing.
        UnsupportedError
            If the model was not fitted on images.
        """
        refuse_all_but_images(self)
        x = torch.from_numpy(self.codec_.encode_some(X, mask)).to(self.dtype)
        gaps = x.isnan()
        rows = gaps.any(1).nonzero()[:, 0]
        if len(rows):
            cond, rng = known(self, X, y)[0], block_generator(seed_of(random_state), 0)
            some = None if cond is None else cond[rows]
            x[rows] = self._inpainted(x[rows], some, rng).to(x)
        # in their own units: coding them may clip, round or make them two-valued
        return self.codec_.with_known(restored_images(self, x), X, gaps.numpy())

    @abstractmethod
    def _inpainted(self, x: Tensor, cond: Tensor | None, rng: np.random.Generator) -> Tensor:
        """Fill the NaN of encoded images (n, width); ``cond`` is None where it is unknown."""


def refuse_all_but_images(model: Any) -> None:
    """Refuse models that were not fitted, or on other data."""
    check_is_fitted(model)
    if model.kind_ != "image":
        raise UnsupportedError(
            f"The model was fitted on {model.kind_} data, and only images are restored; "
            "impute fills the gaps of tables and arrays."
        )


def restored_images(model: Any, x: Tensor) -> Any:
    """Images of the kind that ``fit`` got, of encoded ones, (n, width)."""
    return model.codec_.decode(x.double().cpu().numpy().clip(0, 1))
