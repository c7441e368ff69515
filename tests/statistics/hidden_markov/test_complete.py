"""Compiled densities and sums of complete steps, against those by deviations."""

import numpy as np
import pytest
import torch

from drawlike.statistics.hidden_markov.complete import add_complete, write_complete
from drawlike.statistics.hidden_markov.emitting import cells_of

from .problems import any_chain, tensor

SORTS = pytest.mark.parametrize("covariance", ["full", "diag", "spherical"])


def posed(covariance, *, n_states=5, d=3, n=131, offset=0.0):
    rng = np.random.default_rng(0)
    emissions = any_chain(rng, n_states, d, covariance=covariance).emissions
    x = tensor(rng.normal(size=(n, d)) * 2) + offset
    return emissions, cells_of(emissions, x), rng


def densities(emissions, cells):
    out = torch.full((len(emissions.weights), len(cells.codes)), torch.nan, dtype=torch.float64)

    def write(rows, values):
        out[:, rows] = values

    return out if write_complete(emissions, cells, write) else None


@SORTS
@pytest.mark.parametrize(("d", "n"), [(1, 1), (3, 131), (8, 64), (17, 4_097)])
def test_densities(covariance, d, n):
    emissions, cells, _ = posed(covariance, d=d, n=n)
    exact = emissions.normals.exact_log_prob(cells.reals)
    torch.testing.assert_close(densities(emissions, cells), exact, rtol=1e-12, atol=1e-12)


@SORTS
@pytest.mark.parametrize(("n_states", "d"), [(1, 1), (5, 3), (8, 9), (6, 16)])
def test_sums(covariance, n_states, d):
    emissions, cells, rng = posed(covariance, n_states=n_states, d=d)
    posterior = rng.dirichlet(np.full(n_states, 0.3), len(cells.codes))
    posterior[rng.random(posterior.shape) < 0.3] = 0
    found = emissions.zeros()
    assert add_complete(emissions, cells, posterior, found)
    exact, shares = emissions.normals.zeros(), tensor(posterior.T.copy())
    emissions.normals.add_exact_moments(cells.reals, shares, exact)
    for mine, theirs in zip(found.moments, exact, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(found.mass, tensor(posterior.sum(0)))


def test_full_covariances_far_from_each_other_go_another_way():
    emissions, cells, _ = posed("full")
    emissions.normals.means[0] += 1e9
    assert densities(emissions, cells) is None


@SORTS
def test_digits_are_kept_far_from_zero(covariance):
    emissions, cells, _ = posed(covariance, offset=1e9)
    emissions.normals.means.add_(1e9)
    exact = emissions.normals.exact_log_prob(cells.reals)
    torch.testing.assert_close(densities(emissions, cells), exact, rtol=1e-9, atol=1e-9)


def test_gaps_are_left_to_others():
    emissions, _, rng = posed("diag")
    x = rng.normal(size=(10, 3))
    x[2, 1] = np.nan
    cells = cells_of(emissions, tensor(x))
    assert densities(emissions, cells) is None
    assert not add_complete(emissions, cells, np.ones((10, 5)), emissions.zeros())


@SORTS
def test_sums_of_small_weights_are_whole(covariance):
    emissions, cells, rng = posed(covariance)
    posterior = rng.dirichlet(np.full(emissions.n_classes, 0.3), len(cells.codes))
    sums = []
    for weight in (1.0, 2.0**-100):
        sums.append(emissions.zeros())
        assert add_complete(emissions, cells, posterior * weight, sums[-1])
    for large, small in zip(sums[0].moments, sums[1].moments, strict=True):
        torch.testing.assert_close(small * 2.0**100, large)
