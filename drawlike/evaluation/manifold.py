"""Precision, recall, density and coverage: two clouds of points and balls around them."""

from dataclasses import dataclass

import numpy as np

from ..report import Text
from .case import Case, Reality
from .metric import Measured
from .neighbours import Radii, kth_smallest_within, squared_distances
from .null import both_tails, centre, mean_interval, share_interval, tail

N_NEIGHBOURS = 5
AGAINST = Text("{n} training rows against {k} x {m} synthetic", "{n} 个训练行对 {k} x {m} 个合成行")


@dataclass(frozen=True)
class Overlap:
    """How two clouds overlap, a value a row.

    A ball reaches from a row to its ``k``-th neighbour within its own cloud.

    precision : (n_fake,) whether a fake row lies in a ball of a real row
        (Kynkaanniemi et al. 2019, arXiv:1904.06991)
    recall : (n_real,) whether a real row lies in a ball of a fake row
    density : (n_fake,) number of real balls around a fake row, over ``k``
        (Naeem et al. 2020, arXiv:2002.09797)
    coverage : (n_real,) whether a real row's ball holds a fake row
    """

    precision: np.ndarray
    recall: np.ndarray
    density: np.ndarray
    coverage: np.ndarray

    def means(self) -> dict[str, float]:
        """Give the four figures."""
        return {name: float(values.mean()) for name, values in vars(self).items()}


def overlap(real: np.ndarray, fake: np.ndarray, k: int = N_NEIGHBOURS) -> Overlap:
    """Compare two clouds of points, each (n, d)."""
    between = squared_distances(real, fake)
    real_radius = kth_smallest_within(squared_distances(real, real), k)
    fake_radius = kth_smallest_within(squared_distances(fake, fake), k)
    in_real, in_fake = between <= real_radius[:, None], between <= fake_radius
    return overlap_of_balls(in_real, in_fake, min(k, len(real) - 1))


def overlap_of_balls(in_real: np.ndarray, in_fake: np.ndarray, k: int) -> Overlap:
    """Compare clouds by which fake row is in which real ball, and the other way, (n_real, n_fake).

    A point on a ball's rim is inside, so that equal rows of discrete data meet.
    """
    return Overlap(
        precision=np.any(in_real, axis=0),
        recall=np.any(in_fake, axis=1),
        density=in_real.sum(0) / max(k, 1),
        coverage=np.any(in_real, axis=1),
    )


def overlap_figure(case: Case, name: str, worse: int) -> Measured:
    """Measure one of the four figures of :class:`Overlap` against the training rows.

    ``worse`` is -1 when small values are bad and 0 when either side is.
    """
    found, drawn = synthetic_overlaps(case), fresh_overlaps(case)
    draws = np.array([getattr(fresh, name).mean() for _, fresh in drawn])
    rows = np.concatenate([getattr(block, name) for block in found])
    low, high = mean_interval(rows) if name == "density" else share_interval(rows.sum(), len(rows))
    value, grain = float(rows.mean()), 1 / len(getattr(found[0], name))
    return Measured(
        value,
        low,
        high,
        real=centre(draws),
        chance=tail(value, draws, worse, grain) if worse else both_tails(value, draws, grain),
        note=AGAINST.format(n=len(found[0].recall), k=len(found), m=len(found[0].precision)),
    )


def synthetic_overlaps(case: Case) -> list[Overlap]:
    """Overlaps of the reference with blocks of synthetic rows."""
    points = case.reality.reference_points
    blocks = case.blocks(case.limits.fresh, "overlap")
    return case.once(
        "overlap",
        lambda: [overlap(points, case.synthetic.take(rows).points()) for rows in blocks],
    )


def fresh_overlaps(case: Case) -> list[tuple[np.ndarray, Overlap]]:
    """Overlaps of real rows, dealt anew, with as many fresh ones as a block has.

    With each come the positions of its reference rows among the reference and fresh rows.
    """
    if case.reality.held_out is None:
        return []
    size = len(case.blocks(case.limits.fresh, "overlap")[0])
    return case.reality.once(("overlap", size), lambda: _dealt_overlaps(case.reality, size))


def _dealt_overlaps(reality: Reality, size: int) -> list[tuple[np.ndarray, Overlap]]:
    train, holdout = reality.reference_points, reality.fresh_points
    pool = np.concatenate([train, holdout])
    squared = squared_distances(pool, pool).astype(np.float32)
    radii, k = Radii(squared), N_NEIGHBOURS
    deals = reality.deals(len(train), len(holdout), size, "overlap")
    found = []
    for a, b in deals:
        # whole rows first: they lie together in memory
        rows = squared[a]
        in_real = (rows <= radii.within(a, k)[:, None])[:, b]
        in_fake = np.zeros(len(pool), np.float32)
        in_fake[b] = radii.within(b, k)
        found.append((a, overlap_of_balls(in_real, (rows <= in_fake)[:, b], k)))
    return found
