"""Choosing rows in proportion."""

import numpy as np
import pytest

from drawlike.models import TopK
from drawlike.statistics.subsets import quotas


def test_k_is_kept_when_one_class_has_nearly_all_the_mass():
    mass, sizes = np.r_[np.full(99, 0.01), 1000.0], np.r_[np.ones(99, int), 1000]
    shares = quotas(mass, sizes, 105)
    assert shares.sum() == 105
    np.testing.assert_array_equal(shares, np.r_[np.ones(99), 6])


@pytest.mark.parametrize("seed", range(20))
def test_shares_are_between_one_and_all_and_sum_to_k(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 50, 12)
    mass = sizes * rng.lognormal(0, 2, 12)
    k = int(rng.integers(12, sizes.sum()))
    shares = quotas(mass, sizes, k)
    assert shares.sum() == k
    assert (shares >= 1).all()
    assert (shares <= sizes).all()


def test_no_more_than_k_rows_are_kept():
    X, y = np.arange(1099.0)[:, None], np.r_[np.arange(99), np.full(1000, 99)]
    assert len(TopK(k=105, random_state=0).fit(X, y).rows_) == 105


def test_all_rows_are_drawn_by_their_weights(rng):
    X = np.repeat([[0.0, 0.0], [1.0, 1.0]], 50, 0)
    weight = np.repeat([1.0, 9.0], 50)
    drawn = (
        TopK(random_state=0)
        .fit(X, sample_weight=weight, listener=None)
        .sample(4000, random_state=0)
    )
    assert drawn[:, 0].mean() == pytest.approx(0.9, abs=0.03)
