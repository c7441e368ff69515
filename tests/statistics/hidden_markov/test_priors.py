"""Priors of the normals: modes of the posterior, as hmmlearn has them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from drawlike.errors import SettingError
from drawlike.statistics.hidden_markov.fitting import Plan
from drawlike.statistics.hidden_markov.priors import normal_prior
from drawlike.statistics.loop import iterate

from .problems import TYPES, any_chain, batch_of, tensor
from .test_hmmlearn import started

# what tests/fixtures/hidden_markov.py gives hmmlearn
MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])
SCATTER = {"full": MATRIX, "tied": MATRIX, "diag": np.array([2.0, 1.0]), "spherical": 1.5}


def prior_of(covariance, n_states=3, n_mixture=1):
    shape = (n_states, n_mixture, 2)
    scatter = SCATTER[covariance]
    return normal_prior([1.0, -1.0], 2.0, scatter, 5.0, shape=shape, covariance=covariance)


@pytest.mark.parametrize("covariance", TYPES)
def test_hmmlearn_agrees(covariance):
    with np.load(Path(__file__).parents[2] / "fixtures" / "hidden_markov.npz") as arrays:
        oracle = dict(arrays)
    case = f"prior-{covariance}"
    chain = replace(started(oracle, case), prior=prior_of(covariance))
    batch, n = batch_of(oracle["X"], oracle["lengths"]), len(oracle[f"{case} history"])
    normals = iterate(chain, lambda: [batch], max_iter=n, tol=0.0).model.emissions.normals
    np.testing.assert_allclose(normals.means, oracle[f"{case} last means_"], rtol=1e-5)
    found = normals.variances if covariance == "spherical" else normals.covariances
    expected = oracle[f"{case} last covars_"].reshape(found.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("n_mixture", [1, 2])
@pytest.mark.parametrize("kept", ["", "means", "covariances"])
def test_the_objective_never_falls(covariance, n_mixture, kept):
    rng = np.random.default_rng(0)
    chain = any_chain(rng, covariance=covariance, n_mixture=n_mixture)
    learned = tuple(name for name in chain.learned if name != kept)
    chain = replace(chain, prior=prior_of(covariance, n_mixture=n_mixture), learned=learned)
    batch = batch_of(rng.normal(size=(60, 2)), [40, 20])
    objectives = iterate(chain, lambda: [batch], max_iter=30, tol=0.0).objectives
    assert np.diff(objectives).min() > -1e-10
    assert objectives[-1] > objectives[0] + 0.01


@pytest.mark.parametrize("covariance", TYPES)
def test_the_objective_is_highest_at_the_mode(covariance):
    rng = np.random.default_rng(1)
    chain = replace(any_chain(rng, 1, covariance=covariance), prior=prior_of(covariance, 1))
    batch = batch_of(rng.normal(size=(50, 2)), [50])
    best = chain.update(chain.statistics(batch))  # of one state, at once
    normals = best.emissions.normals

    def objective(means, covariances):
        moved = replace(normals, means=means, covariances=covariances)
        moved = replace(best, emissions=replace(best.emissions, normals=moved))
        return moved.objective(moved.statistics(batch))

    top = objective(normals.means, normals.covariances)
    for factor in (0.97, 1.03):
        assert objective(normals.means, normals.covariances * factor) < top
        assert objective(normals.means + factor - 1, normals.covariances) < top


def test_means_that_are_kept_are_those_of_the_covariances():
    rng = np.random.default_rng(2)
    chain = any_chain(rng, 1)
    chain = replace(chain, learned=("start", "transitions", "covariances"))
    x = rng.normal(size=(50, 2)) + 3
    normals = chain.update(chain.statistics(batch_of(x, [50]))).emissions.normals
    expected = ((x - chain.emissions.normals.means.numpy()) ** 2).mean(0)
    np.testing.assert_allclose(normals.covariances[0], expected)


def test_no_prior_is_none():
    for covariance in TYPES:
        for d in (0, 2):
            shape = (3, 1, d)
            assert normal_prior(0.0, 0.0, 0.0, 1.0, shape=shape, covariance=covariance) is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"means": [1.0, 2.0, 3.0]}, r"means_prior has shape \(3,\)"),
        ({"weights": [1.0, 2.0]}, "means_weight"),
        ({"scatter": -1.0}, "covars_prior"),
        ({"scatter": [[1.0, 2.0], [2.0, 1.0]]}, "semidefinite"),
    ],
)
def test_senseless_priors_are_refused(given, says):
    given = {"means": 0.0, "weights": 1.0, "scatter": 0.0, "steps": 1.0} | given
    with pytest.raises(SettingError, match=says):
        normal_prior(**given, shape=(3, 1, 2), covariance="full")


@pytest.mark.parametrize("covariance", TYPES)
def test_the_objective_never_falls_with_rounded_values(covariance):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 2)).round()
    chain = any_chain(rng, covariance=covariance)
    normals = chain.emissions.normals
    cell = torch.full_like(normals.guard.cell, 1 / 12)
    normals = replace(normals, guard=normals.guard._replace(cell=cell))
    prior = normal_prior(0.0, 0.0, 1.0, 20.0, shape=(3, 1, 2), covariance=covariance)
    chain = replace(chain, emissions=replace(chain.emissions, normals=normals), prior=prior)
    batch = batch_of(x, [50, 30])
    objectives = iterate(chain, lambda: [batch], max_iter=30, tol=0.0).objectives
    assert np.diff(objectives).min() > -1e-10


def test_priors_are_where_the_chain_is():
    """A device without numbers stands for one that computes."""
    chain = any_chain(np.random.default_rng(0))
    chain = replace(chain, start=chain.start.to("meta"))
    counts = torch.ones(3, dtype=torch.float64)
    plan = Plan("full", pseudo_start=counts, pseudo_transitions=0.5, prior=prior_of("full"))
    moved = plan.going_on(chain)
    parts = moved.pseudo_start, moved.prior.means, moved.prior.weights, moved.prior.scatter
    assert {part.device.type for part in parts} == {"meta"}
    assert (moved.pseudo_transitions, moved.prior.count) == (0.5, 3.0)


def test_log_priors_of_singular_covariances_are_finite():
    chain = any_chain(np.random.default_rng(0), 1, covariance="full")
    normals = replace(chain.emissions.normals, covariances=tensor(np.ones((1, 2, 2))))
    prior = normal_prior(0.0, 0.0, 0.0, 7.0, shape=(1, 1, 2), covariance="full")
    expected = -0.5 * 5.0 * np.log(1e-12)  # the second column keeps that share of its variance
    assert float(prior.log_prob(normals)) == pytest.approx(expected)
