"""Parallel tempering against exact probabilities."""

from dataclasses import replace

import pytest
import torch
from scipy.stats import chisquare

from drawlike.networks.tempering import Ensembles, tempered_states
from tests.machines import bits, exact, machine_of


def two_wells():
    """A machine with two modes, all on and all off, that Gibbs sweeps hardly cross."""
    machine = machine_of(bits(6), 2).to("cpu", torch.float32)
    return replace(
        machine,
        weights=torch.full((6, 2), 5.0),
        visible_bias=torch.full((6,), -5.0),
        hidden_bias=torch.full((2,), -15.2),
        base=torch.zeros(6),
    )


def states(machine, n, **options):
    y, rng = torch.zeros(n, 0), torch.Generator().manual_seed(0)
    return tempered_states(machine, y, rng, **options)


def counts(v):
    code = (v.long() << torch.arange(v.shape[1])).sum(1)
    return torch.bincount(code, minlength=2 ** v.shape[1]).numpy()


@pytest.mark.parametrize("n_temperatures", [1, 6])
def test_states_have_their_exact_frequencies(n_temperatures):
    machine = machine_of(bits(4), 3, scale=0.4).to("cpu", torch.float32)
    options = {"n_temperatures": n_temperatures, "n_sweeps": 30}
    # one ensemble a row, so that rows are independent and chi-square holds
    drawn = torch.cat([states_of(machine, 63, seed, **options) for seed in range(30)])
    _, log = exact(machine)
    expected = log.exp().numpy() * len(drawn)
    assert expected.min() > 5
    assert chisquare(counts(drawn), expected).pvalue > 1e-3


def states_of(machine, n, seed, **options):
    return tempered_states(
        machine, torch.zeros(n, 0), torch.Generator().manual_seed(seed), **options
    )


def test_swaps_cross_between_modes_where_sweeps_do_not():
    machine = two_wells()
    v, log = exact(machine)
    share = float(log.exp()[v.sum(1) > 3].sum())
    assert 0.2 < share < 0.8
    start = torch.ones(200, 1, 6)

    def on_after(n_temperatures):
        rng = torch.Generator().manual_seed(0)
        ensembles = Ensembles.begin(machine, torch.zeros(200, 0), rng, n_temperatures)
        ensembles.v[:, :1] = start
        ensembles.sweep(60)
        return float((ensembles.v[:, 0].sum(1) > 3).float().mean())

    assert on_after(10) == pytest.approx(share, abs=0.12)
    assert on_after(1) > 0.95


def test_rows_of_one_ensemble_have_the_same_distribution():
    machine = two_wells()
    drawn = states(machine, 3000, n_temperatures=8, n_sweeps=60)
    v, log = exact(machine)
    share = float(log.exp()[v.sum(1) > 3].sum())
    assert float((drawn.sum(1) > 3).float().mean()) == pytest.approx(share, abs=0.06)


def test_given_units_stay_and_the_others_follow():
    machine = machine_of(bits(5), 3).to("cpu", torch.float32)
    v, log = exact(machine)
    value = torch.tensor([1.0, 0, 0, 1, 0]).expand(3000, -1)
    known = torch.tensor([True, False, False, True, False]).expand(3000, -1)
    drawn = states(machine, 3000, n_temperatures=3, n_sweeps=30, given=(value, known))
    assert (drawn[:, 0] == 1).all()
    assert (drawn[:, 3] == 1).all()
    fits = (v[:, 0] == 1) & (v[:, 3] == 1)
    expected = log[fits].softmax(0) @ v[fits]
    torch.testing.assert_close(drawn.mean(0).double(), expected, atol=0.04, rtol=0)


def test_labels_shift_the_states():
    machine = machine_of(bits(4), 3, k=2, scale=2.0)
    y = torch.eye(2)[torch.arange(2000) % 2]
    rng = torch.Generator().manual_seed(0)
    single = machine.to("cpu", torch.float32)
    drawn = tempered_states(single, y, rng, n_temperatures=4, n_sweeps=40)
    for label in range(2):
        v, log = exact(machine, torch.eye(2, dtype=torch.float64)[label])
        found = drawn[label::2].mean(0).double()
        torch.testing.assert_close(found, log.exp() @ v, atol=0.06, rtol=0)


def test_one_row_needs_one_ensemble():
    machine = machine_of(bits(3), 2).to("cpu", torch.float32)
    assert states(machine, 1, n_temperatures=1, n_sweeps=1).shape == (1, 3)
