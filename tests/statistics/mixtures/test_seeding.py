import numpy as np
import torch

from drawlike.layout import Image, Layout
from drawlike.statistics.columns import Columns
from drawlike.statistics.mixtures.outline import outline
from drawlike.statistics.mixtures.seeding import Ground, Space, k_means, spread_out

from ..problems import real_and_codes, reals, rows_of, three_clusters, whole


def look(rows, layout):
    return outline(Columns.of(layout), whole(rows), rows.cond.shape[1])


def points_of(rows, layout):
    return Space.of(look(rows, layout)).points(rows)


def test_distances_count_observed_cells_in_units_of_their_column():
    x = np.array([[0.0, 0.0, 0.0], [4.0, 10.0, 1.0], [0.0, np.nan, 1.0], [4.0, 10.0, np.nan]])
    points = points_of(rows_of(x), real_and_codes(2, 3))
    got = Ground.of(points).squared_distances(points.take(torch.tensor([0])))[:, 0]
    deviation = np.array([2.0, np.std([0, 10, 10])])
    whole_way = ((np.array([4, 10]) / deviation) ** 2).sum()
    np.testing.assert_allclose(got, [0, whole_way + 1, 1, whole_way], atol=1e-12)


def test_pixels_of_an_image_share_one_unit(rng):
    x = rng.random((50, 4)) * (1.0, 0.1, 0.1, 0.1)
    first = look(rows_of(x), Layout((Image("i", 1, 2, 2, None),)))
    assert first.unit.unique().numel() == 1


def test_k_means_reaches_the_inertia_of_scikit_learn(rng):
    from sklearn.cluster import KMeans

    rows = rows_of(three_clusters(rng, n=600, d=4))
    points = points_of(rows, reals(4))
    centers = k_means(points, 3, rng)
    inertia = float(Ground.of(points).squared_distances(centers).amin(1).sum())
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
    assert float(Ground.of(points).squared_distances(centers).amin(1).max()) < 0.1
