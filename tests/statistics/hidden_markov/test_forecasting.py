"""Forecasts against long draws, and closed forms."""

import numpy as np
import pytest
import torch

from drawlike.statistics.hidden_markov.forecasting import forecast, next_states

from .problems import any_chain, tensor


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    chain = any_chain(rng, covariance="full", n_mixture=2)
    return chain, tensor(rng.normal(size=(9, 2)) * 2), torch.tensor([5, 0, 4]), rng


def test_states_move_on_by_the_transitions(problem):
    chain, x, lengths, _ = problem
    states = forecast(chain, x, lengths, 4).states
    assert states.shape == (3, 4, 3)
    last = chain.filtered(x[:5], torch.tensor([5]))[0]
    power = torch.linalg.matrix_power(chain.transitions, 4)
    torch.testing.assert_close(states[0, 3], last @ power)
    torch.testing.assert_close(states[1, 0], chain.start)
    torch.testing.assert_close(states[:, 0], next_states(chain, x, lengths))


def test_means_variances_and_bands_are_those_of_continuations(problem):
    chain, x, lengths, rng = problem
    ahead = forecast(chain, x, lengths, 3)
    n = 40_000
    start = next_states(chain, x, lengths)[:1].expand(n, -1)
    drawn, _ = chain.sample(torch.full((n,), 3), rng, start)
    drawn = drawn.view(n, 3, 2)
    torch.testing.assert_close(ahead.means[0], drawn.mean(0), atol=0.06, rtol=0)
    torch.testing.assert_close(ahead.variances[0], drawn.var(0), atol=0.2, rtol=0)
    low, high = ahead.band(0.8)
    inside = ((drawn >= low[0]) & (drawn <= high[0])).double().mean(0)
    torch.testing.assert_close(inside, torch.full((3, 2), 0.8).double(), atol=0.01, rtol=0)


def test_the_only_component_has_normal_quantiles():
    chain = any_chain(np.random.default_rng(0), n_states=1)
    ahead = forecast(chain, tensor(np.zeros((0, 2))), torch.tensor([0]), 1)
    normals = chain.emissions.normals
    wanted = normals.means + 1.959963984540054 * normals.variances.sqrt()
    torch.testing.assert_close(ahead.quantile(0.975)[0], wanted)
