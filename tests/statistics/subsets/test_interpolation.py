"""Varied rows: where they lie, what they keep."""

import numpy as np
import pytest
import torch
from scipy import stats

from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.statistics.subsets.interpolation import BANDWIDTHS, Interpolated, Smoothed
from drawlike.statistics.subsets.proximity import Proximity
from drawlike.statistics.subsets.realism import Realism
from drawlike.statistics.subsets.views import AsTheyAre

PLAIN = Layout((Real("x", 2),))
N = 20_000


def interpolated(x, layout, k, *, standard=False):
    points = Proximity.of(layout, x, standard=standard).points(x)
    return Interpolated(x, layout, points, n_neighbors=k)


def draws(maker, n_rows, n=N, seed=0):
    rng = np.random.default_rng(seed)
    return begun_from(maker, rng.integers(0, n_rows, n), rng)


def begun_from(maker, base, rng):
    drawn = np.empty((len(base), maker.x.shape[1]))
    maker.draw(base, rng, drawn)
    return base, drawn


def test_interpolated_rows_lie_evenly_between_a_row_and_a_neighbour(rng):
    x = torch.from_numpy(rng.normal(size=(40, 2)))
    made = interpolated(x, PLAIN, 3)
    base, drawn = draws(made, 40)
    own = x.numpy()[base]
    ends = x.numpy()[made.near.numpy()[base]]
    step, way = drawn - own, ends - own[:, None]
    share = (step[:, None] * way).sum(2) / (way**2).sum(2)
    off = np.linalg.norm(step[:, None] - share[..., None] * way, axis=2)
    which = off.argmin(1)
    assert off.min(1).max() < 1e-9
    assert stats.chisquare(np.bincount(which, minlength=3)).pvalue > 1e-3
    assert stats.kstest(share[np.arange(N), which], "uniform").pvalue > 1e-3


def test_neighbours_are_those_of_scikit_learn(rng):
    from sklearn.neighbors import NearestNeighbors

    x = rng.normal(size=(500, 20))
    found = NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x, return_distance=False)[:, 1:]
    layout = Layout((Real("x", 20),))
    made = interpolated(torch.from_numpy(x), layout, 5)
    made.find(np.arange(0, 500, 2))
    made.find(np.arange(500))
    np.testing.assert_array_equal(made.near, found)


def test_categories_are_those_of_most_neighbours():
    layout = Layout((Real("a", 1), Choice("b", 3)))
    x = torch.tensor([[0.0, 2.0], [0.1, 1.0], [0.2, 1.0], [0.3, 1.0], [9.0, 0.0]]).double()
    made = interpolated(x, layout, 3)
    base, drawn = draws(made, 5, 100)
    assert (drawn[base == 0, 1] == 1).all()
    assert set(drawn[:, 1]) <= {0.0, 1.0, 2.0}


def test_atoms_and_missing_cells_stay_whole():
    layout = Layout((Mixed("pay", 3), Real("b", 1)))
    rng = np.random.default_rng(0)
    code = rng.choice([0.0, 1.0, 2.0], 200, p=[0.6, 0.3, 0.1])
    value = np.where(code == 0, rng.normal(size=200), np.nan)
    other = np.where(rng.random(200) < 0.2, np.nan, rng.normal(size=200))
    x = torch.from_numpy(np.column_stack([code, value, other]))
    for made in (
        interpolated(x, layout, 5, standard=True),
        Smoothed(x, layout, bandwidth="scott", weight=np.ones(200)),
    ):
        base, drawn = draws(made, 200, 2000)
        np.testing.assert_array_equal(drawn[:, 0], code[base])
        np.testing.assert_array_equal(np.isnan(drawn[:, 1]), code[base] != 0)
        np.testing.assert_array_equal(np.isnan(drawn[:, 2]), np.isnan(other[base]))


@pytest.mark.parametrize("rule", BANDWIDTHS)
def test_a_kernel_keeps_mean_and_covariance(rule, rng):
    x = rng.normal(size=(300, 2)) @ [[2.0, 1.5], [0.0, 0.3]] + [100.0, -5.0]
    weight = rng.uniform(0.2, 2, 300)
    made = Smoothed(torch.from_numpy(x), PLAIN, bandwidth=rule, weight=weight)
    base = rng.choice(300, 200_000, p=weight / weight.sum())
    _, drawn = begun_from(made, base, rng)
    covariance = np.cov(x.T, aweights=weight, ddof=0)
    np.testing.assert_allclose(drawn.mean(0), np.average(x, axis=0, weights=weight), atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, rtol=0.02)


def test_one_row_becomes_a_normal_by_the_kernel_it_is_given():
    x = torch.tensor([[-1.0], [1.0]]).double()
    made = Smoothed(x, Layout((Real("x", 1),)), bandwidth=0.5, weight=np.ones(2))
    _, drawn = draws(made, 2)
    center, scale = 1 / np.sqrt(1.25), 0.5 / np.sqrt(1.25)
    cdf = lambda v: (stats.norm.cdf(v, -center, scale) + stats.norm.cdf(v, center, scale)) / 2
    assert stats.kstest(drawn[:, 0], cdf).pvalue > 1e-3


def test_a_kernel_draws_some_categories_anew():
    layout = Layout((Choice("a", 2),))
    x = torch.tensor([[0.0]] * 30 + [[1.0]] * 10).double()
    made = Smoothed(x, layout, bandwidth=1.0, weight=np.ones(40))
    base, drawn = draws(made, 40)
    changed = (drawn[:, 0] != x.numpy()[base, 0]).mean()
    assert changed == pytest.approx(0.5 * 2 * 0.75 * 0.25, abs=0.01)
    assert drawn.mean() == pytest.approx(0.25, abs=0.01)


def test_realism_is_above_0_in_a_ball_of_a_real_row(rng):
    real = torch.from_numpy(rng.normal(size=(200, 2)))
    probes = rng.normal(size=(300, 2)) * 2
    pairs = np.linalg.norm(real.numpy()[:, None] - real.numpy(), axis=2)
    radius = np.sort(pairs, 1)[:, 5]
    inside = (np.linalg.norm(probes[:, None] - real.numpy(), axis=2) <= radius).any(1)
    score = Realism(real, AsTheyAre(PLAIN, standard=False)).score(torch.from_numpy(probes)).numpy()
    np.testing.assert_array_equal(score >= 0, inside)
    assert 20 < inside.sum() < 280
