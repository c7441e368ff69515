"""Feature likelihood: how probable real rows are under narrow normals around synthetic ones.

Feature likelihood divergence (Jiralerspong et al. 2023, arXiv:2302.04440): a mixture with one
isotropic normal a synthetic row. Its widths are fitted to training rows, so that a copy of a
training row becomes as narrow as it may, and leaves nothing to rows that it never saw.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ...report import Text
from ..case import N_NEAREST, Case, Reality
from ..clouds.neighbours import Centred, Near, least, squared_distances
from ..metric import Measured, NotComputedError
from ..null import around, centre, tail
from .manifold import real_distances

N_STEPS = 6
FAINTEST = 1e-9  # of a row that a normal must hold to be fitted
N_DEALS = 60
MOST_ATTACKED = 1000  # rows of each kind that a gap is measured on
NARROWEST = 1e-4  # of the training rows' variance: a tie has no density
HUNDREDTHS = 100.0
_MEANS = Text(
    "{n} rows at normals around {m} synthetic rows, widths fitted to {k} training rows",
    "{n} 行在 {m} 个合成行为中心的正态分布下，宽度由 {k} 个训练行拟合",
)


@dataclass(frozen=True, eq=False)
class Sight:
    """What real rows know before they see normals around synthetic rows.

    The first ``n_fit`` rows set the widths. ``wide`` (n,) is the rows' log-density under one
    wide normal over those, which weighs as much as one synthetic row: so none is impossible.
    ``narrowest`` is the least variance a dimension that a synthetic row may take.
    """

    wide: np.ndarray
    n_fit: int
    n_dims: int
    narrowest: float

    @classmethod
    def of(cls, squared: np.ndarray, n_fit: int, n_dims: int) -> Self:
        """See rows by squared distances to the mean of those that fit, (n,)."""
        variance = float(squared[:n_fit].mean()) / n_dims
        if variance == 0:
            raise NotComputedError(Text("all training rows are equal", "所有训练行都相同"))
        wide = -0.5 * (squared / variance + n_dims * np.log(2 * np.pi * variance))
        return cls(wide, n_fit, n_dims, NARROWEST * variance)

    def losses(self, near: Near) -> np.ndarray:
        """Negative log-density a dimension, in hundredths of a nat, (n,).

        ``near`` are squared distances to the eight nearest synthetic rows, and which, (n, 8).
        """
        variances = self.fit((near[0][: self.n_fit], near[1][: self.n_fit]), near[1].max() + 1)
        total = _shares(self._joint(near, variances, self.wide))[1]
        return -HUNDREDTHS * total / self.n_dims

    def fit(self, near: Near, n_centres: int) -> np.ndarray:
        """Fit a variance a dimension to each synthetic row by EM, (n_centres,)."""
        index, variances = near[1], self._start(near, n_centres)
        squared = np.where(np.isfinite(near[0]), near[0], 0.0)  # their share is 0
        for _ in range(N_STEPS):
            joint = self._joint(near, variances, self.wide[: self.n_fit])
            share = _shares(joint)[0][:, :-1]
            weight, spread = (
                np.bincount(index.ravel(), part.ravel(), n_centres)
                for part in (share, share * squared)
            )
            known = weight > FAINTEST
            variances[known] = spread[known] / (self.n_dims * weight[known])
            variances = np.maximum(variances, self.narrowest)
        return variances

    def _start(self, near: Near, n_centres: int) -> np.ndarray:
        """Let each synthetic row reach to the nearest row that fits, or as far as most do."""
        squared, index = near
        reach = np.full(n_centres, np.inf)
        np.minimum.at(reach, index, squared)
        usual = np.median(squared[np.isfinite(squared)])
        return np.maximum(np.where(np.isfinite(reach), reach, usual) / self.n_dims, self.narrowest)

    def _joint(self, near: Near, variances: np.ndarray, wide: np.ndarray) -> np.ndarray:
        """Log-density of each row under each of its normals and the wide one, (n, 9)."""
        squared, index = near
        halves, logs = -0.5 / variances, -0.5 * self.n_dims * np.log(2 * np.pi * variances)
        return np.column_stack([squared * halves[index] + logs[index], wide])


def divergence(case: Case) -> Measured:
    """Nats a dimension, in hundredths, that hold-out rows lose against normals at fresh rows."""
    fresh, reference = case.reality.fresh_points, case.reality.reference_points
    n_real = len(fresh) + len(reference)
    size, n_test = (min(n, n_real // 3) for n in (len(case.block_points[0]), len(fresh)))
    n_fit = min(len(reference), n_real - size - n_test)
    rows = np.concatenate([reference[:n_fit], fresh[:n_test]])
    sight = Sight.of(Centred(rows).squared_from(np.arange(n_fit)), n_fit, rows.shape[1])
    losses = [
        sight.losses(least(squared_distances(rows, block[:size]), N_NEAREST))[n_fit:].mean()
        for block in case.block_points
    ]
    draws = case.reality.drawn(
        ("divergence", size), lambda: _draws(case.reality, size, n_fit, n_test)
    )
    real = centre(draws)
    value = float(np.mean(losses)) - real
    low, high = around(value, draws, len(losses))
    note = _MEANS.format(n=n_test, m=size, k=n_fit)
    return Measured(value, low, high, 0.0, tail(value, draws - real, worse=1), note)


def gap(case: Case) -> Measured:
    """Nats a dimension, in hundredths, that training rows gain over hold-out rows.

    Training and hold-out rows could have been dealt otherwise: fitting to other deals of the
    same rows shows what the gap is where the synthetic rows know neither.
    """
    most = min(case.limits.reference, MOST_ATTACKED)
    train, holdout = case.reality.train_probes, case.reality.holdout_probes
    n_fit, n_test = min(len(train), most), min(len(holdout), most)
    rows = np.concatenate([train.traces()[:n_fit], holdout.traces()[:n_test]])
    centred = Centred(rows)
    near = _joined(
        [(distance[:most] ** 2, index[:most]) for distance, index in case.near_synthetic]
    )

    def measure(order: np.ndarray) -> float:
        squared = centred.squared_from(order[:n_fit])[order]
        sight = Sight.of(squared, n_fit, rows.shape[1])
        losses = sight.losses((near[0][order], near[1][order]))
        return float(losses[n_fit:].mean() - losses[:n_fit].mean())

    rng, value = case.rng("feature gap"), measure(np.arange(len(rows)))
    draws = np.array([measure(rng.permutation(len(rows))) for _ in range(N_DEALS)])
    note = _MEANS.format(n=n_test, m=len(case.synthetic), k=n_fit)
    chance = tail(value, draws, worse=1)
    return Measured(value, *around(value, draws, 1), centre(draws), chance, note)


def _draws(reality: Reality, size: int, n_fit: int, n_test: int) -> np.ndarray:
    """Losses of fresh rows when fresh rows are the centres, (k,)."""
    pool = np.concatenate([reality.reference_points, reality.fresh_points])
    (full, radii), n_seen = real_distances(reality), n_fit + n_test
    listed = radii.LISTED * size >= 2 * N_NEAREST * len(pool)  # else the lists hold too few
    centred, losses = Centred(pool), []
    for seen, centres in reality.deals(n_seen, len(pool) - n_seen, size, "divergence", N_DEALS):
        if listed:
            squared, index = radii.nearest(seen, centres, N_NEAREST)
            place = np.zeros(len(pool), int)
            place[centres] = np.arange(size)
            near = squared, place[index]
        else:
            near = least(full[np.ix_(seen, centres)], N_NEAREST)
        sight = Sight.of(centred.squared_from(seen[:n_fit])[seen], n_fit, pool.shape[1])
        losses.append(sight.losses(near)[n_fit:].mean())
    return np.array(losses)


def _joined(parts: list[Near]) -> Near:
    return np.concatenate([near[0] for near in parts]), np.concatenate([near[1] for near in parts])


def _shares(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of densities in their sum, of logarithms (n, k), and the sum's logarithm, (n,)."""
    largest = joint.max(1)
    density = np.exp(joint - largest[:, None])
    total = density.sum(1)
    return density / total[:, None], largest + np.log(total)
