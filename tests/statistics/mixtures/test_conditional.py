"""Conditional mixtures against the closed form of every component, and against draws."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import multivariate_normal

from drawlike.statistics.mixtures.conditional import mean_given, sample_given
from drawlike.statistics.normals.conditioning import clipped

from ..problems import TYPES, real_and_codes, reals, rows_of, started, three_clusters


def dense(mixture, j):
    """Covariance of component j as a matrix."""
    covariances = mixture.normals.covariances.numpy()
    d = mixture.normals.means.shape[1]
    if covariances.ndim == 2:
        return np.diag(np.broadcast_to(covariances[j], d))
    return covariances[mixture.normals.owner[j]]


def closed_form(mixture, row, first=0):
    """Weights, means and covariances of the hidden cells of a row."""
    seen, k = ~np.isnan(row), mixture.n_components
    logits, means, covariances = [], [], []
    for j in range(first, first + k):
        mean, S = mixture.normals.means.numpy()[j], dense(mixture, j)
        density = multivariate_normal(mean[seen], S[np.ix_(seen, seen)]) if seen.any() else None
        logits.append(
            np.log(mixture.weights.numpy()[j]) + (density.logpdf(row[seen]) if density else 0)
        )
        gain = S[np.ix_(~seen, seen)] @ np.linalg.inv(S[np.ix_(seen, seen)])
        means.append(mean[~seen] + gain @ (row[seen] - mean[seen]))
        covariances.append(S[np.ix_(~seen, ~seen)] - gain @ S[np.ix_(seen, ~seen)])
    return softmax(logits), np.array(means), np.array(covariances)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("labelled", [False, True])
def test_means_are_those_of_the_closed_form(covariance, labelled, rng):
    x = three_clusters(rng, n=400, d=4)
    labels = rng.integers(0, 2, len(x)) if labelled else None
    mixture = started(rows_of(x, labels), reals(4), covariance, k=3)
    evidence = np.where(rng.random((60, 4)) < 0.5, np.nan, x[:60])
    rows = rows_of(evidence, None if labels is None else labels[:60])
    got = mean_given(mixture, rows.x, rows.cond).numpy()
    for i, row in enumerate(evidence):
        first = 3 * labels[i] if labelled else 0
        weights, means, _ = closed_form(mixture, row, first)
        np.testing.assert_allclose(got[i, np.isnan(row)], weights @ means, rtol=1e-8)
        np.testing.assert_array_equal(got[i, ~np.isnan(row)], row[~np.isnan(row)])


@pytest.mark.parametrize("covariance", TYPES)
def test_draws_have_the_moments_of_the_closed_form(covariance, rng):
    mixture = started(rows_of(three_clusters(rng, n=400)), reals(3), covariance, k=3)
    row = np.array([np.nan, 0.7, np.nan])
    weights, means, covariances = closed_form(mixture, row)
    mean = weights @ means
    spread = np.einsum("k,kij->ij", weights, covariances) + (weights * (means - mean).T) @ (
        means - mean
    )
    n = 40_000
    drawn = sample_given(
        mixture, torch.from_numpy(np.tile(row, (n, 1))), torch.zeros(n, 0), rng
    ).numpy()
    assert (drawn[:, 1] == 0.7).all()
    hidden = drawn[:, [0, 2]]
    error = np.sqrt(np.diag(spread) / n)
    assert (np.abs(hidden.mean(0) - mean) < 5 * error).all()
    np.testing.assert_allclose(np.cov(hidden.T), spread, atol=0.05 * np.diag(spread).max())


def test_codes_tell_about_numbers_and_numbers_about_codes(rng):
    which = rng.integers(0, 2, 2000)
    code = np.where(rng.random(2000) < 0.9, which, 1 - which)
    x = np.column_stack([8.0 * which + rng.normal(size=2000), code])
    mixture = started(rows_of(x), real_and_codes(1, 2), k=2)
    evidence = torch.tensor([[np.nan, 1.0], [8.0, np.nan], [np.nan, np.nan]], dtype=torch.float64)
    mean = mean_given(mixture, evidence, torch.zeros(3, 0))
    assert mean[0, 0] == pytest.approx(x[code == 1, 0].mean(), abs=0.2)
    assert mean[1, 1] == 1
    n = 5000
    drawn = sample_given(mixture, evidence[[1] * n], torch.zeros(n, 0), rng)
    assert float(drawn[:, 1].mean()) == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_columns_that_others_determine_follow_from_them(covariance, rng):
    """Of 40 columns that are 5 factors, shares of 2e-14 stay unexplained."""
    x = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 40))
    mixture = started(rows_of(x), reals(40), covariance, k=1)
    scatter = torch.from_numpy(np.cov(x.T))[None]
    low, floors, _ = clipped(scatter, 2e-14 * scatter.diagonal(dim1=1, dim2=2))
    normals = replace(mixture.normals, covariances=low, floors=floors)
    mixture = replace(mixture, normals=normals)
    evidence = rows_of(np.where(rng.random((20, 40)) < 0.1, np.nan, x[:20]))
    told = mean_given(mixture, evidence.x, evidence.cond).numpy()
    np.testing.assert_allclose(told, x[:20], atol=1e-5)
    drawn = sample_given(mixture, evidence.x, evidence.cond, rng).numpy()
    np.testing.assert_allclose(drawn, x[:20], atol=1e-5)
