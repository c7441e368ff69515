"""Copying: synthetic rows that are training rows, exactly or nearly.

All tests compare the training rows with the hold-out, which the generator never saw. Against
a generator that learned without copying, both stand in the same relation to its rows.
"""

import numpy as np
import pandas as pd
from scipy import stats

from ...report import Text
from ..case import Case
from ..metric import Measured, NotComputedError
from ..null import mann_whitney, share_interval, tail_of_count, tail_of_share

_LOOKED_UP = Text(
    "{n} synthetic and {m} hold-out rows looked up among {k} training rows",
    "在 {k} 个训练行中查找了 {n} 个合成行与 {m} 个留出行",
)
_ATTACKED = Text(
    "{n} training and {m} hold-out rows attacked", "攻击了 {n} 个训练行与 {m} 个留出行"
)
NEAR = 0.01  # what the nearest percent of the hold-out rows reach by chance


def exact_copies(case: Case) -> Measured:
    """Share of synthetic rows that equal a training row."""
    copied = np.isin(case.synthetic.keys, case.train.keys)
    low, high = share_interval(copied.sum(), len(copied))
    if case.reality.held_out is None:
        return Measured(copied.mean(), low, high)
    control = np.isin(case.holdout.keys, case.train.keys)
    chance = tail_of_share(copied.sum(), len(copied), control.sum(), len(control))
    return Measured(copied.mean(), low, high, control.mean(), chance)


