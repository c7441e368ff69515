"""The energy against sums over all states."""

import itertools
import math

import numpy as np
import pytest
import torch

from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.networks.boltzmann import Boltzmann
from drawlike.networks.units import Units
from tests.machines import NO_LABELS, all_hidden, machine_of

LAYOUT = Layout((Real("bit"), Choice("c", 3), Mixed("m", 2), Real("x", 1)))
NAN = math.nan
ROWS = torch.tensor(
    [[0.0, 2, 0, 1.5, 3.0], [1, 0, 1, NAN, -1.0], [1, 1, 0, -0.5, 4.0], [0, 0, 1, NAN, 0.0]],
    dtype=torch.float64,
)


@pytest.fixture
def units():
    return Units.of(LAYOUT, ROWS, torch.ones(4), "auto")


def log_joint(machine, v, h, y):
    """-E(v, h) from its formula, one state at a time."""
    units, total = machine.units, 0.0
    for i in range(len(v)):
        field = float(machine.visible_bias[i] + machine.weights[i] @ h)
        if units.n_binary <= i < units.n_binary + units.n_normal:
            g = i - units.n_binary
            group = units.gate[g]
            if group >= 0 and v[units.codes][sum(units.sizes[:group])] == 0:
                continue
            variance = float(machine.log_variance[g].exp())
            mean_free = float(machine.visible_bias[i])
            total += float(v[i]) * field / variance
            total -= (float(v[i]) ** 2 + mean_free**2) / (2 * variance)
            total -= 0.5 * math.log(2 * math.pi * variance)
        else:
            total += float(v[i]) * field
    return total + float(h @ (machine.hidden_bias + y @ machine.label_weights))


def test_columns_become_units_of_their_sort(units):
    assert (units.n_binary, units.n_normal, units.sizes) == (1, 2, (3, 2))
    assert units.gate == (1, -1)
    assert (units.binary_columns, units.code_columns) == ((0,), (1, 2))


def test_states_come_back_as_rows(units):
    v, known = units.expand(ROWS)
    assert known.all()
    torch.testing.assert_close(units.collapse(v), ROWS, equal_nan=True)
    x = v[:, units.normal]
    assert float(x[:, 1].mean()) == pytest.approx(0)
    assert float(x[:, 1].std(correction=0)) == pytest.approx(1)


def test_missing_cells_are_unknown_and_a_number_tells_its_code(units):
    rows = ROWS.clone()
    rows[0, 0] = NAN  # a bit
    rows[1, 1] = NAN  # a code
    rows[2, 2] = NAN  # a code whose number is there
    rows[0, 3] = NAN  # a number whose code says that there is one
    v, known = units.expand(rows)
    assert known[:, 0].tolist() == [False, True, True, True]
    assert known[1, 3:6].tolist() == [False] * 3
    assert known[2, 6:].all()
    assert v[2, 6:].tolist() == [1, 0]
    assert known[:, 1].tolist() == [False, True, True, True]


@pytest.mark.parametrize("k", [0, 2])
def test_free_energy_sums_over_hidden_states(units, k):
    machine = machine_of(units, 4, k=k)
    v, _ = units.expand(ROWS)
    y = torch.eye(2, dtype=torch.float64)[[0, 1, 1, 0]][:, :k]
    expected = [
        np.logaddexp.reduce([log_joint(machine, row, h, label) for h in all_hidden(4)])
        for row, label in zip(v, y, strict=True)
    ]
    np.testing.assert_allclose(-machine.free_energy(v, y).numpy(), expected, rtol=1e-10)


def test_visible_sums_integrate_over_numbers_and_codes(units):
    machine = machine_of(units, 3)
    h = all_hidden(3)
    numbers, codes = torch.linspace(-30, 30, 6001, dtype=torch.float64), []
    for bit, c, m in itertools.product((0.0, 1.0), range(3), range(2)):
        one_hot = torch.zeros(5, dtype=torch.float64)
        one_hot[c] = one_hot[3 + m] = 1.0
        codes.append((bit, one_hot, m == 0))
    step = float(numbers[1] - numbers[0])
    for state, log_sum in zip(h, machine.log_visible_sum(h), strict=True):
        field = machine.visible_input(state[None])[0]
        density = []
        for g, i in enumerate((1, 2)):
            variance = machine.log_variance[g].exp()
            exponent = numbers * field[i] - 0.5 * (numbers**2 + machine.visible_bias[i] ** 2)
            density.append(
                float((exponent / variance).exp().sum()) * step / math.sqrt(2 * math.pi * variance)
            )
        total = sum(
            math.exp(bit * float(field[0]) + float(one_hot @ field[3:]))
            * (density[0] if exists else 1.0)
            * density[1]
            for bit, one_hot, exists in codes
        )
        assert float(log_sum) == pytest.approx(math.log(total), rel=1e-6)


def test_draws_given_hidden_units_have_their_frequencies(units):
    machine = machine_of(units, 3)
    h = torch.tensor([[1.0, 0, 1]], dtype=torch.float64).expand(20_000, -1)
    v = machine.sample_visible(h, torch.Generator().manual_seed(0))
    mean = machine.mean_visible(h[:1])[0]
    binary_and_codes = [0, *range(3, 8)]
    np.testing.assert_allclose(v.mean(0)[binary_and_codes], mean[binary_and_codes], atol=0.015)
    exists = v[:, 6] == 1
    assert (v[~exists, 1] == 0).all()
    assert float(v[exists, 1].mean()) == pytest.approx(float(mean[1]), abs=0.05)
    assert float(v[:, 2].std()) == pytest.approx(float(machine.scale[1]), rel=0.03)


def test_given_units_keep_their_values(units):
    machine = machine_of(units, 3)
    given = units.expand(ROWS)[0], torch.zeros(4, 8, dtype=torch.bool)
    given[1][:, [0, 3, 4, 5]] = True
    v = machine.sweep(given[0], NO_LABELS(4), torch.Generator().manual_seed(0), given=given)
    torch.testing.assert_close(v[given[1]], given[0][given[1]])


def test_the_machine_at_temperature_infinity_is_its_base(units):
    machine = machine_of(units, 3)
    v = units.expand(ROWS)[0]
    log = -machine.free_energy(v, NO_LABELS(4), 0.0) - machine.log_base_partition()
    known = torch.ones_like(v, dtype=torch.bool)
    torch.testing.assert_close(log, machine.log_base_density(v, known))


def test_energy_steps_are_differences_of_free_energies(units):
    machine = machine_of(units, 3)
    v, y = units.expand(ROWS)[0], NO_LABELS(4)
    step = machine.free_energy(v, y, 0.2) - machine.free_energy(v, y, 0.7)
    torch.testing.assert_close(machine.energy_step(v, y, 0.2, 0.7), step)


def test_states_of_units_are_plain(units):
    assert Units.from_state(units.state()) == units


def test_weights_move_the_scale_of_numbers():
    x = torch.tensor([[0.0], [2.0]])
    heavy = Units.of(Layout((Real("x"),)), x, torch.tensor([3.0, 1.0]), "gaussian")
    assert heavy.center == (0.5,)
    assert heavy.spread[0] == pytest.approx(math.sqrt(0.75))


def test_a_machine_moves_to_another_type(units):
    single = machine_of(units, 3).to("cpu", torch.float32)
    assert isinstance(single, Boltzmann)
    assert single.weights.dtype == torch.float32
