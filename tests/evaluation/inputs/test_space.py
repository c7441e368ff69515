import numpy as np

from drawlike.evaluation.clouds.neighbours import row_distances
from drawlike.evaluation.inputs.columns import MISSING, Columns
from drawlike.evaluation.inputs.space import MOST_BUCKETS, Space


def table(numbers, codes):
    numbers, codes = np.asarray(numbers, float), np.asarray(codes, np.int32)
    return Columns(tuple("abc"[: numbers.shape[1]]), numbers, tuple("xyz"[: codes.shape[1]]), codes)


def test_units_and_places_of_numbers_do_not_matter(rng):
    numbers, codes = rng.normal(size=(50, 2)), np.empty((50, 0))
    plain, scaled = table(numbers, codes), table(1e3 * numbers + [7, -9e4], codes)
    np.testing.assert_allclose(Space.fit(plain).encode(plain), Space.fit(scaled).encode(scaled))


def test_categories_lie_equally_far_apart():
    columns = table(np.empty((4, 0)), [[0], [1], [2], [MISSING]])
    points = Space.fit(columns).encode(columns)
    apart = [row_distances(points[[i]], points[[j]])[0] for i in range(4) for j in range(i)]
    np.testing.assert_allclose(apart, np.sqrt(2))


def test_a_million_categories_share_a_few_directions(rng):
    columns = table(np.empty((500, 0)), rng.integers(0, 10**6, (500, 1)))
    assert Space.fit(columns).encode(columns).shape == (500, MOST_BUCKETS)


def test_categories_never_seen_in_training_have_a_place():
    space = Space.fit(table(np.empty((3, 0)), [[0], [1], [1]]))
    seen, unseen = space.encode(table(np.empty((2, 0)), [[1], [7]]))
    assert (seen != unseen).any()


def test_a_missing_number_is_not_the_median():
    columns = table([[0.0], [1.0], [2.0], [np.nan]], np.empty((4, 0)))
    points = Space.fit(columns).encode(columns)
    assert row_distances(points[[1]], points[[3]]) == 1


def test_columns_that_are_mostly_or_always_equal_stay_finite():
    columns = table(np.c_[np.r_[np.zeros(99), 5.0], np.ones(100)], np.empty((100, 0)))
    points = Space.fit(columns).encode(columns)
    assert np.isfinite(points).all()
    assert points[99, 0] > 2