def equal_frequencies(case: Case) -> Measured:
    """Spread of the synthetic rows' frequencies around the training rows', over chance.

    A copy of a table in which rows repeat anyway shows only in this: each kind of row occurs
    just as often as in training. Pearson's statistic over its mean for draws from the
    training rows with repetition: a copy gives 0, such draws 1, fresh rows more.
    """
    kinds, counts = np.unique(case.train.keys, return_counts=True)
    if np.isin(case.holdout.keys, kinds).mean() < 0.5:
        raise NotComputedError(
            Text("rows seldom repeat, so that exact copies tell", "行很少重复，看完全拷贝即可")
        )
    if len(kinds) < 2:
        raise NotComputedError(Text("all training rows are equal", "所有训练行都相同"))
    n, share = len(case.synthetic), counts / counts.sum()
    rng, n_draws = case.rng("equal frequencies"), int(np.clip(4e6 // len(kinds), 20, 200))
    draws = np.array([_spread(rng.multinomial(n, share), n, share) for _ in range(n_draws)])
    value, real = (
        _spread(_counts(kinds, rows.keys), len(rows), share)
        for rows in (case.synthetic, case.holdout)
    )
    # a row of another kind moves the figure so much at least
    step = float((1 / np.sort(n * share)[-2:]).sum() / (len(share) - 1))
    return Measured(
        value,
        real=real,
        chance=_low(value + step, draws),
        note=Text("{n} kinds of rows", "{n} 种行").format(n=len(kinds)),
    )


def near_copies(case: Case) -> Measured:
    """Share of synthetic rows nearer to the training rows than 99 % of the hold-out rows.

    Rows from the middle of a mode are near to everything, whereas a copy is near to one
    training row, far nearer than to the second. So the chance is the larger one of two, of
    the distance and of its ratio to the second neighbour's distance.
    """
    distances, control = case.distances_to_train, case.reality.distances_to_train
    share, expected, chance = _near(distances[:, 0], control[:, 0], case.rng("near"))
    _, _, ratio_chance = _near(_ratio(distances), _ratio(control), case.rng("near ratio"))
    low, high = share_interval(share * len(distances), len(distances))
    note = _LOOKED_UP.format(n=len(distances), m=len(control), k=len(case.reality.searched))
    return Measured(share, low, high, expected, max(chance, ratio_chance), note)


def membership(case: Case) -> Measured:
    """AUC of telling training from hold-out rows by the distance to the nearest synthetic one."""
    train, holdout = case.distances_to_synthetic
    auc, error, chance = mann_whitney(train, holdout)
    low, high = max(auc - 1.96 * error, 0.0), min(auc + 1.96 * error, 1.0)
    note = _ATTACKED.format(n=len(train), m=len(holdout))
    return Measured(auc, low, high, 0.5, chance, note)


def membership_of_few(case: Case) -> Measured:
    """Share of training rows recognised by their distance at 1 % false recognitions."""
    train, holdout = case.distances_to_synthetic
    share, expected, chance = _near(train, holdout, case.rng("membership"))
    low, high = share_interval(share * len(train), len(train))
    return Measured(share, low, high, expected, chance)


def nearer_to_train(case: Case) -> Measured:
    """Share of synthetic rows nearer to a training than to a hold-out row, of equally many."""
    index = case.nearest_of_equal
    n = min(len(case.train), len(case.reality.holdout_probes))
    hits = np.bincount(index, minlength=2 * n)
    share = float(hits[:n].mean() / hits.mean() / 2)
    # the names "training" and "hold-out" of the 2n rows could have been dealt otherwise
    error = float(np.sqrt(n**2 * hits.var() / (2 * n - 1)) / hits.sum())
    chance = float(stats.norm.sf((share - 0.5) / error)) if error > 0 else 1.0
    low, high = max(share - 1.96 * error, 0.0), min(share + 1.96 * error, 1.0)
    return Measured(
        share, low, high, 0.5, chance, Text("{n} rows of each kind", "各 {n} 行").format(n=n)
    )


def holdout_copies(case: Case) -> Measured:
    """Share of synthetic rows that equal a hold-out row and no training row."""
    train, holdout = case.train.keys, case.holdout.keys
    leaked = np.isin(case.synthetic.keys, holdout) & ~np.isin(case.synthetic.keys, train)
    # what training rows share with the hold-out is what chance alone brings about
    control = np.isin(train, holdout)
    low, high = share_interval(leaked.sum(), len(leaked))
    chance = tail_of_share(leaked.sum(), len(leaked), control.sum(), len(control))
    return Measured(leaked.mean(), low, high, control.mean(), chance)


def _near(
    values: np.ndarray, control: np.ndarray, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Share of values below the lowest percent of the control, the share expected, its chance."""
    n = len(control)
    k = max(int(NEAR * (n + 1)), 1)
    both = np.concatenate([control, values])
    # ties are broken by lot, so that the count has an exact law
    rank = np.empty(len(both), int)
    rank[np.lexsort((rng.random(len(both)), both))] = np.arange(len(both))
    count = int((rank[n:] < np.sort(rank[:n])[k - 1]).sum())
    return count / len(values), k / (n + 1), tail_of_count(count, len(values), k, n)


def _ratio(distances: np.ndarray) -> np.ndarray:
    """Nearest over second distance; 0 for rows that equal two training rows."""
    first, second = distances[:, 0], distances[:, -1]
    return np.divide(first, second, out=np.zeros(len(first)), where=second > 0)


def _counts(kinds: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """How often each kind occurs among the keys, (k,)."""
    place = pd.Index(kinds).get_indexer(keys)
    return np.bincount(place[place >= 0], minlength=len(kinds))


def _low(value: float, draws: np.ndarray) -> float:
    """Chance of so small a chi-square, whose law is nearly a gamma law with these moments."""
    mean, variance = float(draws.mean()), float(draws.var(ddof=1))
    return float(stats.gamma.cdf(value, mean**2 / variance, scale=variance / mean))


def _spread(counts: np.ndarray, n: int, share: np.ndarray) -> float:
    """Pearson's statistic of ``n`` rows over its degrees of freedom.

    Rows of a kind never seen in training fall into one more cell, of less than one row.
    """
    expected, unseen, rare = n * share, n - counts.sum(), n / (n + len(share))
    misfit = ((counts - expected) ** 2 / expected).sum() + max(unseen - rare, 0) ** 2 / rare
    return float(misfit / (len(share) - 1))
