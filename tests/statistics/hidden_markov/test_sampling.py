"""Draws of states and steps against the chain's own probabilities."""

import numpy as np
import pytest
import torch

from drawlike.layout import Choice, Layout, Real
from drawlike.statistics.columns import Columns
from drawlike.statistics.hidden_markov.chain import bounds_of
from drawlike.statistics.hidden_markov.drawing import draw_states
from drawlike.statistics.hidden_markov.steps import Sampler
from drawlike.statistics.mixtures.categorical import Tables

from .problems import TYPES, any_chain, covariance_of, replace, tensor


def test_states_move_as_often_as_they_should():
    rng = np.random.default_rng(0)
    transitions = rng.dirichlet(np.full(5, 0.5), 5)
    transitions[2] = [0, 1, 0, 0, 0]
    start = rng.dirichlet(np.ones(5))
    lengths = torch.full((4_000,), 50)
    states = draw_states(np.tile(start, (4_000, 1)), transitions, bounds_of(lengths), rng)
    states = states.reshape(4_000, 50)
    moves = np.zeros((5, 5))
    np.add.at(moves, (states[:, :-1], states[:, 1:]), 1)
    np.testing.assert_allclose(moves / moves.sum(1, keepdims=True), transitions, atol=0.02)
    assert (moves[transitions == 0] == 0).all()
    first = np.bincount(states[:, 0], minlength=5) / 4_000
    np.testing.assert_allclose(first, start, atol=0.03)


def test_transitions_that_hardly_sum_to_1_lead_nowhere_else():
    transitions = np.array([[1 - 1e-16, 0.0], [0.0, 1.0]])
    states = draw_states(np.array([[1.0, 0.0]]), transitions, np.array([0, 100_000]), _rng())
    assert (states == 0).all()


@pytest.mark.parametrize("n_mixture", [1, 2])
@pytest.mark.parametrize("covariance", TYPES)
def test_steps_have_their_states_moments(covariance, n_mixture):
    rng = np.random.default_rng(0)
    chain = any_chain(rng, covariance=covariance, n_mixture=n_mixture)
    x, states = chain.sample(torch.tensor([60_000]), rng)
    for s in range(chain.n_states):
        weight = chain.emissions.weights.view(chain.n_states, -1)[s]
        parts = range(s * n_mixture, (s + 1) * n_mixture)
        means = chain.emissions.normals.means[parts.start : parts.stop]
        mean = weight @ means
        inner = torch.stack([covariance_of(chain.emissions.normals, j) for j in parts])
        spread = means - mean
        wanted = torch.einsum("m,mij->ij", weight, inner + spread[:, :, None] * spread[:, None])
        drawn = x[states == s]
        torch.testing.assert_close(drawn.mean(0), mean, atol=0.1, rtol=0.05)
        torch.testing.assert_close(drawn.T.cov(), wanted, atol=0.15, rtol=0.05)


def test_the_same_seed_gives_the_same_steps_on_any_number_of_threads():
    chain = any_chain(np.random.default_rng(0), covariance="full")
    threads = torch.get_num_threads()
    try:
        draws = []
        for n in (1, 2):
            torch.set_num_threads(n)
            draws.append(chain.sample(torch.tensor([20_000, 5]), np.random.default_rng(1)))
    finally:
        torch.set_num_threads(threads)
    for one, other in zip(*draws, strict=True):
        assert torch.equal(one, other)


def test_sequences_start_where_they_are_told():
    chain = any_chain(np.random.default_rng(0))
    start = tensor([[0, 0, 1], [1, 0, 0]])
    _, states = chain.sample(torch.tensor([3, 4]), _rng(), start)
    assert states[0] == 2
    assert states[3] == 0


def test_codes_come_from_the_states_tables():
    chain = any_chain(np.random.default_rng(0))
    tables = Tables((tensor([[1, 0, 0.5], [0, 1, 0.5]]),), (tensor([0.0, 0.0]),))
    columns = Columns.of(Layout((Real("x", 2, (0.0, 0.0)), Choice("c", 2))))
    emissions = replace(chain.emissions, columns=columns, tables=tables)
    states = torch.arange(3).repeat(2_000)
    x = Sampler(emissions).draw(states, _rng())
    assert x.shape == (6_000, 3)
    assert (x[states == 0, 2] == 0).all()
    assert (x[states == 1, 2] == 1).all()
    assert x[states == 2, 2].mean().item() == pytest.approx(0.5, abs=0.05)


def _rng():
    return np.random.default_rng(0)
