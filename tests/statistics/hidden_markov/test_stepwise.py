"""A chain that learns from one batch of sequences after another, and from weighted steps."""

import numpy as np
import pytest
import torch

from drawlike.statistics.hidden_markov.stepwise import _implied, stepped
from drawlike.statistics.loop import iterate

from .problems import TYPES, any_chain, batch_of

LENGTHS = [300, 1, 1500]  # longer than it takes a chain to settle


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("n_mixture", [1, 2])
def test_implied_sums_lead_back_to_the_chain(rng, covariance, n_mixture):
    chain = any_chain(rng, covariance=covariance, n_mixture=n_mixture)
    batch = batch_of(np.zeros((sum(LENGTHS), 2)), LENGTHS, [1.0, 2.0, 0.5])
    sums = _implied(chain, batch)
    assert sums.emissions.mass.sum() == pytest.approx(300 + 2 + 750)
    assert sums.transitions.sum() == pytest.approx(299 + 0 + 749.5)
    assert sums.start.sum() == pytest.approx(3.5)
    back = chain.update(sums)
    torch.testing.assert_close(back.start, chain.start)
    torch.testing.assert_close(back.transitions, chain.transitions)
    torch.testing.assert_close(back.emissions.weights, chain.emissions.weights)
    torch.testing.assert_close(back.emissions.normals.means, chain.emissions.normals.means)
    torch.testing.assert_close(
        back.emissions.normals.covariances, chain.emissions.normals.covariances
    )


def test_steps_lead_near_the_maximum(rng):
    truth = any_chain(rng)
    x, _ = truth.sample(torch.full((40,), 50), rng)
    start = any_chain(np.random.default_rng(1))
    batches = [batch_of(part, [50] * 4) for part in x.split(200)]
    chain = start
    for step in range(60):
        chain, objective = stepped(chain, batches[step % 10], step, 2000.0)
        assert np.isfinite(objective)
    whole = batch_of(x, [50] * 40)
    objectives = iterate(start, lambda: [whole], max_iter=200, tol=1e-7).objectives
    reached = chain.objective(chain.statistics(whole))
    assert reached - objectives[0] > 0.9 * (objectives[-1] - objectives[0])


def test_weights_of_steps_are_powers_of_their_densities(rng):
    chain, x = any_chain(rng, covariance="full"), rng.normal(size=(7, 2))
    weight = torch.tensor([1.0, 2, 0, 1, 3, 1, 0.5]).double()
    batch = batch_of(x, [7])._replace(step_weight=weight)
    emission = weight[:, None] * torch.from_numpy(chain._log_densities(batch.x))
    forward = chain.start.log() + emission[0]
    for row in emission[1:]:
        forward = (forward[:, None] + chain.transitions.log()).logsumexp(0) + row
    sums = chain.statistics(batch)
    torch.testing.assert_close(sums.log_likelihood, forward.logsumexp(0))
    assert sums.emissions.mass.sum() == pytest.approx(8.5)
    holes = batch_of(np.where(weight[:, None] > 0, x, np.nan), [7])
    same = chain.statistics(holes._replace(step_weight=weight))
    torch.testing.assert_close(same.transitions, sums.transitions)
