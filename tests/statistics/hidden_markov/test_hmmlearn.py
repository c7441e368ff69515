"""Parity with hmmlearn, whose answers tests/fixtures/hidden_markov.py wrote down."""

from pathlib import Path

import numpy as np
import pytest
import torch

from drawlike.statistics.loop import iterate

from .problems import TYPES, batch_of, chain_of, normals_of, tensor

CASES = [*(f"gaussian-{kind}" for kind in TYPES), "mixture-full", "mixture-diag"]


@pytest.fixture(scope="module")
def oracle():
    path = Path(__file__).parents[2] / "fixtures" / "hidden_markov.npz"
    with np.load(path) as arrays:
        return dict(arrays)


def started(oracle, case):
    first = {name: oracle.get(f"{case} first {name}_") for name in ("means", "covars", "weights")}
    d = oracle["X"].shape[1]
    normals = normals_of(first["means"].reshape(-1, d), first["covars"], case.split("-")[1])
    law = (oracle[f"{case} first startprob_"], oracle[f"{case} first transmat_"])
    return chain_of(*law, normals, first["weights"])


@pytest.mark.parametrize("case", CASES)
def test_posteriors_and_paths(oracle, case):
    chain, lengths = started(oracle, case), torch.from_numpy(oracle["lengths"])
    x = tensor(oracle["X"])
    assert chain.log_prob(x, lengths).sum().item() == pytest.approx(oracle[f"{case} score"])
    posterior = chain.posteriors(x, lengths)
    torch.testing.assert_close(posterior, tensor(oracle[f"{case} posterior"]))
    log_prob, path = chain.viterbi(x, lengths)
    assert log_prob.sum().item() == pytest.approx(oracle[f"{case} best"])
    assert path.tolist() == oracle[f"{case} path"].tolist()


@pytest.mark.parametrize("case", CASES)
def test_iterations(oracle, case):
    history = oracle[f"{case} history"]
    batch = batch_of(oracle["X"], oracle["lengths"])
    course = iterate(started(oracle, case), lambda: [batch], max_iter=len(history), tol=0.0)
    objectives = np.array(course.objectives) * len(oracle["X"])
    np.testing.assert_allclose(objectives, history, rtol=1e-8)
    chain, last = course.model, {}
    for name in ("startprob", "transmat", "means", "covars"):
        last[name] = oracle[f"{case} last {name}_"]
    normals = chain.emissions.normals
    np.testing.assert_allclose(chain.start, last["startprob"], atol=1e-7)
    np.testing.assert_allclose(chain.transitions, last["transmat"], atol=1e-6)
    np.testing.assert_allclose(normals.means, last["means"].reshape(-1, 2), rtol=1e-5)
    found = normals.variances if case == "gaussian-spherical" else normals.covariances
    found = found + excess(oracle, case, normals.means)
    np.testing.assert_allclose(found, last["covars"].reshape(found.shape), rtol=1e-5)


def excess(oracle, case, means):
    """GMMHMM takes squares about the means before the update: covariances too large."""
    if case.startswith("gaussian"):
        return 0.0
    shift = means - tensor(oracle[f"{case} first means_"]).view(-1, 2)
    return shift**2 if case == "mixture-diag" else shift[:, :, None] * shift[:, None]
