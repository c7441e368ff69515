"""Densities of complete rows and sums over them where columns are independent, compiled."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..lanes import WIDTH
from .densities import Lines, write_lines
from .moments import add_lines
from .products import Blockwise
from .shares import Weighed, share_and_add

if TYPE_CHECKING:
    from .diagonal import DiagonalNormals

_ROWS = 2048  # of a block: their densities stay in the cache


class ColumnDeviations(Blockwise):
    """Deviations from each mean give densities; sums are about the centre, in float64."""

    def __init__(self, normals: "DiagonalNormals", log_weights: Tensor) -> None:
        self.dtype, self.n_rows, self._normals = torch.float64, _ROWS, normals
        parts = (normals.means, normals.variances.rsqrt(), normals.peaks + log_weights)
        self._center = normals.center.numpy()
        self._lines = Lines(*(part.contiguous().numpy() for part in parts))
        k, d = normals.means.shape
        self._mass = np.zeros(k)
        self._sums = np.zeros((-(-k // 4) * 4, -(-2 * d // (2 * WIDTH)) * 2 * WIDTH))

    @property
    def is_exact(self) -> bool:  # noqa: D102
        return True

    def log_prob(self, x: Tensor) -> Tensor:  # noqa: D102
        self.see(x)
        out = self._normals.means.new_empty((len(self._mass), len(x)))
        self.write(self._seen, out.numpy())
        return out

    def write(self, x: np.ndarray, out: np.ndarray) -> None:
        """Write log-densities (k, n) of rows (n, d)."""
        write_lines(x, self._lines, out)

    def add_all(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        top, total = weight.new_empty((2, len(x)))
        rows = Weighed(*(part.numpy() for part in (x.contiguous(), weight, top, total)))
        share_and_add(rows, self._lines, self._center, self._mass, self._sums)
        return torch.log(total, out=total).add_(top)

    def see(self, x: Tensor) -> None:  # noqa: D102
        self._seen = x.contiguous().numpy()

    def add(self, shares: Tensor) -> None:  # noqa: D102
        self.add_rows(self._seen, shares.numpy())

    def add_rows(self, x: np.ndarray, shares: np.ndarray) -> None:
        """Add rows (n, d), weighted by shares (k, n) in any layout."""
        add_lines(x, self._center, shares, self._mass, self._sums)

    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: D102
        normals, (k, d) = self._normals, self._normals.means.shape
        total, sums = torch.from_numpy(self._mass), torch.from_numpy(self._sums[:k])
        first, second, means = sums[:, :d], sums[:, d : 2 * d], normals.means - normals.center
        mass = total[:, None].expand_as(first)
        about = first - mass * means
        return total, mass, about, second - means * (first + about)
