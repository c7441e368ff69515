"""Means and differences over repeated folds, which share rows and are not independent."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

_SURE = 0.975


@dataclass(frozen=True)
class Mean:
    """A mean over folds with its 95 % interval; ``chance`` is that of so large a mean by luck."""

    value: float
    low: float
    high: float
    chance: float


def mean_over_folds(values: np.ndarray, folds: int) -> Mean:
    r"""Mean of one value a fold, (folds x repeats,), and a test of whether it is 0.

    .. math:: t = \bar d \Big/ \sqrt{(1/J + 1/(k - 1))\, s^2}

    with J values of k folds, s their standard deviation, and J - 1 degrees of freedom: the
    corrected resampled t-test of Nadeau and Bengio (2003, doi:10.1023/A:1024068626366), since
    training parts overlap, and the usual test would find differences everywhere.
    """
    n, mean = len(values), float(values.mean())
    error = float(values.std(ddof=1)) * np.sqrt(1 / n + 1 / (folds - 1)) if n > 1 else np.nan
    if error == 0:
        return Mean(mean, mean, mean, float(mean == 0))
    reach = stats.t.ppf(_SURE, n - 1) * error
    chance = float(2 * stats.t.sf(abs(mean) / error, n - 1))
    return Mean(mean, mean - reach, mean + reach, chance)


def adjusted(chances: np.ndarray) -> np.ndarray:
    """Chances (m,) that hold for all m tests together (Holm 1979)."""
    order = np.argsort(chances)
    times = np.arange(len(chances), 0, -1)
    raised = np.minimum(np.maximum.accumulate(chances[order] * times), 1.0)
    out = np.empty(len(chances))
    out[order] = raised
    return out
