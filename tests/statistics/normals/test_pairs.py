"""Compiled passes over rows whose components each have a covariance."""

import numpy as np
import pytest
import torch

from drawlike.statistics.normals.missing import Reals
from drawlike.statistics.normals.pairs import PairDeviations

from ..problems import reals, rows_of, started, three_clusters

N = 777  # three blocks and a bit


def mixture_of(rng, d, k):
    x = three_clusters(rng, N, d=d)
    weight = rng.random(N) * (rng.random(N) > 0.2)
    return started(rows_of(x), reals(d), "full", k=k), torch.from_numpy(x), torch.from_numpy(weight)


@pytest.mark.parametrize("d", [1, 3, 8, 13])
@pytest.mark.parametrize("k", [1, 5])
def test_a_whole_pass_is_that_by_deviations(d, k, rng):
    mixture, x, weight = mixture_of(rng, d, k)
    log_weights = mixture.log_weights
    products = mixture.normals.products(torch.float64, log_weights, gaps=False)
    assert isinstance(products, PairDeviations)
    log_prob = products.add_all(x, weight)
    joint = mixture.normals.exact_log_prob(Reals(x)) + log_weights[:, None]
    torch.testing.assert_close(products.log_prob(x), joint)
    torch.testing.assert_close(log_prob, joint.logsumexp(0))
    shares, moments = joint.softmax(0) * weight, mixture.normals.zeros()
    mixture.normals.add_exact_moments(Reals(x), shares, moments)
    for got, want in zip(products.moments(), (moments.mass, *moments), strict=True):
        torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)


def test_weights_of_rows_may_have_any_size(rng):
    mixture, x, weight = mixture_of(rng, 3, 5)
    sums = []
    for scale in (1.0, 1e-30):
        products = mixture.normals.products(torch.float64, mixture.log_weights, gaps=False)
        products.add_all(x, weight * scale)
        sums.append(products.moments()[3] / scale)
    torch.testing.assert_close(*sums)


def test_components_too_narrow_for_their_distance_have_another_way(rng):
    x = np.concatenate([1e-7 * rng.normal(size=(N, 4)), 1 + 1e-7 * rng.normal(size=(N, 4))])
    normals = started(rows_of(x), reals(4), "full", k=2).normals
    products = normals.products(torch.float64, torch.zeros(2).double(), gaps=False)
    assert not isinstance(products, PairDeviations)
    assert products.is_exact
