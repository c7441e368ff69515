"""Frechet distance between two clouds of points, as if both were normal."""

import numpy as np
from scipy import linalg


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Frechet distance between the normals fitted to clouds (n, d) and (m, d).

    .. math:: |m_a - m_b|^2 + tr(C_a) + tr(C_b) - 2 tr((C_a C_b)^{1/2})

    Right for fewer rows than columns too, where the root of the product of the covariances
    loses its digits.
    """
    means = [points.mean(0, dtype=np.float64) for points in (a, b)]
    left, right = (
        (points - mean) / np.sqrt(max(len(points) - 1, 1))
        for points, mean in zip((a, b), means, strict=True)
    )
    gap = ((means[0] - means[1]) ** 2).sum()
    variances = np.vdot(left, left) + np.vdot(right, right)
    return float(max(gap + variances - 2 * _cross(left, right), 0.0))


def _cross(left: np.ndarray, right: np.ndarray) -> float:
    """Trace of the root of the product of two covariances, given their factors (n, d).

    It is the sum of the singular values of ``left @ right.T``.
    """
    if min(len(left), len(right)) < left.shape[1]:
        return float(linalg.svdvals(left @ right.T).sum())
    root = _root(left.T @ left)
    squares = linalg.eigvalsh(root.T @ (right.T @ right) @ root)
    return float(np.sqrt(np.maximum(squares, 0)).sum())


def _root(covariance: np.ndarray) -> np.ndarray:
    """A matrix R with R R^T the covariance."""
    try:
        return linalg.cholesky(covariance, lower=True)
    except linalg.LinAlgError:  # flat in some direction
        values, vectors = linalg.eigh(covariance)
        return vectors * np.sqrt(np.maximum(values, 0))
