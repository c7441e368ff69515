"""Learners against exact gradients, and the loop around them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from drawlike.errors import TrainingError
from drawlike.events import Emitter, History
from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.networks.units import Units
from drawlike.statistics.boltzmann.annealing import counted_partition
from drawlike.training.contrastive import (
    Contrast,
    Examples,
    initial_machine,
    learn,
    learner_for,
    pseudo_likelihood,
)
from drawlike.training.contrastive.binary import BinaryLearner
from drawlike.training.contrastive.contrast import chain_labels
from drawlike.training.contrastive.general import GeneralLearner
from drawlike.training.contrastive.random import LANES, fill_uniform, seeded
from tests.machines import NO_LABELS, all_hidden, bits, exact, machine_of

MANY = Contrast(batch_size=8, n_chains=20_000, n_gibbs=40, centered=False)


def examples(n=8, d=5, k=0, seed=0, **options):
    rng = torch.Generator().manual_seed(seed)
    v = (torch.rand(n, d, generator=rng) < 0.4).float()
    y = torch.eye(k)[torch.arange(n) % k] if k else torch.zeros(n, 0)
    return Examples(v, None, y, torch.ones(n), **options)


def machine(k=0, d=5, m=3):
    made = machine_of(bits(d), m, k=k, scale=0.5).to("cpu", torch.float32)
    return replace(made, log_variance=torch.zeros(0))


def compiled(start, rows, contrast):
    return BinaryLearner(start, rows, contrast, np.random.default_rng(0))


def general(start, rows, contrast):
    return GeneralLearner(start, rows, contrast, torch.Generator().manual_seed(0))


BOTH = pytest.mark.parametrize("learner", [compiled, general])


def log_likelihood(start, rows):
    """Weighted mean of log p(v | y), exactly, and differentiable."""
    total = 0.0
    for v, y, w in zip(rows.v.double(), rows.y.double(), rows.weight.double(), strict=True):
        states = all_hidden(start.units.width)
        log_z = (-start.free_energy(states, y.expand(len(states), -1))).logsumexp(0)
        total = total + w * (-start.free_energy(v[None], y[None])[0] - log_z)
    return total / rows.weight.sum()


def exact_gradient(start, rows):
    names = ("weights", "visible_bias", "hidden_bias", "label_weights")
    free = {n: getattr(start, n).double().requires_grad_() for n in names}
    log_likelihood(replace(start.to("cpu", torch.float64), **free), rows).backward()
    return {n: value.grad for n, value in free.items() if value.numel()}


def moved(learner, start, rows, contrast, rate=1.0):
    """What one step changes, per unit of the rate."""
    taught = learner(start, rows, contrast)
    before = {n: t.clone() for n, t in start.tensors().items()}
    taught.climb(np.arange(len(rows.v)), rate)
    after = taught.machine.tensors()
    return {n: ((after[n] - before[n]) / rate).double() for n in before}


def centred(gradient, rows):
    """The same gradient for units less their centres, written for plain biases."""
    mean = rows.mean(rows.v.double())
    middle = torch.full((3,), 0.5, dtype=torch.float64)
    w = gradient["weights"] - torch.outer(mean, gradient["hidden_bias"])
    w = w - torch.outer(gradient["visible_bias"], middle)
    return {
        "weights": w,
        "visible_bias": gradient["visible_bias"] - w @ middle,
        "hidden_bias": gradient["hidden_bias"] - w.T @ mean,
    }


@BOTH
@pytest.mark.parametrize("k", [0, 2])
def test_a_step_follows_the_exact_gradient(learner, k):
    rows, start = examples(k=k), machine(k)
    step, gradient = moved(learner, start, rows, MANY), exact_gradient(start, rows)
    for name, expected in gradient.items():
        torch.testing.assert_close(step[name], expected, atol=0.015, rtol=0)


@BOTH
def test_a_centred_step_follows_the_centred_gradient(learner, monkeypatch):
    monkeypatch.setattr("drawlike.training.contrastive.general.CENTER_PACE", 0.0)
    rows, start = examples(), machine()
    step = moved(learner, start, rows, replace(MANY, centered=True))
    for name, expected in centred(exact_gradient(start, rows), rows).items():
        # the compiled learner moves its centre by a hundredth within the step
        torch.testing.assert_close(step[name], expected, atol=0.02, rtol=0)


@BOTH
def test_weights_count_as_repeated_rows(learner):
    rows, start = examples(4), machine()
    contrast = Contrast(batch_size=8, n_chains=50, centered=False)
    heavy = Examples(rows.v, None, rows.y, torch.tensor([3.0, 1, 1, 1]))
    index = torch.tensor([0, 0, 0, 1, 2, 3])
    repeated = Examples(rows.v[index], None, rows.y[index], torch.ones(6))
    a, b = (moved(learner, start, r, contrast) for r in (heavy, repeated))
    for name in a:
        torch.testing.assert_close(a[name], b[name], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_both_learners_take_the_same_steps_from_the_same_states(centered, momentum):
    """With rows as the only states left, nothing is random: all chains have weight 0."""
    rows, start = examples(6), machine()
    contrast = Contrast(6, n_chains=4, centered=centered, momentum=momentum, weight_decay=0.01)
    fast, slow = compiled(start, rows, contrast), general(start, rows, contrast)
    fast._chains.weight[:] = 0.0
    slow._chain_weight[:] = 0.0
    slow._optimizers[0].decay = 0.01
    for _ in range(3):
        fast.climb(np.arange(6), 0.1)
        slow.climb(np.arange(6), 0.1)
    for name, value in fast.machine.tensors().items():
        if centered and momentum:
            continue  # the centre moves a row at a time in one, a batch at a time in the other
        torch.testing.assert_close(value, slow.machine.tensors()[name], atol=3e-3, rtol=3e-3)


@BOTH
def test_rows_that_begin_the_chains_need_no_persistent_ones(learner):
    rows, start = examples(), machine()
    step = moved(
        learner, start, rows, Contrast(8, 8, n_gibbs=300, persistent=False, centered=False)
    )
    # eight chains are few, but after 300 sweeps their mean has to be near the machine's
    expected = exact_gradient(start, rows)["visible_bias"]
    torch.testing.assert_close(step["visible_bias"], expected, atol=0.6, rtol=0)


@BOTH
def test_missing_cells_take_their_conditional_distribution(learner):
    start = machine()
    n = 4000
    v, known = torch.zeros(n, 5), torch.ones(n, 5, dtype=torch.bool)
    v[:, 0], known[:, 2:4] = 1.0, False
    rows = Examples(v, known, torch.zeros(n, 0), torch.ones(n))
    taught = learner(start, rows, Contrast(batch_size=n, n_chains=2))
    for _ in range(25):
        taught.climb(np.arange(n), 1e-12)
    name = "filled"
    state = taught.state()
    filled = state[name] if name in state else state["tensors"][name]
    states, log = exact(start)
    fits = (states[:, 0] == 1) & (states[:, [1, 4]] == 0).all(1)
    expected = log[fits].softmax(0) @ states[fits]
    torch.testing.assert_close(filled.double().mean(0), expected, atol=0.03, rtol=0)
    assert (filled[:, [0, 1, 4]] == v[:, [0, 1, 4]]).all()


@BOTH
def test_grey_values_are_probabilities(learner):
    start = machine()
    grey = Examples(
        torch.full((5000, 5), 0.25), None, torch.zeros(5000, 0), torch.ones(5000), grey=True
    )
    contrast = Contrast(batch_size=5000, n_chains=5000, n_gibbs=30, centered=False)
    step = moved(learner, start, grey, contrast)
    states, log = exact(start)
    expected = 0.25 - log.exp() @ states
    torch.testing.assert_close(step["visible_bias"], expected, atol=0.04, rtol=0)


@pytest.mark.parametrize("learner", [compiled, general])
def test_a_state_that_is_loaded_goes_on_to_the_same_weights(learner):
    rows = examples(40)
    rows = replace(rows, known=torch.rand(40, 5, generator=torch.Generator().manual_seed(1)) < 0.8)
    contrast = Contrast(8, 10, momentum=0.5)
    first, order = learner(machine(), rows, contrast), np.arange(40)
    first.climb(order, 0.1)
    second = learner(machine(), rows, contrast)
    second.load(first.state())
    for each in (first, second):
        each.climb(order[::-1].copy(), 0.1)
    for name, value in first.machine.tensors().items():
        torch.testing.assert_close(value, second.machine.tensors()[name], rtol=0, atol=0)


def test_any_units_learn_their_margins_and_their_dependence():
    """Two numbers and two codes that go together: the exact likelihood must come near."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 2000)
    x = np.column_stack(
        [group * 4.0 + rng.normal(0, 0.5, 2000), rng.normal(size=2000), group, 1 - group]
    )
    x = torch.from_numpy(np.column_stack([x, np.where(group == 0, np.nan, 1.0 + x[:, 1])]))
    layout = Layout((Real("x", 2), Choice("c", 2), Mixed("m", 2)))
    units = Units.of(layout, x, torch.ones(2000), "auto")
    v, known = units.expand(x)
    assert known.all()
    rows = Examples(v.float(), None, torch.zeros(2000, 0), torch.ones(2000))
    start = initial_machine(rows, units, 6, torch.Generator().manual_seed(0))
    taught = learner_for(
        start, rows, Contrast(100, 100), np.random.default_rng(0), learns_variance=True
    )

    def score(made):
        made = made.to("cpu", torch.float64)
        log_z = counted_partition(made, NO_LABELS(1)).log
        return float((-made.free_energy(v, NO_LABELS(2000)) - log_z).mean())

    before = score(start)
    learn(
        taught,
        2000,
        epochs=40,
        rate=0.02,
        schedule="linear",
        batch_size=100,
        seed=0,
        watch=lambda made, epoch: None,
    )
    spread = x.numpy()[:, 0].std()
    best = -np.log(2) - 0.5 * np.log(2 * np.pi * np.e * (0.5 / spread) ** 2)
    independent = -3 * np.log(2) - 0.5 * np.log(2 * np.pi * np.e)
    assert before < independent + 0.7
    assert score(taught.machine) > before + 0.8 * (best - independent)


