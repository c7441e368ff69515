"""Whatever the rows, no step lowers the objective that does not say so."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drawlike.models import GaussianMixture
from drawlike.statistics.loop import accumulate

from ..problems import TYPES, reals, rows_of, started, whole


def census(rng, n=3000):
    """Whole numbers, atoms, a column that others determine, rows that repeat."""
    age, hours = rng.integers(17, 90, n), np.where(rng.random(n) < 0.5, 40, rng.integers(1, 99, n))
    gain = np.where(rng.random(n) < 0.92, 0, rng.choice([2174, 7688, 99999], n))
    weight = rng.lognormal(12, 0.5, n).round()
    x = np.stack([age, weight, gain, hours, 2 * age + hours], 1).astype(float)
    x[n // 2 :] = x[rng.integers(0, 60, n - n // 2)]
    return x


def adult():
    path = Path(os.environ.get("DRAWLIKE_DATA", "../shared/data")) / "adult" / "adult.data.gz"
    if not path.exists():
        pytest.skip("needs Adult's data, in DRAWLIKE_DATA")
    return pd.read_csv(path, header=None, nrows=5000).select_dtypes("number").to_numpy(float)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("added", [0.0, 1e-6, 1e-2])
@pytest.mark.parametrize("which", ["census", "census with gaps", "adult"])
def test_only_steps_that_say_so_lower_the_objective(which, added, covariance, rng):
    x, k = adult() if which == "adult" else census(rng), 30
    if which == "census with gaps":
        # what a column that others determine may be where cells are hidden is rounding
        x, k = x[::10, :4], 3
        x[rng.random(x.shape) < 0.1] = np.nan
    rows = rows_of(x)
    mixture = started(rows, reals(x.shape[1]), covariance, k=k, added=added)
    objectives, steps = [], 0
    for _ in range(30):
        sums = accumulate(mixture.statistics, whole(rows))
        objectives.append(mixture.objective(sums))
        if objectives[1:] and not mixture.notes:
            steps += 1
            assert objectives[-1] - objectives[-2] > -1e-9 * abs(objectives[-1])
        mixture = mixture.update(sums)
    assert steps > 15
    assert objectives[-1] > objectives[0]


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_hidden_cells_of_columns_that_others_determine_lower_nothing(covariance):
    rng = np.random.default_rng(5)
    x = np.r_[rng.normal(0, 1, (60, 3)), rng.normal(3, 1, (60, 3))]
    x = np.c_[x, 2 * x[:, 0] + 1, x[:, 1] - x[:, 2]]
    x[rng.random(x.shape) < 0.25] = np.nan
    fit = GaussianMixture(5, covariance_type=covariance, reg_covar=0, tol=0, max_iter=60)
    objectives = np.array(fit.set_params(random_state=0).fit(x, listener=None).lower_bounds_)
    assert len(objectives) == 60
    assert (np.diff(objectives) > -1e-8 * abs(objectives[1:])).all()
