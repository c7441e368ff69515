"""Frechet distance between two clouds of points, as if both were normal."""

from collections.abc import Callable

import numpy as np
from scipy import linalg

from ...report import Text
from ..case import Case, Reality
from ..inputs.samples import ImageSample
from ..metric import Measured
from ..metrics.manifold import AGAINST
from ..null import around, centre, tail

N_DIRECTIONS = 64
_OWN_UNITS = Text(
    "{note}; {value} as published, in your features' own units",
    "{note}；按原始定义与您的特征自身单位为 {value}",
)


def frechet(case: Case) -> Measured:
    """Squared Frechet distance of two normals, in total variances of the training rows.

    Between the points along 64 fixed random directions, where few rows suffice for a
    covariance (Dowson and Landau 1982; of networks' features Heusel et al. 2017,
    arXiv:1706.08500). The value for few rows is too large; so is the real one beside it.
    """
    spread = case.reality.spread
    reference = _directed(case.reality.reference_points)
    values = [frechet_distance(reference, _directed(part)) / spread for part in case.block_points]
    size, count = len(case.block_points[0]), len(values)
    draws = case.reality.drawn(("frechet", size), lambda: _draws(case.reality, size)) / spread
    value = float(np.mean(values))
    low, high = around(value, draws, count)
    against = AGAINST.format(n=len(reference), k=count, m=size)
    return Measured(
        value,
        max(low, 0.0),
        high,
        real=centre(draws),
        chance=tail(value, draws, worse=1),
        note=in_own_units(case, frechet_distance, against),
    )


def in_own_units(
    case: Case, distance: Callable[[np.ndarray, np.ndarray], float], note: Text
) -> Text:
    """Add to a note what a distance is as published, where features are the user's."""
    scale = case.synthetic.own_scale if isinstance(case.synthetic, ImageSample) else None
    if scale is None:
        return note
    reference = scale * case.reality.reference_points
    values = [distance(reference, scale * points) for points in case.block_points]
    return _OWN_UNITS.format(note=note, value=f"{np.mean(values):.4g}")


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


def _directed(points: np.ndarray) -> np.ndarray:
    if points.shape[1] <= N_DIRECTIONS:
        return points
    directions = np.random.default_rng(0).standard_normal((points.shape[1], N_DIRECTIONS))
    return points @ directions / N_DIRECTIONS**0.5


def _draws(reality: Reality, size: int) -> np.ndarray:
    train, holdout = _directed(reality.reference_points), _directed(reality.fresh_points)
    pool = np.concatenate([train, holdout])
    deals = reality.deals(len(train), len(holdout), size, "frechet")
    return np.array([frechet_distance(pool[a], pool[b]) for a, b in deals])
