"""Stray rows: synthetic rows far from all real ones, of their class where rows are labelled.

The mirror of near copies. A few invented rows hardly move a mean over all rows, and lie within
the large balls of sparse regions; their distances stand out among those of hold-out rows.
"""

import numpy as np
import pandas as pd
from scipy import stats

from ...report import Text
from ..case import Case
from ..clouds.neighbours import squared_distances
from ..inputs.samples import Sample
from ..metric import Measured
from ..null import permutation_tail, share_interval

FAR = 0.05
MOST_BLOCKS = 2  # of synthetic rows, each as many as the hold-out rows
ROWS_A_CLASS = 10
MOST_CLASSES = 50
_AMONG = Text(
    "{n} synthetic and {m} hold-out rows among {k} real rows",
    "{k} 个真实行中的 {n} 个合成行与 {m} 个留出行",
)
_OWN = Text("{said}, each of its own class", "{said}，各在本类之内")


def stray_rows(case: Case) -> Measured:
    """Share of synthetic rows farther from the real rows than 95 % of the hold-out rows.

    The real rows are training and hold-out rows together, and a hold-out row is left out of
    those that it is compared with. The chance comes from ranks that weigh the farthest rows
    most, squared exponential scores, under permutation; for images added up over features
    and small copies.
    """
    reality, limits = case.reality, case.limits
    train = reality.some(case.train, limits.reference, "reference")
    fresh = reality.some(case.holdout, limits.fresh, "fresh")
    blocks = case.blocks(limits.fresh, "overlap")[:MOST_BLOCKS]
    synthetic = case.synthetic.take(np.concatenate(blocks))
    apart = _other_class(synthetic, fresh, train)
    clouds = [
        (
            np.concatenate(case.block_points[:MOST_BLOCKS]),
            reality.fresh_points,
            reality.reference_points,
        ),
    ]
    if train.columns is None:
        clouds.append((synthetic.traces(), fresh.traces(), train.traces()))
    pairs = [_distances(*cloud, apart) for cloud in clouds]
    scores = np.sum([_scores(np.concatenate(pair)) for pair in pairs], axis=0)
    far, control = pairs[0]
    edge = np.sort(control)[len(control) - max(int(FAR * len(control)), 1)]
    share, expected = float((far > edge).mean()), float((control > edge).mean())
    low, high = share_interval(share * len(far), len(far))
    said = _AMONG.format(n=len(far), m=len(control), k=len(train) + len(fresh))
    note = said if apart is None else _OWN.format(said=said)
    return Measured(share, low, high, expected, permutation_tail(scores, len(far)), note)


def _distances(
    synthetic: np.ndarray, fresh: np.ndarray, train: np.ndarray, apart: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Squared distance of each synthetic and each hold-out row to the nearest other real row."""
    probes, real = np.concatenate([synthetic, fresh]), np.concatenate([fresh, train])
    squared = squared_distances(probes, real)
    if apart is not None:
        squared[apart] = np.inf
    own = np.arange(len(fresh))
    squared[len(synthetic) + own, own] = np.inf  # a row is not its own neighbour
    nearest = squared.min(1)
    return nearest[: len(synthetic)], nearest[len(synthetic) :]


def _other_class(synthetic: Sample, fresh: Sample, train: Sample) -> np.ndarray | None:
    """Which pairs of probes and real rows are of different classes; None without classes.

    Rare classes, and those of synthetic rows only, are one.
    """
    targets = [sample.target for sample in (synthetic, fresh, train)]
    if any(target is None or not target.is_class for target in targets):
        return None
    drawn, held, taught = (target.values.astype(str) for target in targets if target)
    real = np.concatenate([held, taught])
    classes, counts = np.unique(real, return_counts=True)
    common = classes[counts >= ROWS_A_CLASS]
    if not 1 < len(common) <= MOST_CLASSES:
        return None
    place = pd.Index(common).get_indexer  # -1 is any other class
    left, right = place(np.concatenate([drawn, held])), place(real)
    return left[:, None] != right


def _scores(values: np.ndarray) -> np.ndarray:
    """Squared exponential scores of ranks, (n,): they weigh the farthest rows most."""
    rank = stats.rankdata(values)
    return np.log1p(-(rank - 0.5) / len(values)) ** 2
