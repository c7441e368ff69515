"""Kernel density estimates against brute force, scipy, scikit-learn and quadrature."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import gaussian_kde, multivariate_normal
from sklearn.datasets import load_iris, load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from drawlike import KDE
from drawlike.errors import SettingError
from tests.scenarios import correlated, mixed_table, two_modes


def fitted(X, y=None, *, bandwidth="likelihood", sample_weight=None, **settings):
    model = KDE(bandwidth, random_state=0, **settings)
    return model.fit(X, y, sample_weight=sample_weight, listener=None)


def grid(low, high, points, columns):
    """Points of a grid, (points^columns, columns), and the volume of a cell."""
    line = np.linspace(low, high, points)
    rows = np.stack(np.meshgrid(*[line] * columns, indexing="ij"), -1).reshape(-1, columns)
    return rows, (line[1] - line[0]) ** columns


@pytest.mark.parametrize("rule", ["scott", "silverman"])
@pytest.mark.parametrize("d", [1, 3])
def test_the_rules_are_those_of_scipy(rule, d):
    X, new = correlated(300)[:, :d], correlated(50, seed=1)[:, :d]
    wanted = gaussian_kde(X.T, rule)
    model = fitted(X, bandwidth=rule)
    np.testing.assert_allclose(model.score_samples(new), wanted.logpdf(new.T), atol=1e-5)
    np.testing.assert_allclose(model.covariance_, wanted.covariance, rtol=1e-9)


def test_a_number_is_the_bandwidth_of_scikit_learn():
    X, new = correlated(300), correlated(50, seed=1)
    wanted = KernelDensity(bandwidth=0.4).fit(X).score_samples(new)
    np.testing.assert_allclose(fitted(X, bandwidth=0.4).score_samples(new), wanted, atol=1e-5)
    np.testing.assert_allclose(fitted(X, bandwidth=[0.4, 1, 2]).bandwidth_, [0.4, 1, 2])


def test_the_density_is_the_mean_of_normals():
    X, new = two_modes(80), two_modes(20, seed=1)
    weight = np.random.default_rng(0).uniform(0.5, 3, 80)
    model = fitted(X, sample_weight=weight)
    each = [multivariate_normal(row, model.covariance_).logpdf(new) for row in X]
    wanted = logsumexp(np.stack(each), axis=0, b=(weight / weight.sum())[:, None])
    np.testing.assert_allclose(model.score_samples(new), wanted, atol=1e-5)


@pytest.mark.parametrize("bandwidth", ["likelihood", "scott"])
def test_weights_count_repeated_rows(bandwidth):
    X = two_modes(150)
    weight = np.random.default_rng(0).integers(1, 4, 150)
    new = two_modes(40, seed=1)
    weighted = fitted(X, bandwidth=bandwidth, sample_weight=weight)
    repeated = fitted(np.repeat(X, weight, axis=0), bandwidth=bandwidth)
    np.testing.assert_allclose(weighted.bandwidth_, repeated.bandwidth_, rtol=1e-4)
    np.testing.assert_allclose(weighted.score_samples(new), repeated.score_samples(new), atol=1e-3)


def test_the_likelihood_sees_two_modes():
    X, new = two_modes(600), two_modes(2000, seed=1)
    scores = {rule: fitted(X, bandwidth=rule).score(new) for rule in ("likelihood", "scott")}
    assert scores["likelihood"] > scores["scott"] + 0.2
    # the entropy of the law itself is the best that can be
    truth = multivariate_normal((0, 0), 0.09 * np.eye(2))
    best = np.log(0.7 * truth.pdf(new - (-2, 0)) + 0.3 * truth.pdf(new - (2, 1))).mean()
    assert best - 0.1 < scores["likelihood"] < best


def test_the_likelihood_learns_the_shape_of_the_kernel():
    rng = np.random.default_rng(0)
    turns = np.repeat([-8.0, 0.0, 8.0], 200)[:, None]
    X = rng.normal(size=(600, 2)) * (3, 0.1) @ np.array([[0.6, 0.8], [-0.8, 0.6]]) + turns * (1, -1)
    covariance = fitted(X).covariance_
    long, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    assert long @ covariance @ long > 20 * across @ covariance @ across
    assert fitted(X).score(X[::2]) > fitted(X, covariance_type="diag").score(X[::2]) + 0.3


@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_unseen_rows_are_likelier_than_under_a_grid_search(load):
    X = load().data
    ours, theirs = [], []
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(X))
        train, held = np.split(X[order] / X.std(0), [int(0.7 * len(X))])
        search = GridSearchCV(KernelDensity(), {"bandwidth": np.logspace(-2, 0.3, 20)}, cv=3)
        theirs.append(search.fit(train).score(held) / len(held))
        ours.append(fitted(train).score(held))
    assert np.mean(ours) > np.mean(theirs)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize("bandwidth", ["likelihood", "scott", "silverman"])
def test_units_do_not_matter(scale, bandwidth):
    X, new = two_modes(200), two_modes(50, seed=1)
    plain = fitted(X, bandwidth=bandwidth).score_samples(new)
    scaled = fitted(X * scale, bandwidth=bandwidth).score_samples(new * scale)
    np.testing.assert_allclose(scaled + 2 * np.log(scale), plain, atol=2e-5)


def test_a_large_offset_costs_nothing():
    X, new = two_modes(200), two_modes(50, seed=1)
    moved = fitted(X + 1e8).score_samples(new + 1e8)
    np.testing.assert_allclose(moved, fitted(X).score_samples(new), atol=1e-4)


def test_clusters_much_narrower_than_their_distance():
    rng = np.random.default_rng(0)
    X = rng.normal(0, 1e-4, (400, 2)) + rng.choice([-1e3, 0, 1e3], 400)[:, None]
    model = fitted(X)
    assert (model.bandwidth_ < 1e-3).all()
    assert model.score(X + rng.normal(0, 1e-6, X.shape)) > 10


def test_copies_do_not_shrink_the_kernels():
    X = two_modes(200)
    alone, copied = fitted(X), fitted(np.tile(X, (5, 1)))
    np.testing.assert_allclose(copied.bandwidth_, alone.bandwidth_, rtol=0.05)
    few = fitted(np.repeat([[0.0, 1.0], [1.0, 0.0], [3.0, 2.0]], 40, axis=0))
    assert (few.bandwidth_ > 0.1).all()
    assert np.isfinite(fitted(np.ones((30, 2))).score_samples(np.ones((1, 2)))).all()


def test_a_copied_column_and_a_constant_one():
    X = correlated(300)
    singular = np.column_stack([X, X[:, 0], np.full(300, 7.0)])
    for bandwidth in ("likelihood", "scott"):
        model = fitted(singular, bandwidth=bandwidth)
        assert np.isfinite(model.score_samples(singular)).all()
        drawn = model.sample(200, random_state=0)
        assert np.abs(drawn[:, 0] - drawn[:, 3]).max() < 0.01
        np.testing.assert_allclose(drawn[:, 4], 7, atol=0.01)


def test_whole_numbers_are_masses_at_most():
    X = np.random.default_rng(0).poisson(6, (500, 1))
    model = fitted(X)
    assert model.density == "lower bound"
    everything = np.exp(model.score_samples(np.arange(-10, 60)[:, None])).sum()
    assert 0.9 < everything < 1.001


@pytest.mark.parametrize("shape", ["full", "diag"])
def test_it_integrates_to_one(shape):
    X = two_modes(60)
    rows, cell = grid(-6, 6, 241, 2)
    X[::4, 0] = np.nan
    for bandwidth in ("likelihood", "scott"):
        model = fitted(X, bandwidth=bandwidth, covariance_type=shape)
        assert np.exp(model.score_samples(rows)).sum() * cell == pytest.approx(1, abs=1e-4)


def test_a_table_sums_to_one():
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], 200, p=[0.7, 0.2, 0.1])
    height = np.where(rng.random(200) < 0.3, np.nan, rng.normal(size=200) + 2 * (colour == "red"))
    model = fitted(pd.DataFrame({"colour": colour, "height": height}))
    line = np.linspace(-10, 12, 4001)
    mass = 0.0
    for name in ("red", "green", "blue"):
        numbers = pd.DataFrame({"colour": name, "height": line})
        none = pd.DataFrame({"colour": [name], "height": [np.nan]})
        mass += np.exp(model.score_samples(numbers)).sum() * (line[1] - line[0])
        mass += np.exp(model.score_samples(none)).sum()
    assert mass == pytest.approx(1, abs=2e-3)


def test_a_table_by_brute_force():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.choice(list("xyz"), 90), "b": rng.choice(list("uv"), 90)})
    model = fitted(table)
    wanted = np.zeros(90)
    columns = zip(("a", "b"), model.redraw_, strict=True)
    kernels = np.ones((90, 90))
    for name, chance in columns:
        column = table[name].to_numpy()
        frequency = table[name].map(table[name].value_counts(normalize=True)).to_numpy()
        same = column[:, None] == column
        kernels *= (1 - chance) * same + chance * frequency[:, None]
    wanted = np.log(kernels.mean(1))
    np.testing.assert_allclose(model.score_samples(table), wanted, atol=1e-4)


def test_codes_keep_their_frequencies():
    table = mixed_table(400)
    drawn = fitted(table).sample(20_000, random_state=0)
    for name in ("group", "grade"):
        gap = drawn[name].value_counts(normalize=True) - table[name].value_counts(normalize=True)
        assert gap.abs().max() < 0.02


def test_codes_that_say_nothing_are_redrawn_and_those_that_do_are_kept():
    rng = np.random.default_rng(0)
    told = rng.integers(0, 4, 500)
    noise = rng.integers(0, 4, 500)
    table = pd.DataFrame({"told": told.astype(str), "noise": noise.astype(str)})
    table["height"] = 5.0 * told + rng.normal(size=500)
    kept, redrawn = fitted(table).redraw_
    assert kept < 0.1
    assert redrawn > 0.5


def test_samples_follow_the_density():
    X = correlated(400)
    drawn = fitted(X, bandwidth="scott").sample(40_000, random_state=0)
    kernel = fitted(X, bandwidth="scott").covariance_
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(X.T, bias=True) + kernel, atol=0.1)
    np.testing.assert_allclose(drawn.mean(0), X.mean(0), atol=0.05)


def test_an_unobserved_cell_is_marginalised():
    X, new = correlated(150), correlated(30, seed=1)
    model = fitted(X)
    new[::2, 1] = np.nan
    line, sliver = np.linspace(-12, 4, 1601), new.copy()
    for row in (0, 2, 4):
        sliver = np.repeat(new[row : row + 1], len(line), axis=0)
        sliver[:, 1] = line
        wanted = np.log(np.exp(model.score_samples(sliver)).sum() * (line[1] - line[0]))
        assert model.score_samples(new[row : row + 1])[0] == pytest.approx(wanted, abs=1e-4)


def test_rows_with_gaps_keep_what_they_tell():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 1)) @ np.ones((1, 2)) + rng.normal(0, 0.2, (1500, 2))
    holes = X.copy()
    holes[X[:, 0] > 0.3, 1] = np.where(rng.random((X[:, 0] > 0.3).sum()) < 0.6, np.nan, 0)
    holes = np.where(np.isnan(holes), np.nan, X)
    model, complete = fitted(holes), holes[~np.isnan(holes).any(1)]
    new = rng.normal(size=(500, 1)) @ np.ones((1, 2)) + rng.normal(0, 0.2, (500, 2))
    assert model.score(new) > fitted(complete).score(new) + 0.01
    assert model.score(new) > fitted(X).score(new) - 0.08
    drawn = model.sample(20_000, random_state=0)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(np.corrcoef(X.T)[0, 1], abs=0.03)
    np.testing.assert_allclose(drawn.mean(0), X.mean(0), atol=0.06)


def brute_force(model, x, axis, line):
    """Density of one row, (points,), along one of its cells."""
    rows = np.repeat(x[None], len(line), axis=0)
    rows[:, axis] = line
    return np.exp(model.score_samples(rows))


def test_numbers_given_others_by_quadrature():
    X = two_modes(120) @ np.array([[1.0, 0.5], [0.3, 1.0]])
    model, x = fitted(X), np.array([0.4, np.nan])
    line = np.linspace(-8, 8, 3201)
    density = brute_force(model, x, 1, line)
    density /= density.sum()
    evidence, cond = torch.from_numpy(np.tile(x, (20_000, 1))), torch.zeros(20_000, 0)
    mean = model._mean_given(evidence[:1].double(), cond[:1])
    assert mean[0, 1] == pytest.approx(density @ line, abs=1e-3)
    drawn = model._sample_given(evidence, cond, np.random.default_rng(0)).numpy()
    assert (drawn[:, 0] == 0.4).all()
    reached = (np.sort(drawn[:, 1])[:, None] <= line[::64]).mean(0)
    np.testing.assert_allclose(reached, density.cumsum()[::64], atol=0.015)


def encoded(model, table):
    return model._encoded(table)[1]


def test_cells_of_a_table_given_others_by_their_joint_density():
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue"], 300, p=[0.6, 0.3, 0.1])
    height = np.where(rng.random(300) < 0.3, np.nan, rng.normal(size=300) + 2 * (colour == "red"))
    table = pd.DataFrame({"colour": colour, "height": height})
    model = fitted(table)
    known = encoded(model, pd.DataFrame({"colour": ["red"], "height": [1.5]}))
    evidence, cond = known.repeat(20_000, 1), torch.zeros(20_000, 0)
    evidence[:, 0] = torch.nan  # the colour, given the height
    colours = model.codec_.decode(
        model._sample_given(evidence, cond, np.random.default_rng(0)).numpy(), rng
    )["colour"]
    each = [
        np.exp(model.score_samples(pd.DataFrame({"colour": [c], "height": [1.5]})))[0]
        for c in ("red", "green", "blue")
    ]
    wanted = np.array(each) / np.sum(each)
    found = [(colours == c).mean() for c in ("red", "green", "blue")]
    np.testing.assert_allclose(found, wanted, atol=0.015)
    likeliest = model.codec_.decode(model._mean_given(evidence[:1], cond[:1]).numpy(), rng)
    assert likeliest["colour"][0] == "red"
    evidence = known.repeat(20_000, 1)
    evidence[:, 1:] = torch.nan  # whether there is a height, and which, given the colour
    heights = model._sample_given(evidence, cond, np.random.default_rng(0))
    none = np.exp(model.score_samples(pd.DataFrame({"colour": ["red"], "height": [np.nan]})))[0]
    line = np.linspace(-6, 9, 3001)
    numbers = pd.DataFrame({"colour": "red", "height": line})
    red = np.exp(model.score_samples(numbers))
    share = none / (none + red.sum() * 0.005)
    assert (heights[:, 1] != 0).double().mean() == pytest.approx(share, abs=0.015)
    assert heights[:, 2].isnan().equal(heights[:, 1] != 0)


def test_more_rows_are_appended():
    X, new = two_modes(300), two_modes(50, seed=1)
    model = KDE(random_state=0)
    for part in np.split(X, 3):
        model.partial_fit(part, listener=None)
    np.testing.assert_allclose(model.score_samples(new), fitted(X).score_samples(new), atol=1e-5)
    bounded = KDE(max_rows=100, random_state=0)
    for part in np.split(X, 3):
        bounded.partial_fit(part, listener=None)
    assert len(bounded.kernels_[0].weights) == 100
    assert bounded.sample(4000, random_state=0)[:, 0].mean() == pytest.approx(
        X[:, 0].mean(), abs=0.3
    )


def test_a_class_that_has_not_come_yet():
    X = two_modes(100)
    model = KDE(random_state=0).partial_fit(X, ["a"] * 100, classes=["a", "b"], listener=None)
    assert (model.predict(X) == "a").all()
    model.partial_fit(X + 9, ["b"] * 100, listener=None)
    assert (model.predict(X + 9) == "b").all()


def test_each_class_has_kernels_of_its_own():
    X, y = load_wine(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    train, held = order[:120], order[120:]
    model = fitted(X[train], y[train])
    assert model.bandwidth_.shape == (3, 13)
    assert (model.predict(X[held]) == y[held]).mean() > 0.93


def test_far_away_rows_have_a_low_and_finite_density():
    model = fitted(two_modes(200))
    far = model.score_samples(np.array([[1e3, 0.0], [1e6, 0.0]]))
    assert np.isfinite(far).all()
    assert far[1] < far[0] < -1e5


def test_numbers_of_one_thread_and_two_agree():
    X, new = correlated(500), correlated(3000, seed=1)
    model, scores, before = fitted(X), [], torch.get_num_threads()
    for n in (1, 2):
        torch.set_num_threads(n)
        scores.append(model.score_samples(new))
    torch.set_num_threads(before)
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bandwidth": "scot"}, "scot"),
        ({"bandwidth": 0.0}, "above 0"),
        ({"bandwidth": [1.0, -1.0]}, "above 0"),
        ({"bandwidth": [1.0, 1.0, 1.0]}, "one a real column"),
        ({"covariance_type": "tied"}, "tied"),
        ({"max_rows": 0}, "max_rows"),
    ],
)
def test_senseless_settings_are_refused(settings, said):
    with pytest.raises(SettingError, match=said):
        fitted(two_modes(50), **settings)


def test_values_given_in_public():
    X = correlated(400)
    model = fitted(X)
    given = model.condition({0: [8.0, 12.0]})
    low, high = given.predict()[:, 1]
    assert 0.5 < (high - low) / 4 / (0.8 / 2) < 1.5  # the slope of the law is 0.8 / 2
    drawn = model.sample(500, given={0: 10.0}, random_state=0)
    assert (drawn[:, 0] == 10).all()
    holes = X[:20].copy()
    holes[:, 1] = np.nan
    filled = model.impute(holes)
    assert np.corrcoef(filled[:, 1], X[:20, 1])[0, 1] > 0.6
