"""Densities and sums of normals against scipy and brute force."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad
from scipy.stats import multivariate_normal

from drawlike.statistics.normals.conditioning import clipped, floored_roots
from drawlike.statistics.normals.covariance import COVARIANCES
from drawlike.statistics.normals.missing import Reals
from drawlike.statistics.normals.normal import Guard

from ..problems import TYPES

D = 3


def normals_of(covariance, rng, k=2, cell=0.0):
    means = torch.from_numpy(rng.normal(size=(k, D)) * 3)
    zero = torch.zeros(D, dtype=torch.float64)
    guard = Guard(zero, zero + 1e-30, zero + cell**2 / 12)
    variances = torch.from_numpy(rng.uniform(0.5, 2, (k, D)))
    normals = COVARIANCES[covariance].start(means, variances, 1, guard)
    if covariance in ("full", "tied"):
        root = torch.from_numpy(rng.normal(size=normals.covariances.shape))
        normals = replace(normals, covariances=root @ root.mT + 0.3 * torch.eye(D))
    return normals


def dense_covariance(normals, j):
    covariances = normals.covariances
    if covariances.ndim == 3:
        return covariances[normals.owner[j]].numpy()
    return np.diag(normals.variances[j].numpy())


def with_gaps(rng, n=60):
    x = rng.normal(size=(n, D)) * 3
    x[rng.random((n, D)) < 0.4] = np.nan
    x[0] = np.nan
    return x


@pytest.mark.parametrize("covariance", TYPES)
def test_log_prob_is_that_of_the_observed_cells(covariance, rng):
    normals, x = normals_of(covariance, rng), with_gaps(rng)
    got = normals.log_prob(Reals(torch.from_numpy(x)), range(2)).numpy()
    for j in range(2):
        full = dense_covariance(normals, j)
        for i, row in enumerate(x):
            o = ~np.isnan(row)
            if not o.any():
                assert got[j, i] == 0
                continue
            marginal = multivariate_normal(normals.means[j].numpy()[o], full[np.ix_(o, o)])
            assert got[j, i] == pytest.approx(marginal.logpdf(row[o]), abs=1e-10)


@pytest.mark.parametrize("d", [3, 300])
def test_wide_and_narrow_rows_have_the_density_of_scipy(d, rng):
    root = rng.normal(size=(d, d))
    covariance, x = root @ root.T / d + np.eye(d), rng.normal(size=(5, d))
    zero = torch.zeros(d, dtype=torch.float64)
    start = COVARIANCES["full"].start(zero[None], zero[None] + 1, 1, Guard(zero, zero, zero))
    normals = replace(start, covariances=torch.from_numpy(covariance[None]))
    got = normals.log_prob(Reals(torch.from_numpy(x)), range(1))[0].numpy()
    want = multivariate_normal(np.zeros(d), covariance).logpdf(x)
    np.testing.assert_allclose(got, want, rtol=1e-12)


def expected_moments(normals, x, shares, j):
    """Sums about the mean, with E[x], E[x x'] given the observed cells, row by row."""
    full, mean = dense_covariance(normals, j), normals.means[j].numpy()
    first, second = np.zeros(D), np.zeros((D, D))
    for row, share in zip(x, shares, strict=True):
        o = ~np.isnan(row)
        m = ~o
        z, hidden = np.zeros(D), np.zeros((D, D))
        z[o] = (row - mean)[o]
        if m.any():
            gain = full[np.ix_(m, o)] @ np.linalg.inv(full[np.ix_(o, o)])
            z[m] = gain @ z[o]
            hidden[np.ix_(m, m)] = full[np.ix_(m, m)] - gain @ full[np.ix_(o, m)]
        first += share * z
        second += share * (np.outer(z, z) + hidden)
    return first, second


@pytest.mark.parametrize("missing", [False, True])
def test_moments_of_dense_normals_are_conditional_expectations(missing, rng):
    normals, x = normals_of("full", rng), with_gaps(rng)
    x = x if missing else np.nan_to_num(x)
    shares = rng.random((2, len(x)))
    moments = normals.zeros()
    normals.add_moments(Reals(torch.from_numpy(x)), torch.from_numpy(shares), range(2), moments)
    for j in range(2):
        first, second = expected_moments(normals, x, shares[j], j)
        np.testing.assert_allclose(moments.first[j], first, atol=1e-10)
        np.testing.assert_allclose(moments.second[j], second, atol=1e-9)
        assert float(moments.mass[j]) == pytest.approx(shares[j].sum())


def test_tied_moments_are_the_sum_of_the_full_ones(rng):
    full, x = normals_of("full", rng), with_gaps(rng)
    shared = full.covariances[:1]
    full = replace(full, covariances=shared.repeat(2, 1, 1))
    tied = replace(full, covariances=shared, owner=(0, 0))
    shares, cells = torch.from_numpy(rng.random((2, len(x)))), Reals(torch.from_numpy(x))
    sums = []
    for normals in (full, tied):
        sums.append(normals.zeros())
        normals.add_moments(cells, shares, range(2), sums[-1])
    torch.testing.assert_close(sums[0].second.sum(0), sums[1].second[0])


def test_components_far_from_most_rows_lose_nothing(rng):
    normals, x = normals_of("full", rng), rng.normal(size=(50, D))
    shares = np.zeros((2, 50))
    shares[0, :3], shares[1, 3:] = 1, 1
    moments = normals.zeros()
    normals.add_moments(Reals(torch.from_numpy(x)), torch.from_numpy(shares), range(2), moments)
    for j in range(2):
        first, second = expected_moments(normals, x, shares[j], j)
        np.testing.assert_allclose(moments.first[j], first, atol=1e-12)
        np.testing.assert_allclose(moments.second[j], second, atol=1e-12)


@pytest.mark.parametrize("covariance", TYPES)
def test_an_update_gives_weighted_mean_and_covariance(covariance, rng):
    normals = normals_of(covariance, rng, k=1)
    x, weight = rng.normal(size=(80, D)) @ rng.normal(size=(D, D)) + 5, rng.random(80)
    moments = normals.zeros()
    shares = torch.from_numpy(weight[None])
    normals.add_moments(Reals(torch.from_numpy(x)), shares, range(1), moments)
    updated = normals.update(moments)
    want = np.cov(x.T, aweights=weight, bias=True)
    pooled = np.eye(D) * want.trace() / D
    expected = {"diag": np.diag(want.diagonal()), "spherical": pooled}.get(covariance, want)
    np.testing.assert_allclose(updated.means[0], np.average(x, 0, weight))
    np.testing.assert_allclose(dense_covariance(updated, 0), expected, atol=1e-12)


@pytest.mark.parametrize("covariance", TYPES)
def test_a_component_without_rows_stays_as_it_was(covariance, rng):
    normals = normals_of(covariance, rng)
    updated = normals.update(normals.zeros())
    assert torch.equal(updated.means, normals.means)
    assert torch.equal(updated.covariances, normals.covariances)


def test_columns_never_seen_stay_as_they_were_in_diagonal_normals(rng):
    normals = normals_of("diag", rng, k=1)
    x = torch.from_numpy(rng.normal(size=(20, D)))
    x[:, 1] = torch.nan
    moments = normals.zeros()
    normals.add_moments(Reals(x), torch.ones(1, 20, dtype=torch.float64), range(1), moments)
    updated = normals.update(moments)
    assert updated.means[0, 1] == normals.means[0, 1]
    assert updated.covariances[0, 1] == normals.covariances[0, 1]
    assert updated.means[0, 0] != normals.means[0, 0]


@pytest.mark.parametrize("covariance", TYPES)
def test_rounded_values_have_the_mean_log_density_over_their_cell(covariance, rng):
    cell = 0.7
    normals = normals_of(covariance, rng, k=1, cell=cell)
    x = np.array([[0.5, -1.0, np.nan]])
    got = float(normals.log_prob(Reals(torch.from_numpy(x)), range(1))[0, 0])
    marginal = multivariate_normal(normals.means[0, :2], dense_covariance(normals, 0)[:2, :2])
    half = cell / 2
    total, _ = dblquad(lambda v, u: marginal.logpdf([0.5 + u, -1.0 + v]), -half, half, -half, half)
    assert got == pytest.approx(total / cell**2, abs=1e-8)


@pytest.mark.parametrize("covariance", ["full", "diag"])
def test_rounding_adds_the_variance_of_a_uniform_cell(covariance, rng):
    cell = 0.7
    normals = normals_of(covariance, rng, k=1, cell=cell)
    x = torch.zeros(10, D, dtype=torch.float64)
    moments = normals.zeros()
    normals.add_moments(Reals(x), torch.ones(1, 10, dtype=torch.float64), range(1), moments)
    updated = normals.update(moments)
    np.testing.assert_allclose(dense_covariance(updated, 0), np.eye(D) * cell**2 / 12, atol=1e-15)


def test_rounding_of_observed_cells_blurs_the_unobserved_ones(rng):
    cell = 0.7
    normals = normals_of("full", rng, k=1, cell=cell)
    x = torch.tensor([[1.0, np.nan, np.nan]], dtype=torch.float64)
    moments = normals.zeros()
    normals.add_moments(Reals(x), torch.ones(1, 1, dtype=torch.float64), range(1), moments)
    full, mean = dense_covariance(normals, 0), normals.means[0].numpy()
    column = full[:, 0] / full[0, 0]
    hidden = full - np.outer(column, full[0])
    z = column * (1.0 - mean[0])
    want = np.outer(z, z) + hidden + np.outer(column, column) * cell**2 / 12
    np.testing.assert_allclose(moments.second[0], want, atol=1e-12)


@pytest.mark.parametrize("covariance", TYPES)
def test_precisions_are_inverse_covariances(covariance, rng):
    normals = normals_of(covariance, rng)
    roots = normals.precision_roots
    if roots.ndim == 3:
        identity = normals.precisions @ normals.covariances
        torch.testing.assert_close(identity, torch.eye(D).double().expand_as(identity))
        torch.testing.assert_close(roots @ roots.mT, normals.precisions)
    else:
        torch.testing.assert_close(roots.square(), 1 / normals.covariances)
    again = normals.with_precisions(normals.precisions)
    torch.testing.assert_close(again.covariances, normals.covariances)


@pytest.mark.parametrize("covariance", TYPES)
def test_samples_have_the_mean_and_covariance_of_their_component(covariance, rng):
    normals = normals_of(covariance, rng)
    n = 100_000
    component = torch.arange(2).repeat_interleave(n)
    x = normals.sample(component, torch.from_numpy(rng.standard_normal((2 * n, D)))).numpy()
    for j in range(2):
        part = x[j * n : (j + 1) * n]
        want = dense_covariance(normals, j)
        scale = np.sqrt(want.diagonal())
        np.testing.assert_allclose(part.mean(0), normals.means[j], atol=5 * scale.max() / n**0.5)
        np.testing.assert_allclose(np.cov(part.T), want, atol=0.03 * want.max())


@pytest.mark.parametrize("covariance", TYPES)
def test_halves_of_a_component_stay_one_deviation_away(covariance, rng):
    normals = normals_of(covariance, rng)
    mean, full = normals.means[0].numpy(), dense_covariance(normals, 0)
    halves = normals.split(0, 1, torch.ones(D, dtype=torch.float64))
    for j in range(2):
        away = halves.means[j].numpy() - mean
        assert away @ np.linalg.solve(full, away) == pytest.approx(1)
        np.testing.assert_array_equal(dense_covariance(halves, j), full)


def test_only_singular_covariances_are_raised():
    fine = torch.tensor([[1.0, 0.9], [0.9, 1.0]], dtype=torch.float64)
    singular = torch.tensor([[1e8, 1e8], [1e8, 1e8]], dtype=torch.float64)
    floors = torch.tensor([[1e-12, 1e-12], [1e-4, 1e-4]], dtype=torch.float64)
    raised, kept, _ = clipped(torch.stack([fine, singular]), floors)
    assert torch.equal(kept, floors)
    assert torch.equal(raised[0], fine)
    assert float(raised[1, 0, 0] / 1e8) == pytest.approx(1, abs=1e-10)
    assert clipped(fine[None], floors[:1]).roots is not None
    # the product of the roots has lost digits of the floor; the roots find it again
    assert float(floored_roots(raised, floors)[1, 1, 1]) == pytest.approx(1e-2, rel=1e-14)


def test_a_floor_that_float64_cannot_hold_rises():
    singular = torch.ones(1, 2, 2, dtype=torch.float64)
    raised, floors, _ = clipped(singular, torch.full((1, 2), 1e-20, dtype=torch.float64))
    assert floors.tolist() == [[1e-20, 1e-12]]
    torch.linalg.cholesky(raised)
