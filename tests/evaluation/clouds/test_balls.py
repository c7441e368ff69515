import numpy as np
import pytest
from scipy.spatial.distance import cdist

from drawlike.evaluation.clouds import balls, pairs
from drawlike.evaluation.clouds.balls import Balls, held, held_of, squared_radii
from drawlike.evaluation.clouds.pairs import Cloud, products, squared_apart


def features(rng, n, shift=0.0):
    """Rows as networks give them: many columns, none negative, few directions."""
    factors = rng.normal(size=(n, 8)) @ np.random.default_rng(1).normal(size=(8, 300))
    return np.maximum(factors + shift + rng.normal(size=(n, 300)), 0).astype(np.float32)


def clusters(rng, n, shift=0.0):
    """Clusters so tight and so far apart that float32 products cannot tell rows in one."""
    return 1e3 * rng.integers(4, size=(n, 1)) + 1e-2 * rng.normal(size=(n, 5)) + 1e-3 * shift


def categories(rng, n, shift=0.0):
    """Unit vectors side by side: nearly all distances are equal to others."""
    return np.concatenate([np.eye(3)[rng.integers(3, size=n)] for _ in range(6)], axis=1)


KINDS = [features, clusters, categories]


def by_differences(real, fake, k):
    """Counts from all distances in float64, none of them by products."""
    apart = [
        cdist(a.astype(float), b.astype(float), "sqeuclidean")
        for a, b in [(real, fake), (real, real), (fake, fake)]
    ]
    radii = [np.sort(own, 1)[:, min(k, len(own) - 1)] for own in apart[1:]]
    in_real, in_fake = apart[0] <= radii[0][:, None], apart[0] <= radii[1]
    return radii, in_real.sum(0), in_real.any(1), in_fake.any(1)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("sizes", [(400, 250), (30, 7), (3, 400)])
def test_counts_are_those_of_float64(rng, make, sizes, monkeypatch):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 100)
    real, fake = make(rng, sizes[0]), make(rng, sizes[1], shift=0.2)
    a = Balls.of(real, 5)
    b = Balls.of(fake, 5, a.centre)
    found = held(a, b)
    radii, around, holds, within = by_differences(real, fake, 5)
    np.testing.assert_allclose(a.radii, radii[0], rtol=1e-9)
    np.testing.assert_allclose(b.radii, radii[1], rtol=1e-9)
    np.testing.assert_array_equal(found.around, around)
    np.testing.assert_array_equal(found.holds, holds)
    np.testing.assert_array_equal(found.within, within)


def test_float32_alone_would_decide_wrongly(rng):
    """The clusters are a trap: without a second look their radii are noise."""
    points = clusters(rng, 400)
    cloud = Cloud.around(points, points.mean(0))
    product = next(iter(products(cloud, cloud)))[2]
    squared = cloud.squares[:, None] + cloud.squares - 2 * product
    radii = np.sort(squared, 1)[:, 5]
    assert np.abs(radii / squared_radii(cloud, 5) - 1).max() > 1


def test_radii_of_many_equal_rows_are_zero(rng):
    points = np.repeat(rng.normal(size=(20, 4)), 40, axis=0)
    assert (squared_radii(Cloud.around(points, 0.0), balls.SPARE) == 0).all()


def test_a_row_alone_has_radius_0():
    assert Balls.of(np.ones((1, 3)), 5).radii.tolist() == [0.0]


def test_distances_err_by_no_more_than_their_bound(rng):
    for make in KINDS:
        cloud = Cloud.around(make(rng, 200), 1.0)
        (_, _, product), *_ = products(cloud, cloud)
        both = cloud.squares[:, None] + cloud.squares
        exact = cdist(*[cloud.points.astype(float)] * 2, "sqeuclidean")
        assert (np.abs(both - 2 * product - exact) <= cloud.slack * both).all()


def test_blocks_cover_each_pair_once(rng, monkeypatch):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 30)
    a, b = (Cloud.around(rng.normal(size=(n, 4)), 0.0) for n in (100, 70))
    between = np.zeros((100, 70))
    for left, right, block in products(a, b):
        between[left, right] += block
    np.testing.assert_allclose(between, a.points @ b.points.T, atol=1e-5)
    within = np.zeros((100, 100))
    for left, right, block in products(a, a):
        within[left, right] += block
        assert right.start >= left.start
    np.testing.assert_allclose(np.triu(within), np.triu(a.points @ a.points.T), atol=1e-5)


def test_equal_differences_give_equal_distances(rng):
    """Ties stay ties, wherever the rows lie."""
    step = rng.integers(0, 8, 50) / 8
    rows = rng.integers(0, 100, (40, 50)).astype(float)
    squared = squared_apart(rows, rows + step, np.arange(40), np.arange(40))
    assert len(np.unique(squared)) == 1


@pytest.mark.parametrize("make", [features, categories])
@pytest.mark.parametrize("listed", [3, 80])
def test_sets_of_rows_meet_as_clouds_do(rng, make, listed):
    """Whether their balls reach beyond the lists or not."""
    points = make(rng, 200).astype(float)
    a, b = np.split(rng.permutation(200)[:150], [90])
    left = Balls.of(points[a], 5)
    right = Balls.of(points[b], 5, left.centre)
    squared = cdist(points, points, "sqeuclidean")
    near = squared.argsort(1)[:, :listed]
    found = held_of(squared, near, (a, b), (left.radii + 1e-9, right.radii + 1e-9))
    for name, values in vars(held(left, right)).items():
        np.testing.assert_array_equal(getattr(found, name), values)
