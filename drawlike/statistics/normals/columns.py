"""Densities of complete rows and sums over them where columns are independent, compiled."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..lanes import WIDTH
from .complete import Deviations
from .densities import Lines, write_lines
from .moments import add_lines
from .shares import Weighed, share_and_add

if TYPE_CHECKING:
    from .diagonal import DiagonalNormals


class ColumnDeviations(Deviations):
    """Deviations from each mean give densities; sums are about the centre, in float64."""

    def __init__(self, normals: "DiagonalNormals", log_weights: Tensor) -> None:
        super().__init__(normals)
        self._normals = normals
        parts = (normals.means, normals.variances.rsqrt(), normals.peaks + log_weights)
        self._center = normals.center.numpy()
        self._lines = Lines(*(part.contiguous().numpy() for part in parts))
        k, d = normals.means.shape
        self._sums = np.zeros((-(-k // 4) * 4, -(-2 * d // (2 * WIDTH)) * 2 * WIDTH))

    def write(self, x: np.ndarray, out: np.ndarray) -> None:  # noqa: D102
        write_lines(x, self._lines, out)

    def share(self, rows: Weighed) -> None:  # noqa: D102
        share_and_add(rows, self._lines, self._center, self._mass, self._sums)

    def add_rows(self, x: np.ndarray, shares: np.ndarray) -> None:  # noqa: D102
        add_lines(x, self._center, shares, self._mass, self._sums)

    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: D102
        normals, (k, d) = self._normals, self._normals.means.shape
        total, sums = torch.from_numpy(self._mass), torch.from_numpy(self._sums[:k])
        first, second, means = sums[:, :d], sums[:, d : 2 * d], normals.means - normals.center
        mass = total[:, None].expand_as(first)
        about = first - mass * means
        return total, mass, about, second - means * (first + about)
