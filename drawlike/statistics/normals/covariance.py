"""The covariance types by name."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from .dense import DenseNormals
from .diagonal import DiagonalNormals
from .normal import Guard, Normals


class Covariance(NamedTuple):
    """One of scikit-learn's covariance types.

    ``start`` makes normals of means (C, d), variances (C, d) and the number of classes;
    ``shape`` is that of the public arrays of k components.
    """

    start: Callable[[Tensor, Tensor, int, Guard], Normals]
    shape: Callable[[int, int], tuple[int, ...]]


def _full(means: Tensor, variances: Tensor, n_classes: int, guard: Guard) -> Normals:
    return DenseNormals(means, torch.diag_embed(variances), guard, tuple(range(len(means))))


def _tied(means: Tensor, variances: Tensor, n_classes: int, guard: Guard) -> Normals:
    k = len(means) // n_classes
    owner = tuple(j // k for j in range(len(means)))
    return DenseNormals(means, torch.diag_embed(variances[::k]), guard, owner)


def _diagonal(means: Tensor, variances: Tensor, n_classes: int, guard: Guard) -> Normals:
    return DiagonalNormals(means, variances, guard)


def _spherical(means: Tensor, variances: Tensor, n_classes: int, guard: Guard) -> Normals:
    pooled = variances.mean(1, keepdim=True).nan_to_num(nan=1.0)  # no columns, no mean
    return DiagonalNormals(means, pooled, guard)


def _shared(means: Tensor, variances: Tensor, n_classes: int, guard: Guard) -> Normals:
    return DenseNormals(means, torch.diag_embed(variances[:1]), guard, (0,) * len(means))


COVARIANCES: dict[str, Covariance] = {
    "full": Covariance(_full, lambda k, d: (k, d, d)),
    "tied": Covariance(_tied, lambda k, d: (d, d)),
    "diag": Covariance(_diagonal, lambda k, d: (k, d)),
    "spherical": Covariance(_spherical, lambda k, d: (k,)),
}
# one covariance for all components of all classes, too
EVERY = COVARIANCES | {"shared": Covariance(_shared, lambda k, d: (d, d))}
