"""Likelihoods beyond the reach of float64's exponents."""

import numpy as np
import pytest
import torch

from drawlike.statistics.hidden_markov.smoothing import (
    Densities,
    Law,
    run_filter,
    smooth,
    smooth_in_logs,
)

from .problems import any_chain, batch_of, chain_of, normals_of, paths, tensor


def law_of(transitions, start=None):
    transitions = np.asarray(transitions, float)
    n = len(transitions)
    return Law(np.full(n, 1 / n) if start is None else np.asarray(start, float), transitions)


def densities(log_emission):
    logs = np.ascontiguousarray(log_emission.T)
    top = logs.max(1)
    return Densities(np.exp(logs - top[:, None]), top, lambda steps: logs[steps])


def in_logs(log_emission, law):
    return smooth_in_logs(np.ascontiguousarray(log_emission.T), law)


def bounds(log_emission):
    return np.array([0, log_emission.shape[1]])


def test_logs_and_scaled_recursions_agree():
    rng = np.random.default_rng(0)
    law = law_of(rng.dirichlet(np.ones(4), 4))
    log_emission = rng.normal(size=(4, 50)) * 3
    found = smooth(densities(log_emission), bounds(log_emission), np.ones(1), law)
    for one, other in zip(found, in_logs(log_emission, law), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("gap", [-800.0, -300.0, -1e5, -1e12])
def test_a_state_that_cannot_be_left_fits_badly(gap):
    """Two states that never change: the worse at first wins at last."""
    law = law_of(np.eye(2))
    log_emission = np.array([[0, gap, gap, gap], [1.5 * gap, 0, 0, 0]])
    found = smooth(densities(log_emission), bounds(log_emission), np.ones(1), law)
    np.testing.assert_allclose(found.posterior[:, 1], 1)
    np.testing.assert_allclose(found.moves, [[0, 0], [0, 3]], atol=1e-12)
    assert found.step_log_prob.sum() == pytest.approx(1.5 * gap + np.log(0.5))
    filtered = run_filter(densities(log_emission), bounds(log_emission), law)
    assert filtered.step_log_prob.sum() == pytest.approx(1.5 * gap + np.log(0.5))
    np.testing.assert_allclose(filtered.state[-1], [0, 1], atol=1e-12)


def test_the_only_way_leads_through_what_fits_badly():
    law = law_of([[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1]], [1, 0, 0])
    log_emission = np.full((3, 4), -5000.0)
    log_emission[2] = 0
    found = smooth(densities(log_emission), bounds(log_emission), np.array([2.0]), law)
    assert found.step_log_prob.sum() == pytest.approx(-10000 + np.log(0.25))
    np.testing.assert_allclose(found.posterior.argmax(1), [0, 1, 2, 2])
    np.testing.assert_allclose(found.moves, [[0, 2, 0], [0, 0, 2], [0, 0, 2]], atol=1e-12)


def test_one_lost_sequence_leaves_the_others_alone():
    chain = chain_of([1.0, 0.0], [[1.0, 0.0], [0.0, 1.0]], normals_of([[0.0], [50.0]], [[1], [1]]))
    near, far = np.zeros((3, 1)), np.full((2, 1), 50.0)
    sums = chain.statistics(batch_of(np.concatenate([near, far, near]), [3, 2, 3]))
    expected = [paths(chain, part)[1].max() for part in (near, far, near)]
    assert sums.log_likelihood.item() == pytest.approx(sum(expected))
    torch.testing.assert_close(sums.transitions, tensor([[5, 0], [0, 0]]))


@pytest.mark.parametrize("scale", [1e3, 1e10, 1e150, 1e300])
def test_rows_far_from_everything_are_finite(scale):
    chain = any_chain(np.random.default_rng(0), n_mixture=2, covariance="full")
    x = np.random.default_rng(1).normal(size=(9, 2)) * scale
    sums = chain.statistics(batch_of(x, [9]))
    assert torch.isfinite(sums.log_likelihood)
    assert sums.transitions.sum().item() == pytest.approx(8)
    lengths = torch.tensor([9])
    assert torch.isfinite(chain.log_prob(tensor(x), lengths)).all()
    assert torch.isfinite(chain.viterbi(tensor(x), lengths)[0]).all()
    posterior = chain.posteriors(tensor(x), lengths)
    torch.testing.assert_close(posterior.sum(1), torch.ones(9).double())
