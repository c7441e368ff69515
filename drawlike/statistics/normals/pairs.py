"""Densities of complete rows and sums over them where each component has a covariance, compiled."""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..lanes import WIDTH
from .complete import Deviations
from .densities import Whole, write_whole
from .moments import LEAST, add_pairs
from .shares import Weighed, share_and_add_pairs

if TYPE_CHECKING:
    from .dense import DenseNormals


class PairDeviations(Deviations):
    """Deviations from each mean give densities and sums, in float64."""

    def __init__(self, normals: "DenseNormals", log_weights: Tensor) -> None:
        super().__init__(normals)
        self._normals = normals
        constants = (normals.peaks + log_weights).numpy()
        self._whole = normals.whole._replace(constants=constants)
        k, d = normals.means.shape
        p = padded(d, 2 * WIDTH)
        self._means = np.zeros((k, p))
        self._means[:, :d] = normals.means.numpy()
        self._first, self._second = np.zeros((k, p)), np.zeros((k, p, p))

    def write(self, x: np.ndarray, out: np.ndarray) -> None:  # noqa: D102
        write_whole(x, self._whole, out)

    def share(self, rows: Weighed) -> None:  # noqa: D102
        share_and_add_pairs(rows, self._whole, self._means, self._mass, self._first, self._second)

    def add_rows(self, x: np.ndarray, shares: np.ndarray) -> None:  # noqa: D102
        least = LEAST * shares.max() if len(x) else 0.0  # weights of rows may have any size
        add_pairs(x, self._means, shares, least, self._mass, self._first, self._second)

    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: D102
        d = self._normals.means.shape[1]
        mass, first = torch.from_numpy(self._mass), torch.from_numpy(self._first[:, :d])
        upper = torch.from_numpy(self._second[:, :d, :d]).triu()
        second = upper + upper.triu(1).mT
        second.diagonal(dim1=-2, dim2=-1).add_(mass[:, None] * self._normals.guard.cell)
        return mass, mass, first, second


def whole_of(normals: "DenseNormals") -> Whole:
    """Write normals, each with its own covariance, for the kernel of their densities."""
    (k, d), p = normals.means.shape, padded(normals.means.shape[1], WIDTH)
    about = normals.means - normals.center
    offsets, whiteners = np.zeros((k, p)), np.zeros((k, p, p))
    offsets[:, :d] = -(normals.whiteners @ about[..., None])[..., 0].numpy()
    whiteners[:, :d, :d] = normals.whiteners.mT.numpy()
    return Whole(normals.center.numpy(), offsets, whiteners, normals.peaks.numpy())


def padded(n: int, size: int) -> int:
    """Smallest multiple of a size that is not below n."""
    return -(-n // size) * size
