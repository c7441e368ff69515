"""A chain's likelihoods and expectations against all paths, and its EM."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from drawlike.statistics.loop import accumulate, add, iterate

from .problems import TYPES, any_chain, batch_of, chain_of, normals_of, paths, tensor

LENGTHS = (4, 1, 6)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def some_steps(rng, missing=0.0, d=2):
    x = rng.normal(size=(sum(LENGTHS), d)) * 2
    x[rng.random(x.shape) < missing] = np.nan
    return x


def cut(x):
    return np.split(x, np.cumsum(LENGTHS)[:-1])


def expected(chain, x, weight=(1.0, 1.0, 1.0)):
    """Weighted posteriors, first states, moves and log-likelihoods from all paths."""
    n = chain.n_states
    posterior, start, moves, log_prob = [], np.zeros(n), np.zeros((n, n)), []
    for part, w in zip(cut(x), weight, strict=True):
        every, total = paths(chain, part)
        log_prob.append(logsumexp(total))
        share = w * np.exp(total - log_prob[-1])
        here = np.zeros((len(part), n))
        for path, p in zip(every, share, strict=True):
            start[path[0]] += p
            here[np.arange(len(part)), path] += p
            np.add.at(moves, (path[:-1], path[1:]), p)
        posterior.append(here)
    return np.concatenate(posterior), start, moves, np.array(log_prob)


@pytest.mark.parametrize("missing", [0.0, 0.4])
@pytest.mark.parametrize("n_mixture", [1, 2])
@pytest.mark.parametrize("covariance", TYPES)
def test_all_paths_agree(rng, covariance, n_mixture, missing):
    chain = any_chain(rng, covariance=covariance, n_mixture=n_mixture)
    x = some_steps(rng, missing)
    weight = (1.0, 2.0, 0.5)
    posterior, start, moves, log_prob = expected(chain, x, weight)
    sums = chain.statistics(batch_of(x, LENGTHS, weight))
    torch.testing.assert_close(sums.start, tensor(start))
    torch.testing.assert_close(sums.transitions, tensor(moves))
    mass = sums.emissions.mass.view(3, -1).sum(1)
    torch.testing.assert_close(mass, tensor(posterior.sum(0)))
    torch.testing.assert_close(sums.log_likelihood, tensor(weight) @ tensor(log_prob))
    assert sums.weight == 3.5
    assert sums.steps == 4 + 2 + 3


def test_likelihoods_of_sequences_and_steps(rng):
    chain, x = any_chain(rng), some_steps(rng, 0.2)
    lengths = torch.tensor(LENGTHS)
    log_prob = chain.log_prob(tensor(x), lengths)
    torch.testing.assert_close(log_prob, tensor(expected(chain, x)[3]))
    prefixes = [logsumexp(paths(chain, x[:t])[1]) for t in range(1, 5)]
    steps = chain.step_log_prob(tensor(x), lengths)
    torch.testing.assert_close(steps[:4].cumsum(0), tensor(prefixes))


def test_posteriors_and_filter(rng):
    chain, x = any_chain(rng), some_steps(rng)
    lengths = torch.tensor(LENGTHS)
    posterior = chain.posteriors(tensor(x), lengths)
    torch.testing.assert_close(posterior, tensor(expected(chain, x)[0]))
    last = np.cumsum(LENGTHS) - 1
    torch.testing.assert_close(chain.filtered(tensor(x), lengths), posterior[last])
    assert torch.equal(chain.map_states(tensor(x), lengths), posterior.argmax(1))


def test_most_probable_paths(rng):
    chain, x = any_chain(rng), some_steps(rng, 0.3)
    log_prob, states = chain.viterbi(tensor(x), torch.tensor(LENGTHS))
    for part, best, value in zip(cut(x), cut(states.numpy()), log_prob, strict=True):
        every, total = paths(chain, part)
        assert tuple(best) == every[total.argmax()]
        assert value == pytest.approx(total.max(), rel=1e-12)


def test_a_step_without_a_cell_says_nothing(rng):
    chain, x = any_chain(rng), some_steps(rng)
    x[-1] = np.nan
    steps = chain.step_log_prob(tensor(x), torch.tensor(LENGTHS))
    assert steps[-1] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("n_mixture", [1, 2])
def test_likelihood_never_falls(rng, covariance, n_mixture):
    x = rng.normal(size=(200, 2)).cumsum(0)
    x[rng.random(x.shape) < 0.1] = np.nan
    chain = any_chain(rng, covariance=covariance, n_mixture=n_mixture)
    batch = batch_of(x, [120, 80])
    objectives = iterate(chain, lambda: [batch], max_iter=40, tol=0.0).objectives
    assert len(objectives) == 40
    assert np.diff(objectives).min() > -1e-9 * abs(objectives[-1])
    assert objectives[-1] > objectives[0] + 0.1


def test_weights_are_repeated_sequences(rng):
    chain, x = any_chain(rng, covariance="full"), some_steps(rng, 0.2)
    weighted = chain.statistics(batch_of(x, LENGTHS, [2, 0, 3]))
    parts = cut(x)
    repeated = np.concatenate([parts[0]] * 2 + [parts[2]] * 3)
    same = chain.statistics(batch_of(repeated, [4, 4, 6, 6, 6]))
    for one, other in zip(flat(weighted), flat(same), strict=True):
        torch.testing.assert_close(one, other)


def test_sums_of_parts_add_up(rng):
    chain, x = any_chain(rng, covariance="full", n_mixture=2), some_steps(rng, 0.2)
    together = chain.statistics(batch_of(x, LENGTHS))
    parts = [batch_of(p, [n]) for p, n in zip(cut(x), LENGTHS, strict=True)]
    added = accumulate(chain.statistics, lambda: parts)
    for one, other in zip(flat(together), flat(added), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def test_one_long_sequence_is_done_in_blocks(rng):
    chain = any_chain(rng, covariance="full", n_mixture=2)
    x = rng.normal(size=(20_000, 2))
    sums = chain.statistics(batch_of(x, [9_000, 11_000]))
    assert sums.transitions.sum() == pytest.approx(19_998)
    assert sums.emissions.mass.sum() == pytest.approx(20_000)
    posterior = chain.posteriors(tensor(x), torch.tensor([9_000, 11_000]))
    torch.testing.assert_close(posterior.sum(0), sums.emissions.mass.view(3, -1).sum(1))
    log_prob = chain.log_prob(tensor(x), torch.tensor([9_000, 11_000]))
    torch.testing.assert_close(log_prob.sum(), sums.log_likelihood)


def test_two_threads_find_the_same(rng):
    chain, batch = any_chain(rng), batch_of(rng.normal(size=(5_000, 2)), [3_000, 2_000])
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = chain.statistics(batch)
        torch.set_num_threads(2)
        two = chain.statistics(batch)
    finally:
        torch.set_num_threads(threads)
    for a, b in zip(flat(one), flat(two), strict=True):
        assert torch.equal(a, b)


def test_impossible_transitions_stay_so(rng):
    zeros = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], bool)
    chain = any_chain(rng, zeros=zeros)
    batch = batch_of(rng.normal(size=(60, 2)), [30, 30])
    learned = iterate(chain, lambda: [batch], max_iter=10, tol=0.0).model
    assert (learned.transitions[torch.from_numpy(zeros)] == 0).all()
    torch.testing.assert_close(learned.transitions.sum(1), torch.ones(3).double())


def test_pseudo_counts_keep_out_of_impossible_transitions(rng):
    zeros = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], bool)
    chain = any_chain(rng, zeros=zeros)
    prior = replace(chain, pseudo_start=2.0, pseudo_transitions=5.0)
    sums = prior.statistics(batch_of(some_steps(rng), LENGTHS))
    updated = prior.update(sums)
    counts = sums.transitions + 5.0 * torch.from_numpy(~zeros)
    torch.testing.assert_close(updated.transitions, counts / counts.sum(1, keepdim=True))
    start = sums.start + 2.0
    torch.testing.assert_close(updated.start, start / start.sum())
    batch = batch_of(some_steps(rng), LENGTHS)
    objectives = iterate(prior, lambda: [batch], max_iter=10, tol=0.0).objectives
    assert np.diff(objectives).min() > -1e-9


def test_only_what_is_to_be_learned_changes(rng):
    chain = any_chain(rng)
    part = replace(chain, learned=("transitions", "means"))
    updated = part.update(part.statistics(batch_of(some_steps(rng), LENGTHS)))
    assert torch.equal(updated.start, chain.start)
    assert torch.equal(updated.emissions.normals.covariances, chain.emissions.normals.covariances)
    assert not torch.equal(updated.transitions, chain.transitions)
    assert not torch.equal(updated.emissions.normals.means, chain.emissions.normals.means)


def test_a_state_that_nothing_fits_starts_again():
    x = np.concatenate([np.full(50, -1.0), np.full(50, 1.0)])[:, None]
    x = x + 0.1 * np.random.default_rng(0).normal(size=x.shape)
    normals = normals_of([[-1.0], [0.0], [1e3]], np.ones((3, 1)))
    chain = chain_of(np.ones(3) / 3, np.full((3, 3), 1 / 3), normals)
    course = iterate(chain, lambda: [batch_of(x, [100])], max_iter=60, tol=0.0)
    mass = course.model.statistics(batch_of(x, [100])).emissions.mass
    assert (mass > 1).all()
    updated = chain.update(chain.statistics(batch_of(x, [100])))
    assert "state 2" in updated.notes[0]
    torch.testing.assert_close(updated.transitions.sum(1), torch.ones(3).double())


def test_a_state_that_may_not_be_moved_keeps_its_parameters():
    x = np.random.default_rng(0).normal(size=(20, 1))
    normals = normals_of([[0.0], [1e3]], np.ones((2, 1)))
    chain = chain_of([1.0, 0.0], [[0.9, 0.1], [0.0, 1.0]], normals)
    updated = chain.update(chain.statistics(batch_of(x, [20])))
    assert updated.emissions.normals.means[1] == 1e3
    assert torch.equal(updated.transitions[1], chain.transitions[1])
    assert "state 1 has no steps" in updated.notes[0]


def test_empty_sequences_are_no_evidence(rng):
    chain, x = any_chain(rng), some_steps(rng)[:5]
    sums = chain.statistics(batch_of(x, [0, 5, 0]))
    same = chain.statistics(batch_of(x, [5]))
    torch.testing.assert_close(sums.start, same.start)
    assert sums.log_likelihood == same.log_likelihood
    log_prob = chain.log_prob(tensor(x), torch.tensor([0, 5, 0]))
    assert log_prob[0] == 0
    assert log_prob[2] == 0


def flat(sums):
    return [t for part in sums for t in (flat(part) if isinstance(part, tuple) else [part])]


def test_sums_can_be_scaled_and_added(rng):
    chain, x = any_chain(rng), some_steps(rng)
    sums = chain.statistics(batch_of(x, LENGTHS))
    twice = add(chain.statistics(batch_of(x, LENGTHS)), chain.statistics(batch_of(x, LENGTHS)))
    for one, two in zip(flat(sums), flat(twice), strict=True):
        torch.testing.assert_close(2 * one, two)


def test_float32_steps_are_read_in_float64(rng):
    chain = any_chain(rng, covariance="full")
    x = tensor(rng.normal(size=(3_000, 2))).float()
    batch = batch_of(x, [3_000])
    single = chain.statistics(batch._replace(x=x))
    for one, other in zip(flat(single), flat(chain.statistics(batch)), strict=True):
        assert torch.equal(one, other)


def test_normals_that_are_kept_keep_what_they_know():
    rng = np.random.default_rng(0)
    chain = any_chain(rng, covariance="full")
    batch = batch_of(rng.normal(size=(40, 2)), [40])
    for name in ("means", "covariances"):
        kept = replace(chain, learned=tuple(n for n in chain.learned if n != name))
        updated = kept.update(kept.statistics(batch)).emissions.normals
        assert torch.equal(getattr(updated, name), getattr(chain.emissions.normals, name))
        assert name == "covariances" or "roots" in vars(updated)
    fixed = replace(chain, learned=("start", "transitions"))
    assert fixed.update(fixed.statistics(batch)).emissions.normals is chain.emissions.normals


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_notes_of_columns_that_determine_others_name_states(covariance):
    x = np.random.default_rng(0).normal(size=(60, 1)).repeat(2, 1)
    narrow = 1e-6 * np.eye(2)
    narrow = narrow if covariance == "tied" else np.stack([narrow] * 2)
    chain = chain_of(
        [0.5, 0.5], np.full((2, 2), 0.5), normals_of([[-1, -1], [1, 1]], narrow, covariance)
    )
    (note,) = chain.update(chain.statistics(batch_of(x, [60]))).notes
    assert note.startswith("states 0 and 1 have columns that determine others")
