"""Distances between two clouds as metrics, with what real rows dealt anew reach."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ...losses.frechet import frechet_distance
from ...report import Text
from ..case import Case, Reality
from ..clouds.directions import projected, unit_directions
from ..clouds.mmd import (
    Gaussians,
    Kernel,
    Polynomial,
    between,
    dealt_mmd2,
    kid,
    likenesses,
    median_square,
    within,
)
from ..clouds.neighbours import squared_distances
from ..clouds.pairs import Cloud
from ..clouds.transport import SHARPEST, shadows, sinkhorn_divergence, sorted_distance
from ..inputs.samples import ImageSample
from ..metric import Measured
from ..null import around, centre, tail
from .manifold import AGAINST, reference_balls

CARRIED_ROWS = 300  # an entropic distance costs their square many times over
CARRIED_DEALS = 30  # of real rows, each as dear as the value itself
BLUR = 0.2  # in total variances; two rows are two apart in the mean
Deal = tuple[np.ndarray, np.ndarray]
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
    reference = projected(case.reality.reference_points)

    def dealt(pool: np.ndarray, deals: Sequence[Deal]) -> np.ndarray:
        pool = projected(pool)
        return np.array([frechet_distance(pool[a], pool[b]) for a, b in deals]) / spread

    values = [frechet_distance(reference, projected(part)) / spread for part in case.block_points]
    found = _measured(case, "frechet", values, dealt)
    note = in_own_units(case, frechet_distance, found.note)
    return replace(found, low=max(found.low, 0.0), note=note)


def mmd(case: Case) -> Measured:
    """Squared maximum mean discrepancy by Gaussian kernels around the median distance."""
    _ = case.reality.spread  # nothing can be told by equal rows
    return _by_kernel(case, "MMD", Gaussians(median_square(case.reality.reference_points)))


def kernel_distance(case: Case) -> Measured:
    """KID of the features around the training images' mean, in their total variance."""
    found = _by_kernel(case, "KID", Polynomial(1 / case.reality.spread))
    return replace(found, note=in_own_units(case, kid, found.note))


def sliced(case: Case) -> Measured:
    """Sliced Wasserstein distance, in standard deviations along a direction."""
    reality = case.reality
    along = unit_directions(reality.reference_points.shape[1])
    along *= np.sqrt(len(along) / reality.spread)
    reference = reality.once("shadows", lambda: shadows(reality.reference_points, along))

    def dealt(pool: np.ndarray, deals: Sequence[Deal]) -> np.ndarray:
        order = (pool @ along).T.argsort(1)
        cast = np.take_along_axis((pool @ along).T, order, 1)

        def shadow(rows: np.ndarray) -> np.ndarray:
            own = np.zeros(len(pool), bool)
            own[rows] = True
            return cast[own[order]].reshape(len(cast), -1)

        return np.array([sorted_distance(shadow(a), shadow(b)) for a, b in deals])

    values = [sorted_distance(reference, shadows(part, along)) for part in case.block_points]
    return _measured(case, "sliced Wasserstein", values, dealt)


def entropic(case: Case) -> Measured:
    """Sinkhorn divergence of squared distances, in total variances of the training rows."""
    reference, spread = case.reality.reference_points[:CARRIED_ROWS], case.reality.spread

    def dealt(pool: np.ndarray, deals: Sequence[Deal]) -> np.ndarray:
        cost = np.minimum(squared_distances(pool, pool) / spread, SHARPEST * BLUR)
        a, b = (_weights([deal[side] for deal in deals], len(pool)) for side in (0, 1))
        return sinkhorn_divergence(cost, a, b, BLUR)

    def compare(points: np.ndarray) -> float:
        place = np.arange(len(reference) + len(points))
        deal = place[: len(reference)], place[len(reference) :]
        return float(dealt(np.concatenate([reference, points]), [deal])[0])

    values = [compare(points[:CARRIED_ROWS]) for points in case.block_points]
    few = {"most": CARRIED_ROWS, "n_deals": CARRIED_DEALS}
    return _measured(case, "entropic Wasserstein", values, dealt, **few)


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


def _by_kernel(case: Case, name: str, kernel: Kernel) -> Measured:
    balls = reference_balls(case.reality)
    reference = balls.cloud
    own = case.reality.once((name, "own"), lambda: within(reference, kernel))

    def compare(points: np.ndarray) -> float:
        cloud = Cloud.around(points, balls.centre)
        return own + within(cloud, kernel) - 2 * between(reference, cloud, kernel)

    def dealt(pool: np.ndarray, deals: Sequence[Deal]) -> np.ndarray:
        return dealt_mmd2(likenesses(Cloud.around(pool, balls.centre), kernel), deals)

    return _measured(case, name, [compare(points) for points in case.block_points], dealt)


def _measured(
    case: Case,
    name: str,
    values: list[float],
    dealt: Callable[[np.ndarray, Sequence[Deal]], np.ndarray],
    *,
    most: int | None = None,
    n_deals: int | None = None,
) -> Measured:
    """Set the mean over blocks beside what deals of at most so many real rows give."""
    n, m = (len(points[:most]) for points in (case.reality.reference_points, case.block_points[0]))
    draws = case.reality.drawn(
        (name, m), lambda: _draws(case.reality, name, (m, most, n_deals), dealt)
    )
    value = float(np.mean(values))
    low, high = around(value, draws, len(values))
    note = AGAINST.format(n=n, k=len(values), m=m)
    return Measured(value, low, high, centre(draws), tail(value, draws, worse=1), note)


def _draws(
    reality: Reality,
    name: str,
    limits: tuple[int, int | None, int | None],
    dealt: Callable[[np.ndarray, Sequence[Deal]], np.ndarray],
) -> np.ndarray:
    """Figures of fresh real rows; ``limits`` are rows a deal, rows in all, and deals."""
    size, most, n_deals = limits
    train, fresh = reality.reference_points[:most], reality.fresh_points[:most]
    deals = reality.deals(len(train), len(fresh), size, name, n_deals)
    return dealt(np.concatenate([train, fresh]), list(deals))


def _weights(sets: Sequence[np.ndarray], n: int) -> np.ndarray:
    """Equal weights of the rows of each set, (n, number of sets)."""
    weights = np.zeros((n, len(sets)))
    for place, rows in enumerate(sets):
        weights[rows, place] = 1 / len(rows)
    return weights
