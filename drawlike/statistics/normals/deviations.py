"""Densities and sums of complete rows in main memory by deviations from each mean.

No digits are lost, wherever the components are and however narrow.
"""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

# share of rows and components that matter to each other, below which each pair is added
_FEW = {torch.float32: 1 / 6, torch.float64: 1 / 2}
_LEAST = {torch.float32: 1e-12, torch.float64: 1e-20}  # a smaller share is rounding


@dataclass(frozen=True)
class Deviations:
    """Log-densities in the type of ``whiteners`` (k, p, p), padded to a multiple of 4.

    ``means`` (k, d) are in that type, and ``rests`` is what it drops of them; ``constants``
    (k,) are in float64.
    """

    means: Tensor
    rests: Tensor
    whiteners: Tensor
    constants: Tensor

    @classmethod
    def of(cls, means: Tensor, whiteners: Tensor, constants: Tensor, dtype: torch.dtype) -> Self:
        """Take means (k, d), lower whiteners (k, d, d) and constants (k,) in float64."""
        d = means.shape[1]
        p = -(-d // 4) * 4
        padded = means.new_zeros((len(means), p, p), dtype=dtype)
        padded[:, :d, :d] = whiteners
        rough = means.to(dtype)
        return cls(rough, (means - rough.double()).to(dtype), padded, constants)

    def log_prob(self, x: Tensor, log_weights: Tensor) -> Tensor:
        """Log-densities of rows (n, d) plus log-weights (k,), (k, n)."""
        from . import compiled

        constants = self.constants + log_weights
        out = self.whiteners.new_empty((len(constants), len(x)))
        arrays = (x.contiguous(), self.means, self.rests, self.whiteners, constants, out)
        compiled.log_prob(*(array.numpy() for array in arrays))
        return out


class Pairs:
    """Sums about means (k, d) of the pairs of row and component that matter to each other."""

    def __init__(self, means: Tensor) -> None:
        self._means = means.contiguous()
        k, d = means.shape
        self.mass, self.first = means.new_zeros(k), means.new_zeros((k, d))
        self._upper = means.new_zeros((k, d, d))

    @property
    def second(self) -> Tensor:
        """Sums of products of deviations, (k, d, d)."""
        return self._upper.triu() + self._upper.triu(1).mT

    def add(self, x: Tensor, shares: Tensor) -> None:
        """Add rows (b, d), weighted by shares (k, b)."""
        from . import compiled

        x, shares = x.contiguous(), shares.contiguous()
        arrays = [part.numpy() for part in (self._means, self.mass, self.first, self._upper)]
        compiled.add_pairs(x.numpy(), shares.numpy(), _LEAST[shares.dtype], *arrays)


def are_few(shares: Tensor) -> bool:
    """Whether adding pairs is faster than a product with all components."""
    from . import compiled

    n_pairs = compiled.count(shares.numpy(), _LEAST[shares.dtype])
    return bool(n_pairs < _FEW[shares.dtype] * shares.numel())
