"""What fresh real rows would have scored, and how surprising a value is against that."""

from collections.abc import Iterator

import numpy as np
from scipy import stats


def resplits(
    n_train: int, n_holdout: int, n_fresh: int, count: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Deal training and hold-out rows anew, ``count`` times: (reference, fresh) positions.

    The two are exchangeable, so cutting their union again shows what fresh rows score
    against as many training rows. The reference keeps ``n_train`` rows.
    """
    for _ in range(count):
        order = rng.permutation(n_train + n_holdout)
        yield order[n_fresh:][:n_train], order[:n_fresh]


def tail(value: float, draws: np.ndarray, worse: int, grain: float = 0.0) -> float:
    """Chance that a null draw is at least as bad as ``value``.

    A Pearson III curve through the moments of the draws reaches further into the tail than
    their count does (Winkler et al. 2016, 10.1016/j.neuroimage.2016.05.068). ``worse`` is
    1 when large values are bad and -1 when small ones are; ``grain`` is the step in which
    the value can move, and the least spread that is believed. Mean and spread are known from
    the draws alone, as in Student's t of a further draw, and a skewness that thins the tail
    may be luck and is not believed: with 30 draws a chance of 1e-5 would else be one of 2e-3.
    """
    if not len(draws):
        return np.nan
    draws = worse * np.asarray(draws, float)
    spread = max(float(draws.std(ddof=1)), grain, 1e-12)
    skew = float(stats.skew(draws)) if draws.std() > 1e-12 else 0.0
    at = (worse * value - draws.mean()) / spread / np.sqrt(1 + 1 / len(draws))
    known = stats.norm.isf(stats.t.sf(at, len(draws) - 1))
    return float(stats.pearson3.sf(known, np.clip(skew, 0, 3)))


def centre(draws: np.ndarray) -> float:
    """Give the mean of null draws; NaN when there are none."""
    return float(draws.mean()) if len(draws) else np.nan


def around(value: float, draws: np.ndarray, n_blocks: int) -> tuple[float, float]:
    """95 % interval of a mean over blocks, of which each spreads as the null draws do."""
    error = draws.std(ddof=1) / np.sqrt(n_blocks) if len(draws) else np.nan
    return float(value - 1.96 * error), float(value + 1.96 * error)


def both_tails(value: float, draws: np.ndarray, grain: float = 0.0) -> float:
    """Chance that a null draw is as far out as ``value`` on either side."""
    low, high = (tail(value, draws, side, grain) for side in (-1, 1))
    return min(1.0, 2 * low, 2 * high) if len(draws) else np.nan


def permutation_tail(scores: np.ndarray, n: int) -> float:
    """Chance that the first ``n`` of all scores have so large a sum, had they been dealt at random.

    A Pearson III curve through the exact mean, variance and skewness of the sum.
    """
    total, centred = len(scores), scores - scores.mean()
    spread = float(centred.std())
    if spread <= 1e-12 * np.abs(scores).max(initial=0) or not 0 < n < total:
        return 1.0
    error = spread * np.sqrt(n * (total - n) / (total - 1))
    skew = float((centred**3).mean()) / spread**3 * np.sqrt((total - 1) / (n * (total - n)))
    skew *= (total - 2 * n) / max(total - 2, 1)
    at = centred[:n].sum() / error
    return float(stats.pearson3.sf(at, np.clip(skew, -3, 3)))


def tail_of_count(count: int, trials: int, k: int, n: int) -> float:
    """Chance of at least ``count`` of ``trials`` fresh values below the ``k``-th of ``n``.

    Exact for exchangeable values without ties: the count is beta-binomial.
    """
    return float(stats.betabinom.sf(count - 1, trials, k, n - k + 1))


def tail_of_share(count: int, trials: int, control: int, control_trials: int) -> float:
    """Fisher's exact chance that the first share exceeds the second by luck."""
    table = [[count, trials - count], [control, control_trials - control]]
    return float(stats.fisher_exact(table, alternative="greater").pvalue)


def mann_whitney(low: np.ndarray, high: np.ndarray) -> tuple[float, float, float]:
    """AUC that ``low`` lies below ``high``, its standard error, and the chance of so much.

    The error is DeLong's (1988), the chance comes from the permutation variance with ties.
    """
    n, m = len(low), len(high)
    ranks = stats.rankdata(np.concatenate([low, high]))
    below = (ranks[n:] - stats.rankdata(high)) / n  # share of `low` below each of `high`
    above = 1 - (ranks[:n] - stats.rankdata(low)) / m
    auc = float(below.mean())
    error = np.sqrt(_variance(below) / m + _variance(above) / n)
    _, ties = np.unique(ranks, return_counts=True)
    total = n + m
    spread = total + 1 - (ties**3 - ties).sum() / max(total * (total - 1), 1)
    null_error = np.sqrt(max(spread, 0.0) / (12 * n * m))
    chance = stats.norm.sf((auc - 0.5) / null_error) if null_error > 0 else 1.0
    return auc, float(error), float(chance)


def area(is_positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Area under the curve of each column, from ranks; NaN where only one kind occurs."""
    n_positive = is_positive.sum(0)
    pairs = n_positive * (len(score) - n_positive)
    above = (stats.rankdata(score, axis=0) * is_positive).sum(0) - n_positive * (n_positive + 1) / 2
    return np.divide(above, pairs, out=np.full(np.shape(pairs), np.nan), where=pairs > 0)


def auc_error(auc: float, n: int, m: int) -> float:
    """Standard error of an area under the curve (Hanley and McNeil 1982)."""
    both = auc * (1 - auc)
    both += (n - 1) * (auc / (2 - auc) - auc**2) + (m - 1) * (2 * auc**2 / (1 + auc) - auc**2)
    return float(np.sqrt(max(both, 0.0) / (n * m)))


def holm(chances: np.ndarray, level: float) -> np.ndarray:
    """Which of several tests alarm when all of them together may err at ``level``.

    Holm's step-down (1979) holds under any dependence; NaN marks figures without a test.
    """
    alarms = np.zeros(len(chances), bool)
    tested = np.flatnonzero(~np.isnan(chances))
    order = tested[np.argsort(chances[tested], kind="stable")]
    for rank, place in enumerate(order):
        if chances[place] > level / (len(order) - rank):
            break
        alarms[place] = True
    return alarms


def wilson(count: float, trials: int) -> tuple[float, float]:
    """Centre of the 95 % interval of a share, and half of its width (Wilson 1927)."""
    z2 = 1.96**2
    half = 1.96 * np.sqrt(count * (trials - count) / trials + z2 / 4) / (trials + z2)
    return (count + z2 / 2) / (trials + z2), float(half)


def share_interval(count: float, trials: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), within 0 and 1."""
    centre, half = wilson(count, trials)
    low = max(centre - half, 0.0) if count else 0.0
    return float(low), float(min(centre + half, 1.0))


def mean_interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of a mean of values a row."""
    half = 1.96 * np.sqrt(_variance(values) / len(values))
    return float(values.mean() - half), float(values.mean() + half)


def _variance(values: np.ndarray) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.0
