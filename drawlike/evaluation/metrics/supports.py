"""Alpha-precision and beta-recall: whether the typical rows of one set are those of the other.

A set's alpha-support is the smallest ball around its centre that holds a share alpha of its
rows. Both figures are integrated over all shares: 1 - 2 times the mean distance of a curve
from the diagonal (Alaa et al. 2022, arXiv:2102.08921).
"""

from collections.abc import Iterator

import numpy as np

from ...report import Text
from ..case import Case, Reality
from ..clouds.neighbours import Centred, squared_distances
from ..metric import Measured
from ..null import around, centre, tail
from .manifold import AGAINST, N_NEIGHBOURS, real_distances, reference_balls

SHARES = np.linspace(0, 1, 30)  # as many as in the authors' program
_LOW = Text("too few are typical", "典型行过少")
_HIGH = Text("too many are typical", "典型行过多")


def alpha_precision(case: Case) -> Measured:
    """Whether as many synthetic rows as training rows lie in each ball around the centre."""
    return _measure(case, 0)


def beta_recall(case: Case) -> Measured:
    """Whether training rows have a synthetic row in their neighbourhood, at each depth.

    A training row counts for the share beta when its nearest synthetic row is no farther
    than its fifth neighbour in training, and belongs to the synthetic rows' beta-support.
    """
    return _measure(case, 1)


def alpha_curve(real: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """Share of the fake rows in each alpha-support of the real ones, from distances (n,)."""
    return (fake[:, None] <= np.quantile(real, SHARES)).mean(0)


def beta_curve(is_near: np.ndarray, own: np.ndarray, fake: np.ndarray) -> np.ndarray:
    """Share of real rows near a fake row of each beta-support.

    ``is_near`` (n,) tells whether the nearest fake row is near, ``own`` (n,) is that row's
    distance to the fake centre, ``fake`` (m,) are all fake rows' distances.
    """
    return (is_near[:, None] & (own[:, None] <= np.quantile(fake, SHARES))).mean(0)


def integrated(curve: np.ndarray) -> float:
    """Give 1 for the diagonal, and less the farther a curve is from it."""
    return float(1 - 2 * np.abs(curve - SHARES).mean())


def _measure(case: Case, which: int) -> Measured:
    reference = case.reality.reference_points
    radii = reference_balls(case.reality).radii
    found = case.once(
        "supports", lambda: [_both(reference, radii, block) for block in case.block_points]
    )
    curves, size = np.mean([pair[which] for pair in found], axis=0), len(case.block_points[0])
    value = float(np.mean([integrated(pair[which]) for pair in found]))
    draws = case.reality.drawn(("supports", size), lambda: _draws(case.reality, size))
    draws = draws.reshape(-1, 2)[:, which]
    low, high = around(value, draws, len(found))
    note = AGAINST.format(n=len(reference), k=len(found), m=size)
    if which == 0:
        lean = _HIGH if (curves - SHARES).mean() > 0 else _LOW
        note = Text(f"{note.en}; {lean.en}", f"{note.zh}；{lean.zh}")
    return Measured(
        value, low, min(high, 1.0), centre(draws), tail(value, draws, -1), note, {"curve": curves}
    )


def _both(real: np.ndarray, radii: np.ndarray, fake: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give both curves of two clouds of points, (n, d) and (m, d); ``radii`` (n,) are squared."""
    squared = squared_distances(real, fake)
    own, index = _from_centre(fake, fake), squared.argmin(1)
    is_near = squared[np.arange(len(real)), index] <= radii
    alpha = alpha_curve(_from_centre(real, real), _from_centre(fake, real))
    return alpha, beta_curve(is_near, own[index], own)


def _from_centre(rows: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Distance of each row to the centre of some rows, (n,)."""
    return np.sqrt(squared_distances(rows, of.mean(0, keepdims=True))[:, 0])


def _draws(reality: Reality, size: int) -> np.ndarray:
    """Both figures of fresh real rows, (k, 2)."""
    return np.array([[integrated(curve) for curve in pair] for pair in _dealt(reality, size)])


def _dealt(reality: Reality, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    pool = np.concatenate([reality.reference_points, reality.fresh_points])
    radii, centred = real_distances(reality)[1], Centred(pool)
    n_train, n_fresh = len(reality.reference_points), len(reality.fresh_points)
    for a, b in reality.deals(n_train, n_fresh, size, "supports"):
        near, index = radii.nearest(a, b, 1)
        own = np.zeros(len(pool))
        own[b] = np.sqrt(centred.squared_from(b)[b])
        typical = np.sqrt(centred.squared_from(a))
        is_near = near[:, 0] <= radii.within(a, N_NEIGHBOURS)
        yield alpha_curve(typical[a], typical[b]), beta_curve(is_near, own[index[:, 0]], own[b])
