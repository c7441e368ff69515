"""Precision, recall, density and coverage: two clouds of points and balls around them."""

from dataclasses import dataclass

import numpy as np

from ...report import Text
from ..case import Case, Reality
from ..clouds.balls import Balls, Held, held, held_of
from ..clouds.neighbours import Radii, squared_distances
from ..metric import Measured
from ..null import both_tails, centre, mean_interval, share_interval, tail

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
    """Compare two clouds of points, each (n, d).

    The figures are those of Naeem et al.'s ``prdc`` where distances differ. Where they are
    equal, a point on a ball's rim is inside here and outside there: rows of discrete data
    have neighbours at distance 0, and in ``prdc`` nothing lies in a ball of radius 0, so
    that a set would not cover itself.
    """
    balls = Balls.of(real, k)
    return overlap_of(balls, Balls.of(fake, k, balls.centre), k)


def overlap_of(real: Balls, fake: Balls, k: int = N_NEIGHBOURS) -> Overlap:
    """Compare two clouds whose balls are known, around the same centre."""
    return _overlap(held(real, fake), min(k, len(real.radii) - 1))


def _overlap(found: Held, k: int) -> Overlap:
    return Overlap(found.around > 0, found.within, found.around / max(k, 1), found.holds)


def overlap_figure(case: Case, name: str, worse: int) -> Measured:
    """Measure one of the four figures of :class:`Overlap` against the training rows.

    ``worse`` is -1 when small values are bad and 0 when either side is.
    """
    found, drawn = synthetic_overlaps(case), fresh_overlaps(case)
    draws = np.array([getattr(fresh, name).mean() for _, fresh in drawn])
    blocks = [getattr(block, name) for block in found]
    rows, n = np.concatenate(blocks), len(blocks[0])
    value, grain = float(rows.mean()), 1 / n
    # of recall and coverage all blocks count the same training rows
    counted = len(rows) if name in ("precision", "density") else n
    low, high = (
        mean_interval(rows) if name == "density" else share_interval(value * counted, counted)
    )
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
    balls = reference_balls(case.reality)

    def compare(points: np.ndarray) -> Overlap:
        return overlap_of(balls, Balls.of(points, N_NEIGHBOURS, balls.centre))

    return case.once("overlap", lambda: [compare(points) for points in case.block_points])


def reference_balls(reality: Reality) -> Balls:
    """Give the reference and its balls, measured once."""
    return reality.once("balls", lambda: Balls.of(reality.reference_points, N_NEIGHBOURS))


def fresh_overlaps(case: Case) -> list[tuple[np.ndarray, Overlap]]:
    """Overlaps of real rows, dealt anew, with as many fresh ones as a block has.

    With each come the positions of its reference rows among the reference and fresh rows.
    """
    if case.reality.held_out is None:
        return []
    size = len(case.block_points[0])
    return case.reality.once(("overlap", size), lambda: _dealt_overlaps(case.reality, size))


def real_distances(reality: Reality) -> tuple[np.ndarray, Radii]:
    """Squared distances among the reference and the fresh rows, and their nearest, remembered."""
    return reality.once("real distances", lambda: _real_distances(reality))


def _real_distances(reality: Reality) -> tuple[np.ndarray, Radii]:
    pool = np.concatenate([reality.reference_points, reality.fresh_points])
    squared = squared_distances(pool, pool).astype(np.float32)
    return squared, Radii(squared)


def _dealt_overlaps(reality: Reality, size: int) -> list[tuple[np.ndarray, Overlap]]:
    train, holdout = reality.reference_points, reality.fresh_points
    (squared, radii), k = real_distances(reality), N_NEIGHBOURS
    deals = reality.deals(len(train), len(holdout), size, "overlap")
    found = []
    for a, b in deals:
        within = radii.within(a, k), radii.within(b, k)
        meeting = held_of(squared, radii.near, (a, b), within)
        found.append((a, _overlap(meeting, k)))
    return found
