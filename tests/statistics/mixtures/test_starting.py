import numpy as np
import pytest
import torch

from drawlike.statistics.columns import Columns
from drawlike.statistics.mixtures.outline import outline
from drawlike.statistics.mixtures.seeding import Space, nearest
from drawlike.statistics.mixtures.starting import STARTS, start_at

from ..problems import reals, rows_of, three_clusters, whole


def look(rows, layout):
    return outline(Columns.of(layout), whole(rows), rows.cond.shape[1])


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
    assert sorted(start.means[:, 0].tolist()) == pytest.approx([0.0, 1.0], abs=1e-12)
