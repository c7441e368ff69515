"""Machines that begin as normal distributions."""

import math

import numpy as np
import pytest
import torch

from drawlike.layout import Layout, Real
from drawlike.networks.tempering import tempered_states
from drawlike.networks.units import Units
from drawlike.statistics.boltzmann.annealing import annealed_partition, counted_partition
from drawlike.training.contrastive import Examples, initial_machine
from drawlike.training.contrastive.staircase import Stairs

COVARIANCE = torch.tensor([[1.0, 0.8], [0.8, 1.0]], dtype=torch.float64)


def normal_rows(covariance, n=2000, seed=0):
    rng = torch.Generator().manual_seed(seed)
    draws = torch.randn(n, len(covariance), generator=rng, dtype=torch.float64)
    return draws @ torch.linalg.cholesky(covariance).T


def begun(x, n_hidden, y=None, **options):
    units = Units.of(Layout((Real("x", x.shape[1]),)), x, torch.ones(len(x)), "gaussian")
    v, _ = units.expand(x)
    y = torch.zeros(len(x), 0) if y is None else y
    rows = Examples(v.float(), None, y, torch.ones(len(x)))
    rng = torch.Generator().manual_seed(0)
    return initial_machine(rows, units, n_hidden, rng, **options), v


def entropy(v):
    slogdet = torch.linalg.slogdet(torch.cov(v.T, correction=0))[1]
    return 0.5 * float(slogdet + v.shape[1] * math.log(2 * math.pi * math.e))


def test_a_machine_begins_at_the_normal_distribution_of_its_rows():
    machine, v = begun(normal_rows(COVARIANCE), 14)
    exact = machine.to("cpu", torch.float64)
    none = torch.zeros(1, 0, dtype=torch.float64)
    log_z = counted_partition(exact, none).log
    score = (-exact.free_energy(v, none.expand(len(v), -1)) - log_z).mean()
    assert float(score) == pytest.approx(-entropy(v), abs=0.06)


def test_narrow_directions_of_many_columns_are_known_from_the_start():
    """Ten columns that are three factors and a little noise, which gradients hardly find."""
    rng = np.random.default_rng(0)
    loads = torch.from_numpy(rng.normal(size=(10, 3)))
    machine, v = begun(normal_rows(loads @ loads.T + 0.05 * torch.eye(10)), 256)
    none = torch.zeros(500, 0)
    drawn = tempered_states(
        machine, none, torch.Generator().manual_seed(0), n_temperatures=10, n_sweeps=100
    )
    values, vectors = torch.linalg.eigh(torch.cov(v.T))
    found = (drawn.double() @ vectors).var(0)
    np.testing.assert_allclose(found.log(), values.log(), atol=0.5)


def test_annealing_crosses_where_the_noise_is_small():
    """Through machines of wider noise the estimate is near the exact value in 300 steps."""
    covariance = torch.full((3, 3), 0.98, dtype=torch.float64) + 0.02 * torch.eye(3)
    machine, _ = begun(normal_rows(covariance), 14)
    machine = machine.to("cpu", torch.float64)
    assert float(machine.scale.max()) < 0.6
    none = torch.zeros(1, 0, dtype=torch.float64)
    counted = counted_partition(machine, none).log
    found = annealed_partition(
        machine, none, torch.Generator().manual_seed(0), n_chains=200, n_temperatures=300
    )
    assert float(found.error) < 0.1
    assert abs(float(found.log - counted)) < 4 * float(found.error)


def test_classes_begin_at_their_means():
    x = normal_rows(COVARIANCE)
    y = torch.eye(2)[torch.arange(len(x)) % 2]
    x += 1.5 * (2 * y[:, :1].double() - 1)
    machine, v = begun(x, 64, y)
    drawn = tempered_states(
        machine, y, torch.Generator().manual_seed(0), n_temperatures=5, n_sweeps=50
    )
    for label in (0, 1):
        of_class = y[:, label] == 1
        torch.testing.assert_close(
            drawn[of_class].mean(0).double(), v[of_class].mean(0), atol=0.12, rtol=0
        )


def test_few_hidden_units_leave_the_noise_wide():
    x = normal_rows(COVARIANCE)
    none, weight = torch.zeros(len(x), 0), torch.ones(len(x))
    few, many = (Stairs.of(x, none, weight, n) for n in (1, 100))
    assert few.weights.shape == (2, 0)
    assert (few.log_variance == 0).all()
    assert (many.log_variance < math.log(0.3**2)).all()


def test_fixed_variances_begin_and_stay_at_that_of_the_column():
    machine, _ = begun(normal_rows(COVARIANCE), 14, variance=False)
    assert (machine.log_variance == 0).all()


def test_the_noise_is_the_finest_that_leaves_units_free():
    rng = np.random.default_rng(1)
    loads = torch.from_numpy(rng.normal(size=(20, 4)))
    x = normal_rows(loads @ loads.T + 0.3 * torch.eye(20))
    x /= x.std(0)
    none, weight, used = torch.zeros(len(x), 0), torch.ones(len(x)), []
    for n_hidden in range(10, 110, 10):
        stairs = Stairs.of(x, none, weight, n_hidden)
        used.append(len(stairs.bias))
        assert used[-1] <= 0.9 * n_hidden
        if n_hidden >= 20:
            assert used[-1] > 0.4 * n_hidden  # one noise finer takes a few units more
    assert used == sorted(used)


def test_a_class_without_rows_has_finite_stairs():
    x = normal_rows(COVARIANCE)
    y = torch.eye(2)[torch.zeros(len(x), dtype=torch.long)]
    stairs = Stairs.of(x, y, torch.ones(len(x)), 64)
    alone = Stairs.of(x, y[:, :1], torch.ones(len(x)), 64)
    assert stairs.label_weights.isfinite().all()
    torch.testing.assert_close(stairs.weights, alone.weights)
