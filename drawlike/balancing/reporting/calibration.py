"""How often what a classifier says comes true."""

import numpy as np
import pandas as pd
from scipy import stats

_BINS = 8
_SURE = 0.975


def calibration_curve(proba: np.ndarray, codes: np.ndarray, judged: list[int]) -> pd.DataFrame:
    """Mean probability said and share that came true, in bins that expect equally many rows.

    ``proba`` (repeats, n, k) are pooled over the classes ``judged``. Intervals are Wilson's (1927),
    of 95 %, and count a row once however often it was left out.
    """
    said = np.concatenate([proba[..., c].ravel() for c in judged])
    true = np.concatenate([np.tile(codes == c, len(proba)) for c in judged])
    order = np.argsort(said, kind="stable")
    said, true = said[order], true[order]
    expected = np.cumsum(said) / max(said.sum(), np.finfo(float).tiny)
    place = np.minimum((expected * _BINS).astype(int), _BINS - 1)
    lines = []
    for b in np.unique(place):
        rows = place == b
        n = rows.sum() / len(proba)
        lines.append((said[rows].mean(), true[rows].mean(), *wilson(true[rows].mean(), n), n))
    return pd.DataFrame(lines, columns=["said", "true", "low", "high", "rows"])


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share of n rows."""
    z = stats.norm.ppf(_SURE)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
