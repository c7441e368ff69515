import json

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from drawlike.evaluation.clouds.directions import unit_directions
from drawlike.evaluation.clouds.transport import (
    sinkhorn_divergence,
    sliced_wasserstein,
)
from tests.fixtures.transport import EPSILON, FROZEN, SIZES, clouds, unit_vectors


def our_divergence(a, b, **settings):
    pool = np.concatenate([a, b])
    cost = ((pool[:, None] - pool) ** 2).sum(-1)
    left = np.repeat([1 / len(a), 0], [len(a), len(b)])[:, None]
    right = np.repeat([0, 1 / len(b)], [len(a), len(b)])[:, None]
    return float(sinkhorn_divergence(cost, left, right, EPSILON, **settings)[0])


@pytest.mark.parametrize("case", SIZES)
def test_distances_agree_with_pot(case):
    oracle, (a, b) = json.loads(FROZEN.read_text(encoding="utf-8"))[case], clouds(case)
    along = unit_vectors(a.shape[1])
    assert sliced_wasserstein(a, b, along) == pytest.approx(oracle["sliced"], rel=1e-6)
    exact = our_divergence(a, b, tol=1e-9)
    assert exact == pytest.approx(oracle["entropic"], rel=1e-6)
    assert our_divergence(a, b) == pytest.approx(exact, rel=1e-3)


def test_a_shift_is_its_length_along_the_direction(rng):
    points, along = rng.normal(size=(60, 2)), np.eye(2)[:, :1]
    assert sliced_wasserstein(points, points + [3.0, 9.0], along) == pytest.approx(3)


def test_repeated_rows_weigh_as_often_as_they_occur(rng):
    a, b, along = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)), unit_directions(3)
    expected = sliced_wasserstein(a, b, along)
    assert sliced_wasserstein(np.tile(a, (2, 1)), b, along) == pytest.approx(expected)
    assert sliced_wasserstein(a, np.tile(b, (3, 1)), along) == pytest.approx(expected)


def test_sizes_without_a_common_divisor(rng):
    """Of points on {0, 1} squared and plain distances are equal."""
    a, b = (rng.integers(2, size=(n, 1)).astype(float) for n in (37, 23))
    expected = wasserstein_distance(a[:, 0], b[:, 0]) ** 0.5
    assert sliced_wasserstein(a, b, np.ones((1, 1))) == pytest.approx(expected)


def test_equal_clouds_are_carried_for_nothing(rng):
    points = rng.normal(size=(50, 3))
    assert our_divergence(points, points, tol=1e-9) == pytest.approx(0, abs=1e-8)
    assert our_divergence(points, points[:20]) > 0.05


def test_a_shift_is_carried_for_its_square(rng):
    points, shift = rng.normal(size=(50, 3)), np.array([1.0, -0.5, 2.0])
    carried = our_divergence(points, points + shift, tol=1e-9)
    assert carried == pytest.approx((shift**2).sum(), rel=1e-6)


def test_a_kernel_that_would_vanish_is_refused():
    cost, weights = np.array([[0.0, 700.0], [700.0, 0.0]]), np.eye(2)[:, :1]
    with pytest.raises(ValueError, match=r"epsilon=1 is too sharp .* give at least 1\.16667"):
        sinkhorn_divergence(cost, weights, weights, 1.0)
