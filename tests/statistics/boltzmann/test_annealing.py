"""log Z against sums over all states."""

import math
from itertools import pairwise

import pytest
import torch

from drawlike.events import Emitter, History
from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.networks.units import Units
from drawlike.statistics.boltzmann.annealing import (
    anneal,
    annealed_density,
    annealed_partition,
    counted_density,
    counted_partition,
    ladder,
)
from drawlike.statistics.boltzmann.enumerating import enumerable, enumerated_density
from tests.machines import NO_LABELS, all_hidden, bits, exact, machine_of


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("k", [0, 2])
def test_counting_hidden_states_equals_counting_visible_ones(k):
    machine = machine_of(bits(6), 5, k=k)
    labels = torch.eye(k, dtype=torch.float64) if k else NO_LABELS(1)
    v = all_hidden(6)
    for y, log in zip(labels, counted_partition(machine, labels).log, strict=True):
        total = (-machine.free_energy(v, y.expand(len(v), -1))).logsumexp(0)
        assert float(log) == pytest.approx(float(total), rel=1e-12)


def mixed_units():
    layout = Layout((Real("x", 2), Choice("c", 3), Mixed("m", 2)))
    rows = torch.tensor([[0.0, 0.5, 1, 0, 1.0], [1, 1.5, 2, 1, math.nan], [0, 0, 0, 0, 0]])
    return Units.of(layout, rows, torch.ones(3), "auto")


@pytest.mark.parametrize("units", [bits(20), mixed_units()], ids=["bits", "mixed"])
def test_annealing_finds_the_counted_value_within_its_error(units):
    for seed in range(4):
        machine = machine_of(units, 8, scale=0.8, seed=seed)
        y = NO_LABELS(1)
        found = annealed_partition(machine, y, generator(seed), n_chains=400, n_temperatures=300)
        counted = counted_partition(machine, y)
        assert 0 < float(found.error) < 0.1
        assert abs(float(found.log - counted.log)) < 4 * float(found.error)


@pytest.mark.parametrize("hidden", [[0], [2], [0, 2], [3, 4], [0, 1, 2, 3, 4], []])
def test_counting_sums_over_what_is_not_known(hidden):
    units = mixed_units()
    machine, y = machine_of(units, 6, k=2, scale=0.8), torch.eye(2, dtype=torch.float64)
    x = torch.tensor([[0.0, 0.5, 1, 0, 1.0], [1, 1.5, 2, 1, math.nan]], dtype=torch.float64)
    x[:, hidden] = math.nan
    given = units.expand(x)
    counted = counted_density(machine, y, given)
    if not hidden:
        torch.testing.assert_close(counted, -machine.free_energy(given[0], y))
    found = annealed_density(machine, y, given, generator(), n_chains=2000, n_temperatures=200)
    torch.testing.assert_close(counted, found, rtol=0, atol=0.06)
    few = enumerable(units, given[1])
    assert few.tolist() == [not set(hidden) & {3, 4}] * 2
    if few.all():
        torch.testing.assert_close(counted, enumerated_density(machine, y, given))
    if len(hidden) == 5:
        torch.testing.assert_close(counted, counted_partition(machine, y).log)


def test_many_open_bits_are_not_enumerated():
    known = torch.tensor([[False] * 10 + [True] * 2, [False] * 11 + [True]])
    assert enumerable(bits(12), known).tolist() == [True, False]


def test_the_error_is_the_spread_of_repeated_estimates():
    machine = machine_of(bits(12), 6, scale=1.5)
    found = [
        annealed_partition(machine, NO_LABELS(1), generator(s), n_chains=100, n_temperatures=20)
        for s in range(60)
    ]
    spread = torch.cat([part.log for part in found]).std()
    told = torch.cat([part.error for part in found]).mean()
    assert 0.6 < float(told / spread) < 1.6


def test_each_class_has_its_own_partition():
    machine, y = machine_of(bits(8), 5, k=3), torch.eye(3, dtype=torch.float64)
    found = annealed_partition(machine, y, generator(), n_chains=300, n_temperatures=300)
    torch.testing.assert_close(found.log, counted_partition(machine, y).log, atol=0.1, rtol=0)


def test_densities_of_some_units_sum_over_the_others():
    machine = machine_of(bits(7), 4)
    v, log = exact(machine)
    known = torch.tensor([[True, False, True, True, False, False, True]])
    row = v[37:38]
    same = (v[:, known[0]] == row[:, known[0]]).all(1)
    found = annealed_density(
        machine, NO_LABELS(1), (row, known), generator(), n_chains=500, n_temperatures=200
    )
    log_z = counted_partition(machine, NO_LABELS(1)).log
    assert float(found - log_z) == pytest.approx(float(log[same].logsumexp(0)), abs=0.05)


def test_ladders_go_from_0_to_1_with_most_steps_at_the_end():
    betas = ladder(1000)
    assert (betas[0], betas[-1], len(betas)) == (0.0, 1.0, 1001)
    assert all(a < b for a, b in pairwise(betas))
    assert sum(beta > 0.9 for beta in betas) == 500


def test_annealed_chains_are_importance_samples():
    machine = machine_of(bits(5), 3)
    y = NO_LABELS(1).expand(20_000, -1)
    chains = anneal(machine, y, generator(), 30)
    weight = chains.log_weight.softmax(0)
    v, log = exact(machine)
    torch.testing.assert_close(weight @ chains.v, log.exp() @ v, atol=0.02, rtol=0)


def test_progress_is_told():
    history = History()
    machine = machine_of(bits(3), 2)
    annealed_partition(
        machine,
        NO_LABELS(1),
        generator(),
        n_chains=10,
        n_temperatures=5,
        events=Emitter(history, "partition"),
    )
    assert history[-1].step == history[-1].total == 10
