"""Models that can say how likely a row is."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .chunks import SCORED_TOGETHER, chunks
from .labels import known


class DensityMixin(ABC):
    """Models that can say how likely a row is; the hook is ``_log_prob``.

    ``density`` tells whether the figure is exact, a lower bound, or an estimate.
    """

    scored_together: ClassVar[int] = SCORED_TOGETHER  # rows that one call of ``_log_prob`` gets

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
        X, encoded = self._encoded(X)
        cond, prior = known(self, X, y)
        parts = [self._log_joint(x, c) for x, c in chunks(encoded, cond, self.scored_together)]
        return torch.cat(parts).double().cpu().numpy() + prior + self.codec_.log_jacobian(X)

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood per row, nats."""
        return float(np.mean(self.score_samples(X, y)))

    @abstractmethod
    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        """Log-likelihood of encoded rows (n, width) given ``cond`` (n, k), shape (n,)."""

    @torch.no_grad()
    def _log_joint(self: Any, x: Tensor, cond: Tensor | None) -> Tensor:
        return self._log_classes(x).logsumexp(1) if cond is None else self._log_prob(x, cond)

    def _log_classes(self: Any, x: Tensor) -> Tensor:
        """Log of p(x, class) for each class, on the CPU, (n, k)."""
        n, k = len(x), self.labels_.n_classes
        one_hot = torch.eye(k, dtype=x.dtype)
        each = [self._log_prob(x, one_hot[c].expand(n, k)) for c in range(k)]
        with np.errstate(divide="ignore"):  # a class may be known and not have come yet
            prior = torch.from_numpy(np.log(self.labels_.frequencies_))
        return torch.stack(each, 1).cpu() + prior
