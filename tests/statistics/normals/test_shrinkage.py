"""Ledoit and Wolf's intensity from sums that add up, against scikit-learn's from rows."""

import numpy as np
import pytest
import torch
from sklearn.covariance import ledoit_wolf as theirs

from drawlike.models import Gaussian
from drawlike.statistics.loop import add
from drawlike.statistics.normals.shrinkage import Quartics, ledoit_wolf


def sums_of(x, center, weight=None, labels=None, k=1):
    x = torch.from_numpy(x)
    cond = torch.zeros(len(x), 0)
    if labels is not None:
        cond = torch.nn.functional.one_hot(torch.from_numpy(labels), k).double()
    w = torch.ones(len(x)) if weight is None else torch.from_numpy(weight)
    return Quartics.of(x, cond, w.double(), torch.as_tensor(center).double().expand(k, -1))


@pytest.mark.parametrize(("n", "d"), [(20, 30), (100, 10), (2000, 5)])
def test_parts_about_any_point_give_the_intensity_of_the_whole(n, d, rng):
    x = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d) * 3
    covariance, intensity = theirs(x)
    center = np.full(d, 2.0)
    total = sums_of(x[: n // 3], center)
    add(total, sums_of(x[n // 3 :], center))
    assert float(ledoit_wolf(total, 1)[0]) == pytest.approx(intensity, rel=1e-9)
    model = Gaussian(shrinkage="ledoit-wolf", reg_covar=0.0).fit(x, listener=None)
    np.testing.assert_allclose(model.covariance_, covariance, rtol=1e-8, atol=1e-10)


def test_weights_count_as_repeated_rows_and_gaps_not_at_all(rng):
    x, weight = rng.normal(size=(60, 4)) * [1, 2, 3, 4], rng.integers(0, 4, 60)
    repeated = ledoit_wolf(sums_of(np.repeat(x, weight, 0), np.zeros(4)), 1)
    gaps = np.where(rng.random((10, 4)) < 0.5, np.nan, 1e3)
    gaps[:, 0] = np.nan
    with_gaps = np.concatenate([x, gaps])
    weighted = ledoit_wolf(sums_of(with_gaps, np.zeros(4), np.r_[weight, np.ones(10)]), 1)
    torch.testing.assert_close(weighted, repeated)


def test_classes_have_their_own_intensity_or_share_one(rng):
    labels = np.repeat([0, 1], 50)
    x = rng.normal(size=(100, 6)) * np.where(labels == 1, 5, 1)[:, None] + 10 * labels[:, None]
    sums = sums_of(x, np.zeros(6), labels=labels, k=2)
    own = ledoit_wolf(sums, 2)
    for c in (0, 1):
        assert float(own[c]) == pytest.approx(theirs(x[labels == c])[1], rel=1e-9)
    centred = np.concatenate([x[labels == c] - x[labels == c].mean(0) for c in (0, 1)])
    assert float(ledoit_wolf(sums, 1)[0]) == pytest.approx(theirs(centred)[1], rel=1e-9)
