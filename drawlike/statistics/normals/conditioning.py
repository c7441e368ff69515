"""Covariances that are singular in float64, mended."""

import torch
from torch import Tensor

_SINGULAR = 1e-13  # a smaller share of a column's variance left unexplained is rounding


def conditioned(covariances: Tensor) -> Tensor:
    """Raise the diagonals of those that are singular in float64, as little as it takes."""
    for exponent in range(-12, 1):
        diagonal = covariances.diagonal(dim1=-2, dim2=-1)
        root, failed = torch.linalg.cholesky_ex(covariances)
        left = root.diagonal(dim1=-2, dim2=-1).square()
        singular = (failed > 0) | ~(left >= _SINGULAR * diagonal).all(-1)
        if not singular.any():
            break
        ridge = 10.0**exponent * diagonal * singular[:, None]
        covariances = covariances + torch.diag_embed(ridge)
    else:  # what is left is rounding
        alone = torch.diag_embed(diagonal)
        covariances = torch.where(singular[:, None, None], alone, covariances)
    return covariances
