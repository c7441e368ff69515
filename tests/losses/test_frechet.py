import numpy as np
import pytest
from scipy import linalg

from drawlike.losses.frechet import frechet_distance


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


def by_roots(a, b):
    """The formula with the root of a matrix."""
    left, right = np.cov(a.T), np.cov(b.T)
    root = linalg.sqrtm(left)
    cross = linalg.sqrtm(root @ right @ root).real.trace()
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + left.trace() + right.trace() - 2 * cross


def test_frechet_distance_is_that_of_the_formula(rng):
    a, b = rng.normal(size=(200, 12)), 0.2 + rng.normal(size=(90, 12)) @ rng.normal(size=(12, 12))
    assert frechet_distance(a, b) == pytest.approx(by_roots(a, b), rel=1e-9)
    assert frechet_distance(b, a) == pytest.approx(frechet_distance(a, b), rel=1e-9)


def test_frechet_distance_of_fewer_rows_than_columns(rng):
    """Columns of zeros and turns change nothing, so 20 rows of 300 columns can be checked in 10."""
    a, b = rng.normal(size=(20, 10)), 0.5 + rng.normal(size=(25, 10))
    turn = np.linalg.qr(rng.normal(size=(300, 300)))[0][:10]
    assert frechet_distance(a @ turn, b @ turn) == pytest.approx(by_roots(a, b), rel=1e-9)
    assert frechet_distance(a @ turn, a @ turn) == pytest.approx(0, abs=1e-9)


def test_frechet_distance_of_float32_is_that_of_float64(rng):
    a, b = (1e3 + rng.normal(size=(100, 4)).astype(np.float32) for _ in range(2))
    assert frechet_distance(a, b) == pytest.approx(by_roots(a.astype(float), b.astype(float)))
