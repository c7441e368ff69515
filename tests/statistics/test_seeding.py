import numpy as np
import pytest
import torch

from drawlike.layout import Image, Layout
from drawlike.statistics.columns import Columns
from drawlike.statistics.outline import outline
from drawlike.statistics.seeding import (
    STARTS,
    Space,
    k_means,
    nearest,
    spread_out,
    squared_distances,
    start_at,
)

from .problems import real_and_codes, reals, rows_of, three_clusters, whole


def look(rows, layout):
    return outline(Columns.of(layout), whole(rows), rows.cond.shape[1])


def points_of(rows, layout):
    return Space.of(look(rows, layout)).points(rows)


def test_distances_count_observed_cells_in_units_of_their_column():
    x = np.array([[0.0, 0.0, 0.0], [4.0, 10.0, 1.0], [0.0, np.nan, 1.0], [4.0, 10.0, np.nan]])
    points = points_of(rows_of(x), real_and_codes(2, 3))
    got = squared_distances(points, points.take(torch.tensor([0])))[:, 0]
    deviation = np.array([2.0, np.std([0, 10, 10])])
    whole_way = ((np.array([4, 10]) / deviation) ** 2).sum()
    np.testing.assert_allclose(got, [0, whole_way + 1, 1, whole_way], atol=1e-12)


def test_pixels_of_an_image_share_one_unit(rng):
    x = rng.random((50, 4)) * (1.0, 0.1, 0.1, 0.1)
    first = look(rows_of(x), Layout((Image("i", 1, 2, 2, None),)))
    assert first.unit.unique().numel() == 1


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random_from_data"])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_seeds_do_not_depend_on_order_or_on_how_weight_is_written(init, missing, rng):
    x = three_clusters(rng, n=80, missing=missing)
    weight = rng.integers(1, 4, len(x))
    shuffled = rng.permutation(np.repeat(x, weight, 0))
    means = []
    for rows in (rows_of(x, weight=weight), rows_of(shuffled)):
        start = STARTS[init](rows, look(rows, reals(3)), 4, np.random.default_rng(3))
        means.append(start.means)
    torch.testing.assert_close(*means)


def test_k_means_reaches_the_inertia_of_scikit_learn(rng):
    from sklearn.cluster import KMeans

    rows = rows_of(three_clusters(rng, n=600, d=4))
    points = points_of(rows, reals(4))
    centers = k_means(points, 3, rng)
    inertia = float(squared_distances(points, centers).amin(1).sum())
    theirs = KMeans(3, n_init=5, random_state=0).fit(points.z.numpy()).inertia_
    assert inertia <= theirs * 1.001


def test_k_means_moves_codes_to_their_mode():
    codes = np.repeat([0.0, 3.0], 50)
    codes[:10], codes[50:60] = 1.0, 2.0
    x = np.c_[np.repeat([-5.0, 5.0], 50), codes]
    points = points_of(rows_of(x), real_and_codes(1, 4))
    centers = k_means(points, 2, np.random.default_rng(0))
    assert sorted(centers.codes[:, 0].tolist()) == [0, 3]


def test_spread_out_finds_every_far_cluster(rng):
    x = np.concatenate([rng.normal(10 * c, 0.1, (50, 2)) for c in range(8)])
    points = points_of(rows_of(x), reals(2))
    centers = spread_out(points, 8, rng)
    assert len(set((centers.z[:, 0].argsort().argsort()).tolist())) == 8
    assert float(squared_distances(points, centers).amin(1).max()) < 0.1


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random_from_data"])
def test_fewer_distinct_rows_than_components_is_no_error(init):
    rows = rows_of(np.repeat([[0.0], [1.0]], 5, 0))
    start = STARTS[init](rows, look(rows, reals(1)), 4, np.random.default_rng(0))
    assert set(start.means[:, 0].tolist()) == {0.0, 1.0}


def test_rows_go_to_the_nearest_center_of_their_class(rng):
    x = three_clusters(rng)
    labels = rng.integers(0, 2, len(x))
    rows = rows_of(x, labels=labels)
    first = look(rows, reals(3))
    start = STARTS["kmeans"](rows, first, 3, rng)
    shares = start.shares()(next(iter(whole(rows)())))
    assert (shares.sum(0) == 1).all()
    points = Space.of(first).points(rows)
    for c in range(2):
        mine = torch.from_numpy(np.flatnonzero(labels == c))
        want = nearest(points.take(mine), start.centers[c])
        assert torch.equal(shares[:, mine].argmax(0), want)


def test_random_responsibilities_sum_to_one(rng):
    rows = rows_of(three_clusters(rng))
    start = STARTS["random"](rows, look(rows, reals(3)), 4, rng)
    shares = start.shares()(next(iter(whole(rows)())))
    np.testing.assert_allclose(shares.sum(0), 1)
    assert torch.equal(shares, start.shares()(next(iter(whole(rows)()))))


def test_given_means_are_in_the_units_of_the_data(rng):
    rows = rows_of(three_clusters(rng) * 100 + 7)
    means = torch.tensor([[-400.0] * 3, [400.0] * 3], dtype=torch.float64)
    torch.testing.assert_close(start_at(means, look(rows, reals(3))).means, means)


def test_of_very_many_rows_enough_are_drawn_by_weight(rng):
    x = np.concatenate([np.zeros((60_000, 1)), np.ones((60_000, 1))])
    weight = np.repeat([1.0, 9.0], 60_000)
    rows = rows_of(x, weight=weight)
    start = STARTS["random_from_data"](rows, look(rows, reals(1)), 2, rng)
    assert sorted(start.means[:, 0].tolist()) == [0.0, 1.0]
