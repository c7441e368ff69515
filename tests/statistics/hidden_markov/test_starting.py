"""First parameters, and what is learned from them."""

import numpy as np
import pytest
import torch

from drawlike.layout import Choice, Layout, Real
from drawlike.statistics.columns import Columns
from drawlike.statistics.hidden_markov.starting import (
    GUESSES,
    best_order,
    start_chain,
    with_parameters,
)
from drawlike.statistics.hidden_markov.state import from_state, to_state
from drawlike.statistics.hidden_markov.transitions import first_states, pattern
from drawlike.statistics.loop import iterate

from .problems import TYPES, any_chain, batch_of, chain_of, normals_of, tensor

LAYOUT = Layout((Real("x", 2, (0.0, 0.0)),))


def started(x, lengths, n_states, structure="full", **options):
    batch = batch_of(x, lengths)
    return start_chain(
        batch.x,
        batch.lengths,
        batch.weight,
        Columns.of(options.pop("layout", LAYOUT)),
        allowed=pattern(structure, n_states),
        begins=first_states(structure, n_states),
        rng=np.random.default_rng(0),
        **options,
    )


def cyclic_data(rng, n=2_000):
    """Four states that follow each other in a circle, each far from the others."""
    transitions = np.where(pattern("cyclic", 4).numpy(), [[0.8], [0.7], [0.9], [0.6]], 0.0)
    off = ~np.eye(4, dtype=bool)
    transitions[off] = np.where(transitions[off] > 0, 1 - transitions[off], 0)
    means = [[0, 0], [6, 6], [0, 6], [6, 0]]
    truth = chain_of(np.ones(4) / 4, transitions, normals_of(means, np.ones((4, 2))))
    x, states = truth.sample(torch.tensor([n, n]), rng)
    return truth, x, states


@pytest.mark.parametrize("n_mixture", [1, 2])
@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("guess", sorted(GUESSES))
def test_every_start_leads_on(guess, covariance, n_mixture):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 2)).cumsum(0)
    x[rng.random(x.shape) < 0.05] = np.nan
    chain = started(x, [90, 60], 3, guess=guess, covariance=covariance, n_mixture=n_mixture)
    torch.testing.assert_close(chain.start.sum(), tensor(1.0))
    torch.testing.assert_close(chain.transitions.sum(1), torch.ones(3).double())
    batch = batch_of(x, [90, 60])
    objectives = iterate(chain, lambda: [batch], max_iter=5, tol=0.0).objectives
    assert np.isfinite(objectives).all()
    assert objectives[-1] > objectives[0]


@pytest.mark.parametrize("structure", ["full", "cyclic"])
def test_a_circle_of_states_is_found(structure):
    truth, x, states = cyclic_data(np.random.default_rng(0))
    chain = started(x, [2_000, 2_000], 4, structure)
    batch = batch_of(x, [2_000, 2_000])
    learned = iterate(chain, lambda: [batch], max_iter=50, tol=1e-6).model
    match = (truth.emissions.normals.means[:, None] - learned.emissions.normals.means).norm(dim=2)
    order = match.argmin(1)
    assert match.min(1).values.max() < 0.2
    torch.testing.assert_close(
        learned.transitions[order][:, order], truth.transitions, atol=0.05, rtol=0
    )
    _, path = learned.viterbi(batch.x, batch.lengths)
    assert (order[states] == path).double().mean() > 0.99
    if structure == "cyclic":
        assert (learned.transitions[~pattern("cyclic", 4)] == 0).all()


def test_what_moves_right_is_cut_in_order():
    x = np.repeat([[0.0, 0.0], [5.0, 5.0], [9.0, 0.0]], 20, axis=0)
    x = x + np.random.default_rng(0).normal(size=x.shape) * 0.1
    chain = started(np.tile(x, (4, 1)), [60] * 4, 3, "left-right", guess="segments")
    np.testing.assert_allclose(chain.emissions.normals.means, x.reshape(3, 20, 2).mean(1), atol=0.2)
    assert chain.start.tolist() == [1, 0, 0]
    assert chain.transitions[2].tolist() == [0, 0, 1]


def test_states_are_numbered_along_the_most_travelled_way():
    along = np.roll(np.eye(5), 1, 1) * 9 + np.eye(5)
    mixed = np.array([3, 0, 4, 2, 1])
    moves = along[np.ix_(mixed, mixed)]
    order = best_order(moves, pattern("cyclic", 5).numpy())
    assert moves[np.ix_(order, order)][pattern("cyclic", 5).numpy()].sum() == along.sum()


def test_codes_are_learned():
    rng = np.random.default_rng(0)
    layout = Layout((Real("x", 1, (0.0,)), Choice("c", 3)))
    states = np.repeat(rng.integers(0, 2, 100), 10)
    x = np.stack([states * 5 + rng.normal(size=1_000), states * 2.0], 1)
    x[::7, 1] = np.nan
    chain = started(x, [1_000], 2, layout=layout)
    batch = batch_of(x, [1_000])
    learned = iterate(chain, lambda: [batch], max_iter=20, tol=1e-6).model
    assert learned.emissions.tables.probabilities[0][[0, 2]].amax(1).min() > 0.95
    _, path = learned.viterbi(batch.x, batch.lengths)
    agree = (path.numpy() == states).mean()
    assert max(agree, 1 - agree) > 0.99


@pytest.mark.parametrize("covariance", TYPES)
def test_parameters_go_to_arrays_and_back(covariance):
    rng = np.random.default_rng(0)
    chain = any_chain(rng, covariance=covariance, n_mixture=2, zeros=np.eye(3, dtype=bool))
    again = from_state(to_state(chain), LAYOUT, covariance)
    x, lengths = tensor(rng.normal(size=(20, 2))), torch.tensor([12, 8])
    assert torch.equal(chain.log_prob(x, lengths), again.log_prob(x, lengths))
    assert torch.equal(chain.allowed, again.allowed)


def test_given_parameters_replace_the_guessed_ones():
    x = np.random.default_rng(0).normal(size=(50, 2))
    chain = started(x, [50], 2)
    given = {
        "means": tensor([[1.0, 2.0], [3.0, 4.0]]),
        "transitions": tensor([[0, 1.0], [0.5, 0.5]]),
    }
    changed = with_parameters(chain, **given)
    assert torch.equal(changed.emissions.normals.means, given["means"])
    assert changed.allowed.tolist() == [[False, True], [True, True]]
    assert torch.equal(changed.start, chain.start)


def test_given_covariances_have_floors_of_their_own():
    x = np.random.default_rng(0).normal(size=(50, 2))
    chain = started(x, [50], 2, covariance="full")
    large = 1e9 * torch.eye(2, dtype=torch.float64).expand(2, 2, 2)
    least = with_parameters(chain, covariances=large).emissions.normals.least
    torch.testing.assert_close(least, torch.full((2, 2), 1e-3, dtype=torch.float64))
    means = with_parameters(chain, means=chain.emissions.normals.means + 1).emissions.normals
    assert torch.equal(means.least, chain.emissions.normals.least)
