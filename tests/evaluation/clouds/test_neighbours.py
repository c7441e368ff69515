import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from drawlike.evaluation.clouds.neighbours import (
    PROBES_AT_ONCE,
    SCREENED,
    Centred,
    Radii,
    least,
    nearest,
    nearest_first,
    squared_distances,
)


def test_distances_of_equal_rows_are_zero_far_from_the_origin(rng):
    points = 1e6 + rng.normal(size=(50, 3))
    squared = squared_distances(points, points)
    assert (np.diag(squared) == 0).all()
    np.testing.assert_allclose(squared, cdist(points, points) ** 2, atol=1e-8)


@pytest.mark.parametrize("k", [1, 2, 7])
def test_nearest_agrees_with_all_pairs(rng, k):
    probes, points = rng.normal(size=(40, 5)), rng.normal(size=(60, 5))
    distance, index = nearest(probes, points, k)
    everything = cdist(probes, points)
    np.testing.assert_allclose(distance, np.sort(everything, 1)[:, :k])
    np.testing.assert_allclose(np.take_along_axis(everything, index, 1), distance)


@pytest.mark.parametrize("scale", [1.0, 1e-6], ids=["apart", "within rounding"])
def test_many_points_are_searched_as_exactly_as_few(rng, scale):
    """Points nearer to each other than float32 can tell, and points that are equal."""
    points = np.repeat(1 + scale * rng.normal(size=(SCREENED // 2, 4)), 2, axis=0)
    probes = points[:60] + scale * rng.normal(size=(60, 4))
    distance, index = nearest(probes, points, 3)
    everything = cdist(probes, points)
    np.testing.assert_allclose(distance, np.sort(everything, 1)[:, :3], rtol=1e-9)
    np.testing.assert_allclose(np.take_along_axis(everything, index, 1), distance, rtol=1e-9)
    assert (np.sort(index)[:, 1:] > np.sort(index)[:, :-1]).all()


def test_near_copies_keep_their_digits(rng):
    points = 1e4 + rng.normal(size=(30, 4))
    distance, index = nearest(points + 1e-7, points)
    np.testing.assert_allclose(distance[:, 0], 2e-7, rtol=1e-3)
    assert (index[:, 0] == np.arange(30)).all()


def test_asking_for_more_neighbours_than_points_gives_all(rng):
    distance, _ = nearest(rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), k=9)
    assert distance.shape == (3, 4)


@pytest.mark.parametrize("k", [1, 8, 40])
def test_the_least_of_each_row_come_in_order(rng, k):
    distances = rng.random((5, 30))
    found, index = least(distances, k)
    np.testing.assert_array_equal(found, np.sort(distances, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(distances, index, 1), found)


def test_of_equally_near_candidates_the_first_is_kept():
    distance, index = nearest_first(np.array([[2.0, 1.0, 1.0]]), np.array([[5, 9, 7]]), 2)
    np.testing.assert_array_equal(distance, [[1, 1]])
    np.testing.assert_array_equal(index, [[9, 7]])


def kth_smallest(squared, k):
    return np.sort(squared, axis=1)[:, min(k, len(squared) - 1)]


@pytest.mark.parametrize("size", [6, 30, 150])
def test_radii_of_a_subset_agree_with_sorting_it(rng, size):
    points = rng.normal(size=(200, 3))
    squared = squared_distances(points, points)
    rows = rng.permutation(200)[:size]
    expected = kth_smallest(squared[np.ix_(rows, rows)], 5)
    np.testing.assert_array_equal(Radii(squared).within(rows, 5), expected)


def test_radii_of_equal_rows(rng):
    points = np.repeat(rng.normal(size=(20, 2)), 10, axis=0)
    squared = squared_distances(points, points)
    rows = rng.permutation(200)[:100]
    expected = kth_smallest(squared[np.ix_(rows, rows)], 5)
    np.testing.assert_array_equal(Radii(squared).within(rows, 5), expected)


def test_nearest_of_a_subset_are_the_listed_ones_within_it(rng):
    points = rng.normal(size=(90, 3))
    squared = squared_distances(points, points)
    some, others = np.split(rng.permutation(90), [40])
    distance, index = Radii(squared).nearest(some, others, 2)
    np.testing.assert_array_equal(distance, np.sort(squared[np.ix_(some, others)], 1)[:, :2])
    np.testing.assert_array_equal(squared[some[:, None], index], distance)


def test_a_list_without_rows_of_the_subset_gives_an_infinite_distance():
    near, far = np.zeros((Radii.LISTED, 1)), np.ones((5, 1))
    points = np.concatenate([near, far])
    radii = Radii(squared_distances(points, points))
    distance, _ = radii.nearest(np.array([0]), Radii.LISTED + np.arange(5), 1)
    assert np.isinf(distance).all()


def test_distances_to_the_mean_of_some_rows(rng):
    rows, some = 1e3 + rng.normal(size=(60, 4)), rng.permutation(60)[:25]
    expected = cdist(rows, rows[some].mean(0, keepdims=True))[:, 0] ** 2
    np.testing.assert_allclose(Centred(rows).squared_from(some), expected, atol=1e-9)
    assert (Centred(np.full((7, 3), 0.1)).squared_from(np.arange(4)) == 0).all()


def test_threads_change_no_byte_of_what_is_nearest(rng):
    probes, points = rng.normal(size=(3 * PROBES_AT_ONCE, 3)), rng.normal(size=(200, 3))
    before, found, told = torch.get_num_threads(), [], []
    for n_threads in (1, 2):
        torch.set_num_threads(n_threads)
        found.append(nearest(probes, points, 2, lambda step, total: told.append((step, total))))
    assert told == 2 * [(PROBES_AT_ONCE * k, len(probes)) for k in (1, 2, 3)]
    torch.set_num_threads(before)
    np.testing.assert_array_equal(*found)
