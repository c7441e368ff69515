"""Cholesky factors of covariances in which some columns determine others.

Of a column's variance the columns before it leave a part unexplained. Where that part is
rounding, it has a floor. The likelihood is a product over columns, each given those before
it, so that clipping the parts at their floors is the exact M step under this constraint: as
long as floors do not rise, it never lowers the likelihood.
"""

from typing import NamedTuple

import torch
from torch import Tensor

SHARE = 1e-12  # of a column's variance that stays unexplained at least
_RESOLVED = 1e-14  # a smaller share cannot be told from rounding
_ROUNDING = 1e-15  # what is left of a variance that is explained
_SNAP = 1e-3  # a part at its floor comes back from a product with so large an error, in floors
_DETERMINED = 1e-6  # share of a variance that other columns leave, below which digits are dear
_WIDE = 256  # columns from which solving a triangle beats multiplying by its inverse


def floored_roots(covariances: Tensor, floors: Tensor) -> Tensor:
    """Lower roots (G, d, d) whose squared diagonals are ``floors`` (G, d) at least."""
    roots, failed = torch.linalg.cholesky_ex(covariances)
    left = roots.diagonal(dim1=-2, dim2=-1).square()
    low = (failed > 0) | ~(left > (1 + _SNAP) * floors).all(-1)
    if low.any():
        roots[low] = _floored(covariances[low], floors[low])
    return roots


def _floored(covariances: Tensor, floors: Tensor) -> Tensor:
    left, roots = covariances.clone(), torch.zeros_like(covariances)
    rounding = (_ROUNDING * covariances.diagonal(dim1=-2, dim2=-1)).maximum(_SNAP * floors)
    for i in range(floors.shape[1]):
        pivot, floor = left[:, i, i].clone(), floors[:, i]
        explains = pivot > rounding[:, i]
        pull = torch.where(explains[:, None], left[:, :, i] / pivot[:, None], 0.0)
        pull[:, :i], pull[:, i] = 0, 1
        kept = torch.where(pivot > (1 + _SNAP) * floor, pivot, floor)
        roots[:, :, i] = pull * kept.sqrt()[:, None]
        explained = torch.where(explains, pivot, 0.0)[:, None]
        left -= pull[:, :, None] * (explained * pull)[:, None]
    return roots


class Clipped(NamedTuple):
    """Covariances with unexplained parts at their floors (G, d) at least.

    ``roots`` are None where products of roots have taken the place of some covariances.
    """

    covariances: Tensor
    floors: Tensor
    roots: Tensor | None


def clipped(covariances: Tensor, floors: Tensor) -> Clipped:
    """Clip; a floor rises only where it is too low for float64 to tell it from nothing."""
    roots = floored_roots(covariances, floors)
    variances = covariances.diagonal(dim1=-2, dim2=-1)
    lost = _are_at(floors, roots) & (floors < _RESOLVED * variances)
    if lost.any():
        floors = torch.where(lost, SHARE * variances, floors)
        roots = floored_roots(covariances, floors)
    low = _are_at(floors, roots).any(-1)[:, None, None]
    if not low.any():
        return Clipped(covariances, floors, roots)
    return Clipped(torch.where(low, roots @ roots.mT, covariances), floors, None)


def _are_at(floors: Tensor, roots: Tensor) -> Tensor:
    return roots.diagonal(dim1=-2, dim2=-1).square() <= (1 + _SNAP / 2) * floors


def whitened(z: Tensor, whitener: Tensor, root: Tensor | None) -> Tensor:
    """Deviations (P, s, d) in units of independent standard normals."""
    if root is None or len(root) < _WIDE:
        return z @ whitener.mT
    return torch.linalg.solve_triangular(root.T, z[0], upper=True, left=False)[None]


def inverse_root(root: Tensor) -> Tensor:
    """Inverses of lower roots (G, d, d)."""
    identity = torch.eye(root.shape[-1], dtype=root.dtype, device=root.device)
    return torch.linalg.solve_triangular(root, identity.expand_as(root), upper=False)


def are_determined(whiteners: Tensor, variances: Tensor) -> list[bool]:
    """Whether other columns all but determine some column, of each covariance."""
    left = 1 / whiteners.square().sum(1)
    return (left < _DETERMINED * variances).any(1).tolist()


def roots_of_some(root: Tensor, observed: Tensor) -> Tensor:
    """Lower roots (P, d, d) of the observed columns (P, d), the others alone with variance 1.

    Turning the rows of the whole's ``root`` (d, d) into a triangle keeps the digits of small
    unexplained parts, half of which the product of roots has lost.
    """
    seen = observed.to(root.dtype)
    rows = torch.cat([root * seen[:, :, None], torch.diag_embed(1 - seen)], -1)
    roots = torch.linalg.qr(rows.mT, mode="r").R.mT
    return roots * torch.where(roots.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0)[:, None]


def regression(covariance: Tensor, observed: Tensor, roots: Tensor) -> Tensor:
    """Matrices (P, d, d) that take deviations of observed columns (P, d) to those of the others.

    ``roots`` are those of the observed part. Solving keeps the digits that a product with an
    inverse loses where columns determine others.
    """
    seen = observed.to(covariance.dtype)[:, :, None]
    return torch.cholesky_solve(covariance * seen, roots).mT * (1 - seen)
