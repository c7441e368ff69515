"""Frechet distance between images in the fixed feature space."""

import numpy as np
from scipy import linalg

from .case import Case, Reality
from .manifold import AGAINST
from .metric import Measured
from .null import around, centre, tail

N_DIRECTIONS = 64


def frechet(case: Case) -> Measured:
    """Squared Frechet distance of two normals, in total variances of the training images.

    Between the features along 64 fixed random directions, where few images suffice for a
    covariance (Dowson and Landau 1982; with other features Heusel et al. 2017,
    arXiv:1706.08500). The value for few images is too large; so is the real one beside it.
    """
    reference = _directed(case.reality.reference_points)
    blocks = case.blocks(case.limits.fresh, "overlap")
    values = [
        frechet_distance(reference, _directed(case.synthetic.take(rows).points()))
        for rows in blocks
    ]
    size = len(blocks[0])
    draws = case.reality.drawn(("frechet", size), lambda: _draws(case.reality, size))
    value = float(np.mean(values))
    low, high = around(value, draws, len(blocks))
    return Measured(
        value,
        max(low, 0.0),
        high,
        real=centre(draws),
        chance=tail(value, draws, worse=1),
        note=AGAINST.format(n=len(reference), k=len(blocks), m=size),
    )


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Frechet distance between the normals fitted to two clouds (n, d)."""
    left, right = (np.atleast_2d(np.cov(points.T)) for points in (a, b))
    root = linalg.sqrtm(left + 1e-12 * np.eye(len(left))).real
    cross = np.sqrt(np.maximum(linalg.eigvalsh(root @ right @ root), 0)).sum()
    gap = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return float(max(gap + np.trace(left) + np.trace(right) - 2 * cross, 0.0))


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
