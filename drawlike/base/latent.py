"""Models with a latent vector a row."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..datasets import as_dataset
from ..errors import DataError
from .chunks import chunks
from .labels import known, wanted
from .randomness import RandomState, block_generator, seed_of


class DecoderMixin(ABC):
    """Models that turn a latent vector z into a row; the hook is ``_from_latent``."""

    def decode(self: Any, z: Any, y: Any = None, *, random_state: RandomState = 0) -> Any:
        """Rows, in the kind of data that ``fit`` got, of latent vectors (n, n_latent)."""
        check_is_fitted(self)
        z = torch.as_tensor(np.asarray(z, np.float64)).to(self.dtype)
        if z.ndim != 2 or z.shape[1] != self.n_latent_:
            raise DataError(f"z has shape {tuple(z.shape)}; expected (n, {self.n_latent_}).")
        _, labels = wanted(self, len(z), y, None)
        rng = block_generator(seed_of(random_state), 0)
        if labels is None:
            cond = self.labels_.draw(len(z), rng)
        else:
            cond = self.labels_.encode(labels, len(z))
        with torch.no_grad():
            x = self._from_latent(z, torch.from_numpy(cond).to(self.dtype), rng)
        return self._decode(x.double().cpu().numpy(), self.labels_.decode(cond), rng)

    def latent_path(self, a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
        """Latent vectors (steps, n_latent) from ``a`` to ``b`` (n_latent,), both included."""
        share = np.linspace(0, 1, steps)[:, None]
        return (1 - share) * a + share * b

    @abstractmethod
    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Encoded rows of latent vectors, (n, width)."""


class LatentMixin(DecoderMixin):
    """Models with a latent vector z a row; the hooks are ``_to_latent`` and ``_from_latent``."""

    def encode(self: Any, X: Any, y: Any = None) -> np.ndarray:
        """Latent vector of each row, the posterior's mean, shape (n, n_latent)."""
        check_is_fitted(self)
        X, encoded = self._encoded(X)
        cond, _ = known(self, X, y)
        if cond is None:
            raise DataError("This model was fitted with labels; give y= to encode rows.")
        with torch.no_grad():
            parts = [self._to_latent(x, c) for x, c in chunks(encoded, cond)]
        return torch.cat(parts).double().cpu().numpy()

    def interpolate(self: Any, a: Any, b: Any, steps: int = 9, y: Any = None) -> Any:
        """Rows on the straight latent line from row ``a`` to row ``b``, both included.

        They are of class ``y``; a table's rows are by default of the class of ``a``.
        """
        if y is None and self.label_ and self.labels_.n_classes:
            y = np.asarray(as_dataset(a, label=self.label_).labels)[0]
        ends = [self.encode(row, None if y is None else np.full(1, y)) for row in (a, b)]
        if any(len(end) != 1 for end in ends):
            raise DataError("interpolate goes from one row to one row; give X[i : i + 1] twice.")
        return self.decode(self.latent_path(ends[0][0], ends[1][0], steps), y)

    @abstractmethod
    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        """Posterior means of encoded rows, (n, n_latent)."""
