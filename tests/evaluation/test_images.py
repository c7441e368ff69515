import numpy as np
import pytest

from drawlike.evaluation.images import frechet_distance


def test_frechet_distance_of_shifted_points_is_the_shift(rng):
    points = rng.normal(size=(500, 6))
    shift = rng.normal(size=6)
    assert frechet_distance(points, points + shift) == pytest.approx((shift**2).sum())


def test_frechet_distance_of_scaled_points(rng):
    """tr(C) (1 - s)^2 when one covariance is s^2 times the other."""
    points = rng.normal(size=(500, 3)) * [1.0, 2.0, 3.0]
    centred = points - points.mean(0)
    expected = np.cov(points.T).trace() * 0.25
    assert frechet_distance(centred, 0.5 * centred) == pytest.approx(expected)


def test_frechet_distance_of_flat_clouds(rng):
    points = np.c_[rng.normal(size=50), np.zeros(50)]
    assert frechet_distance(points, points) == pytest.approx(0, abs=1e-5)
    assert frechet_distance(np.zeros((50, 2)), np.ones((50, 2))) == pytest.approx(2, abs=1e-5)