class Erring:
    """A learner whose weights explode in its second call, as often as it is told."""

    def __init__(self, inner, times):
        self.inner, self.times, self.calls = inner, times, 0

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def climb(self, order, rate):
        self.calls += 1
        self.inner.climb(order, rate)
        if self.calls > 1 and self.times:
            self.times -= 1
            self.inner._weights.all[0, 0] = np.nan


def teach(learner, epochs=4, history=None, **options):
    return learn(
        learner,
        40,
        epochs=epochs,
        rate=0.1,
        schedule="linear",
        batch_size=10,
        seed=0,
        watch=lambda made, epoch: None,
        events=Emitter(history if history is not None else History(), "fit"),
        **options,
    )


def test_exploded_weights_are_taken_back_and_the_rate_is_halved():
    history = History()
    learner = Erring(compiled(machine(), examples(40), Contrast(10, 10)), times=2)
    course = teach(learner, history=history)
    assert (course.epoch, course.rollbacks) == (4, 2)
    assert learner.machine.weights.isfinite().all()
    assert sum("exploded" in (event.message or "") for event in history) == 2


def test_a_training_that_always_explodes_ends_in_words():
    learner = Erring(compiled(machine(), examples(40), Contrast(10, 10)), times=99)
    with pytest.raises(TrainingError, match="lower learning_rate"):
        teach(learner)


