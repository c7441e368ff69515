"""Chains, sequences and what brute force says about them."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import torch

from drawlike.layout import Layout, Real
from drawlike.rows import SequenceBatch
from drawlike.statistics.columns import Columns
from drawlike.statistics.hidden_markov.chain import Chain
from drawlike.statistics.mixtures.categorical import Tables
from drawlike.statistics.mixtures.mixture import Mixture
from drawlike.statistics.normals.covariance import COVARIANCES
from drawlike.statistics.normals.normal import Guard, Normals

TYPES = ("full", "tied", "diag", "spherical")


def tensor(values) -> torch.Tensor:
    return torch.as_tensor(np.asarray(values, np.float64))


def batch_of(x, lengths, weight=None) -> SequenceBatch:
    weight = np.ones(len(lengths)) if weight is None else weight
    lengths = torch.as_tensor(lengths, dtype=torch.long)
    return SequenceBatch(tensor(x), lengths, torch.zeros(len(lengths), 0), tensor(weight))


def normals_of(means, covariances, covariance="diag", added=0.0) -> Normals:
    means = tensor(means)
    zero = torch.zeros(means.shape[1], dtype=torch.float64)
    guard = Guard(added=zero + added, smallest=zero + 1e-30, cell=zero)
    template = COVARIANCES[covariance].start(means, torch.ones_like(means), 1, guard)
    covariances = tensor(covariances).reshape(template.covariances.shape)
    return replace(template, covariances=covariances)


def chain_of(start, transitions, normals: Normals, weights=None) -> Chain:
    n, n_states = len(normals.means), len(start)
    d = normals.means.shape[1]
    emissions = Mixture(
        columns=Columns.of(Layout((Real("x", d, (0.0,) * d),))),
        n_classes=n_states,
        weights=tensor(np.ones(n) if weights is None else weights).flatten(),
        normals=normals,
        tables=Tables((), ()),
        spread=torch.ones(d, dtype=torch.float64),
        mended=(True,) * n,  # re-seeding may lower the likelihood
    )
    transitions = tensor(transitions)
    return Chain(tensor(start), transitions, emissions, allowed=transitions > 0)


def any_chain(rng, n_states=3, d=2, *, covariance="diag", n_mixture=1, zeros=None) -> Chain:
    n = n_states * n_mixture
    shapes = {
        "full": np.eye(d) + 0.3 * np.ones((n, d, d)),
        "tied": np.eye(d) + 0.3,
        "diag": rng.uniform(0.5, 2, (n, d)),
        "spherical": rng.uniform(0.5, 2, n),
    }
    transitions = rng.dirichlet(np.ones(n_states), n_states)
    if zeros is not None:
        transitions = np.where(zeros, 0, transitions)
        transitions /= transitions.sum(1, keepdims=True)
    normals = normals_of(rng.normal(size=(n, d)) * 2, shapes[covariance], covariance)
    weights = rng.dirichlet(np.ones(n_mixture), n_states)
    return chain_of(rng.dirichlet(np.ones(n_states)), transitions, normals, weights)


def paths(chain: Chain, x) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """All paths of states, and log p(path, x) of each."""
    emission = log_emissions(chain, x)
    with np.errstate(divide="ignore"):
        start, moves = np.log(chain.start.numpy()), np.log(chain.transitions.numpy())
    every = list(product(range(chain.n_states), repeat=len(x)))
    total = [
        start[path[0]]
        + sum(emission[t, s] for t, s in enumerate(path))
        + sum(moves[a, b] for a, b in pairwise(path))
        for path in every
    ]
    return every, np.array(total)


def log_emissions(chain: Chain, x) -> np.ndarray:
    """Log-density of the observed cells of each step in each state, by torch's normals."""
    normals, m = chain.emissions.normals, chain.emissions.n_components
    out = np.zeros((len(x), chain.n_states))
    for t, row in enumerate(np.asarray(x)):
        seen = torch.from_numpy(~np.isnan(row))
        if not seen.any():
            continue
        each = [
            torch.distributions.MultivariateNormal(
                normals.means[j][seen], covariance_of(normals, j)[seen][:, seen]
            ).log_prob(tensor(row)[seen])
            for j in range(len(normals.means))
        ]
        joint = torch.stack(each) + chain.emissions.weights.log()
        out[t] = joint.view(-1, m).logsumexp(1).numpy()
    return out


def covariance_of(normals: Normals, j: int) -> torch.Tensor:
    if normals.covariances.ndim == 3:
        return normals.covariances[j % len(normals.covariances)]
    return torch.diag(normals.variances[j])
