import numpy as np
import pytest

from drawlike.evaluation.clouds.directions import N_DIRECTIONS, projected, unit_directions


def test_directions_are_fixed_unit_vectors():
    along = unit_directions(5, 7)
    np.testing.assert_allclose((along**2).sum(0), 1)
    np.testing.assert_array_equal(along, unit_directions(5, 7))


def test_few_dimensions_are_kept_as_they_are(rng):
    points = rng.normal(size=(10, N_DIRECTIONS))
    np.testing.assert_array_equal(projected(points), points)


def test_many_dimensions_become_few_and_keep_their_variance(rng):
    points = rng.normal(size=(400, 600)) * rng.uniform(0.5, 2, 600)
    few = projected(points)
    assert few.shape == (400, N_DIRECTIONS)
    assert few.var(0).sum() == pytest.approx(points.var(0).sum(), rel=0.1)