def test_an_interruption_keeps_the_weights():
    learner = compiled(machine(), examples(40), Contrast(10, 10))

    def stop(made, epoch):
        if epoch == 2:
            raise KeyboardInterrupt

    course = learn(
        learner,
        40,
        epochs=9,
        rate=0.1,
        schedule="constant",
        batch_size=10,
        seed=0,
        watch=stop,
    )
    assert course.interrupted
    assert course.epoch == 2
    assert not torch.equal(learner.machine.weights, machine().weights)


def test_chains_share_classes_by_frequency():
    labels, weight = chain_labels(np.array([0.9, 0.09, 0.01]), 100)
    np.testing.assert_array_equal(np.bincount(labels), [88, 10, 2])
    np.testing.assert_allclose(np.bincount(labels, weight), [0.9, 0.09, 0.01])
    labels, weight = chain_labels(np.array([0.5, 0.3, 0.2]), 2)
    assert sorted(labels) == [0, 1, 2]
    assert chain_labels(np.empty(0), 4)[1].tolist() == [0.25] * 4


def test_pseudo_likelihoods_are_those_of_conditionals():
    start = machine_of(bits(4), 3)
    states, log = exact(start)
    by_code = {tuple(s): float(p) for s, p in zip(states.long().tolist(), log, strict=True)}
    row = [1, 0, 1, 1]
    each = []
    for i in range(4):
        other = [*row[:i], 1 - row[i], *row[i + 1 :]]
        each.append(-np.log1p(np.exp(by_code[tuple(other)] - by_code[tuple(row)])))
    v = torch.tensor(row, dtype=torch.float64).expand(4000, -1)
    rng = torch.Generator().manual_seed(0)
    found = pseudo_likelihood(start, v, NO_LABELS(4000), rng)
    assert float(found.mean()) == pytest.approx(sum(each), rel=0.05)
    possible = torch.tensor(each, dtype=torch.float64) * 4
    assert all(torch.isclose(possible, value).any() for value in found[:20])


