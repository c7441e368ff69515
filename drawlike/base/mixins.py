"""Capabilities: a public verb and a private hook each.

A model can do what the mixins it inherits say; :func:`capabilities` reads them, and the
command line, the documentation and the contract tests read :func:`capabilities`.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..datasets import as_dataset
from ..errors import DataError
from .model import GenerativeModel, column_names
from .randomness import RandomState, block_generator, seed_of

_SCORED_TOGETHER = 4096


class DensityMixin(ABC):
    """Models that can say how likely a row is; the hook is ``_log_prob``.

    ``density`` tells whether the figure is exact, a lower bound, or an estimate.
    """

    @property
    def density(self) -> str:
        """What ``score_samples`` gives: "exact", "lower bound" or "estimate"."""
        return "exact"

    def score_samples(self: Any, X: Any, y: Any = None) -> np.ndarray:
        """Log-likelihood of each row in nats, in the units of the data, shape (n,).

        Categories, atoms, whole numbers, grey levels and missing values are counted;
        other numbers have a density in their original unit. With ``y`` it is log p(x | y),
        without it is summed over the learned p(y). A table's own label column is part of
        the row: log p(x, label).
        """
        check_is_fitted(self)
        X = self._checked(X, reset=False)
        rows = self._rows(self.codec_.encode(X), np.zeros((len(X), 0)))
        known, prior = self._known_labels(X, y)
        parts = [self._log_joint(x, cond) for x, cond in _chunks(rows.x, known)]
        return torch.cat(parts).double().cpu().numpy() + prior + self.codec_.log_jacobian(X)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood per row, nats."""
        return float(np.mean(self.score_samples(X, y)))

    @abstractmethod
    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        """Log-likelihood of encoded rows (n, width) given ``cond`` (n, k), shape (n,)."""

    def _known_labels(self: Any, X: Any, y: Any) -> tuple[Tensor | None, np.ndarray]:
        """One-hot labels where they are known, and the log-probability they add."""
        n = len(X)
        in_table = self.label_ and self.labels_.n_classes and self.label_ in column_names(X)
        if y is None and not in_table:
            empty = torch.zeros(n, 0, dtype=self.dtype)
            return (None if self.labels_.n_classes else empty), np.zeros(n)
        labels = as_dataset(X, label=self.label_).labels if y is None else y
        cond = self.labels_.encode(labels, n)
        prior = np.log(cond @ self.labels_.frequencies_) if y is None else np.zeros(n)
        return torch.from_numpy(cond).to(self.dtype), prior

    @torch.no_grad()
    def _log_joint(self: Any, x: Tensor, cond: Tensor | None) -> Tensor:
        return self._log_classes(x).logsumexp(1) if cond is None else self._log_prob(x, cond)

    def _log_classes(self: Any, x: Tensor) -> Tensor:
        """Log of p(x, class) for each class, on the CPU, (n, k)."""
        n, k = len(x), self.labels_.n_classes
        one_hot = torch.eye(k, dtype=x.dtype)
        each = [self._log_prob(x, one_hot[c].expand(n, k)) for c in range(k)]
        prior = torch.from_numpy(np.log(self.labels_.frequencies_))
        return torch.stack(each, 1).cpu() + prior


class LatentMixin(ABC):
    """Models with a latent vector z a row; the hooks are ``_to_latent``, ``_from_latent``."""

    def encode(self: Any, X: Any, y: Any = None) -> np.ndarray:
        """Latent vector of each row, the posterior's mean, shape (n, n_latent)."""
        check_is_fitted(self)
        X = self._checked(X, reset=False)
        known, _ = self._known_labels(X, y)
        if known is None:
            raise DataError("This model was fitted with labels; give y= to encode rows.")
        rows = self._rows(self.codec_.encode(X), np.zeros((len(X), 0)))
        with torch.no_grad():
            parts = [self._to_latent(x, cond) for x, cond in _chunks(rows.x, known)]
        return torch.cat(parts).double().cpu().numpy()

    def decode(self: Any, z: Any, y: Any = None, *, random_state: RandomState = 0) -> Any:
        """Rows, in the kind of data that ``fit`` got, of latent vectors (n, n_latent)."""
        check_is_fitted(self)
        z = torch.as_tensor(np.asarray(z, np.float64)).to(self.dtype)
        if z.ndim != 2 or z.shape[1] != self.n_latent_:
            raise DataError(f"z has shape {tuple(z.shape)}; expected (n, {self.n_latent_}).")
        _, labels = self._wanted_labels(len(z), y, None)
        rng = block_generator(seed_of(random_state), 0)
        if labels is None:
            cond = self.labels_.draw(len(z), rng)
        else:
            cond = self.labels_.encode(labels, len(z))
        with torch.no_grad():
            x = self._from_latent(z, torch.from_numpy(cond).to(self.dtype), rng)
        return self._decode(x.double().cpu().numpy(), self.labels_.decode(cond), rng)

    def interpolate(self: Any, a: Any, b: Any, steps: int = 9, y: Any = None) -> Any:
        """Rows on the straight latent line from row ``a`` to row ``b``, both included.

        They are of class ``y``; a table's rows are by default of the class of ``a``.
        """
        if y is None and self.label_ and self.labels_.n_classes:
            y = np.asarray(as_dataset(a, label=self.label_).labels)[0]
        ends = [self.encode(row, None if y is None else np.full(1, y)) for row in (a, b)]
        if any(len(end) != 1 for end in ends):
            raise DataError("interpolate goes from one row to one row; give X[i : i + 1] twice.")
        share = np.linspace(0, 1, steps)[:, None]
        return self.decode((1 - share) * ends[0] + share * ends[1], y)

    @abstractmethod
    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        """Posterior means of encoded rows, (n, n_latent)."""

    @abstractmethod
    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Encoded rows of latent vectors, (n, width)."""


MIXINS: dict[str, type] = {"density": DensityMixin, "latent": LatentMixin}


def capabilities(model: GenerativeModel | type[GenerativeModel]) -> dict[str, Any]:
    """Tell what a model, or a class of models, can do.

    ``density`` is "exact", "lower bound", "estimate" or "", ``kinds`` lists the kinds of
    data, the others are truth values.
    """
    example = model() if isinstance(model, type) else model
    return {
        "kinds": example.kinds,
        "density": example.density if isinstance(example, DensityMixin) else "",
        "latent": isinstance(example, LatentMixin),
        "missing": example.allows_missing,
        "keeps training rows": example.contains_training_rows,
    }


def _chunks(x: Tensor, cond: Tensor | None) -> list[tuple[Tensor, Tensor | None]]:
    parts = x.split(_SCORED_TOGETHER)
    conds = [None] * len(parts) if cond is None else cond.split(_SCORED_TOGETHER)
    return list(zip(parts, conds, strict=True))
