"""Which training rows a synthetic row resembles."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...errors import DataError, SettingError
from ..case import Case, Reality
from ..clouds.neighbours import nearest, nearest_first
from ..inputs.samples import Sample

ROWS_AT_ONCE = 20_000


def resembling(case: Case, rows: int | Sequence[int] | np.ndarray, k: int = 5) -> pd.DataFrame:
    """Training rows nearest to the given synthetic rows; see :meth:`Evaluation.resembling`."""
    chosen = _checked(rows, len(case.synthetic))
    if k < 1:
        raise SettingError(f"k={k} asks for no rows; give 1 or more.")
    distance, index = _nearest_of_all(case.reality, case.synthetic.take(chosen), k)
    n, k = distance.shape
    return pd.DataFrame(
        {
            "synthetic": chosen.repeat(k),
            "rank": np.tile(np.arange(1, k + 1), n),
            "training": index.ravel(),
            "distance": distance.ravel(),
            "percentile": _percentiles(case.reality, distance.ravel()),
        }
    )


def _checked(rows: int | Sequence[int] | np.ndarray, n: int) -> np.ndarray:
    chosen = np.atleast_1d(np.asarray(rows))
    if chosen.dtype.kind not in "iu" or chosen.ndim != 1:
        raise DataError(
            f"Rows are chosen by whole numbers, got {chosen.dtype} in shape {chosen.shape}; give "
            f"positions from 0 to {n - 1}."
        )
    odd = chosen[(chosen < 0) | (chosen >= n)]
    if len(odd):
        raise DataError(f"There is no synthetic row {odd[0]}; give positions from 0 to {n - 1}.")
    return chosen


def _nearest_of_all(reality: Reality, sample: Sample, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Look through all training rows, part by part, (n, k) each."""
    probes, found = sample.traces(), []
    for start in range(0, len(reality.train), ROWS_AT_ONCE):
        part = np.arange(start, min(start + ROWS_AT_ONCE, len(reality.train)))
        distance, index = nearest(probes, reality.train.take(part).traces(), k)
        found.append((distance, part[index]))
    distances, indices = (np.concatenate(side, axis=1) for side in zip(*found, strict=True))
    return nearest_first(distances, indices, k)


def _percentiles(reality: Reality, distance: np.ndarray) -> np.ndarray:
    """Percent of the hold-out rows that lie nearer to a training row; NaN without a hold-out."""
    if reality.held_out is None:
        return np.full(len(distance), np.nan)
    control = reality.once("resemblance", lambda: _control(reality))
    return 100 * np.searchsorted(control, distance, side="left") / len(control)


def _control(reality: Reality) -> np.ndarray:
    some = reality.some(reality.holdout, reality.limits.fresh, "resemblance")
    return np.sort(_nearest_of_all(reality, some, 1)[0][:, 0])