def test_uniform_numbers_are_those_of_xoshiro():
    state = seeded(np.random.default_rng(3))
    words, expected = [int(word) for word in state[:, 5]], []
    for _ in range(20):
        expected.append((words[0] + words[3] & 0xFFFFFFFF) >> 8)
        shifted = words[1] << 9 & 0xFFFFFFFF
        words[2] ^= words[0]
        words[3] ^= words[1]
        words[1] ^= words[2]
        words[0] ^= words[3]
        words[2] ^= shifted
        words[3] = (words[3] << 11 | words[3] >> 21) & 0xFFFFFFFF
    out = np.empty(20 * LANES, np.float32)
    fill_uniform(state, out)
    np.testing.assert_array_equal(out.reshape(20, LANES)[:, 5], np.array(expected) / 2**24)


def test_a_limit_in_seconds_ends_the_training_and_its_schedule():
    learner = Noting(compiled(machine(), examples(40), Contrast(10, 10)))
    course = teach(learner, epochs=10_000, max_seconds=0.05)
    assert 1 <= course.epoch < 10_000
    assert course.seconds >= 0.05
    assert learner.rates[0] == 0.1
    assert (np.diff(learner.rates) <= 0).all()
    assert learner.rates[-1] < 0.1 * (1 - course.epoch / 10_000)  # sooner than by epochs


class Noting:
    """A learner that remembers its rates."""

    def __init__(self, inner):
        self.inner, self.rates = inner, []

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def climb(self, order, rate):
        self.rates.append(rate)
        self.inner.climb(order, rate)


def test_chains_of_grey_rows_begin_as_bits():
    rows = examples(grey=True)
    rows.v.mul_(0.5)
    contrast = replace(MANY, n_chains=2000)
    begun = general(machine(), rows, contrast)._chains.v
    assert set(begun.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(begun.mean((0, 1)), rows.v.mean(0), atol=0.04, rtol=0)
