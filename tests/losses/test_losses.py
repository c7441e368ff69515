"""Losses against closed forms and torch.distributions."""

import pytest
import torch

from drawlike.losses.adversarial import LOSSES
from drawlike.losses.energy import energy_distance


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_give_a_value_per_row(name):
    real, fake = normal(6), normal(6, seed=1)
    assert LOSSES[name].critic(real, fake).shape == (6,)
    assert LOSSES[name].generator(real, fake).shape == (6,)


def test_adversarial_losses_are_the_papers():
    real, fake = normal(6), normal(6, seed=1)
    d_real, d_fake = real.sigmoid(), fake.sigmoid()
    hinges = (1 - real).clamp_min(0) + (1 + fake).clamp_min(0)
    beaten = (real - fake).sigmoid().log()
    expected = {
        "minimax": (-d_real.log() - (1 - d_fake).log(), (1 - d_fake).log()),
        "non-saturating": (-d_real.log() - (1 - d_fake).log(), -d_fake.log()),
        "least-squares": (((real - 1) ** 2 + fake**2) / 2, (fake - 1) ** 2 / 2),
        "hinge": (hinges, -fake),
        "wasserstein": (fake - real, -fake),
        "relativistic": (-beaten, -(fake - real).sigmoid().log()),
    }
    assert set(expected) == set(LOSSES)
    for name, (critic, generator) in expected.items():
        torch.testing.assert_close(LOSSES[name].critic(real, fake), critic)
        torch.testing.assert_close(LOSSES[name].generator(real, fake), generator)


@pytest.mark.parametrize("name", LOSSES)
def test_a_generator_gains_where_the_critic_believes_it(name):
    real, fake = normal(6), normal(6, seed=1).requires_grad_(True)
    for player, sign in (("generator", -1), ("critic", 1)):
        value = getattr(LOSSES[name], player)(real, fake).sum()
        (slope,) = torch.autograd.grad(value, fake)
        if name != "least-squares":  # it wants a number, neither more nor less
            assert (sign * slope >= 0).all()
            assert (sign * slope > 0).any()


def test_only_a_paired_loss_looks_at_real_rows():
    fake = normal(6, seed=1)
    for name, loss in LOSSES.items():
        one, other = (loss.generator(normal(6, seed=seed), fake) for seed in (2, 3))
        assert torch.equal(one, other) != loss.paired, name


def test_only_the_minimax_generator_stops_learning_when_the_critic_wins():
    real = torch.full((1,), 20.0)
    slopes = {}
    for name in LOSSES:
        fake = torch.full((1,), -20.0, requires_grad=True)
        (slope,) = torch.autograd.grad(LOSSES[name].generator(real, fake).sum(), fake)
        slopes[name] = abs(slope.item())
    assert slopes.pop("minimax") < 1e-6
    assert min(slopes.values()) > 0.99


def test_energy_distance_of_points_is_the_hand_computed_one():
    a, b = torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0], [1.0]])
    assert energy_distance(a, b).item() == pytest.approx(2 * 1 - 2 - 0)


def test_energy_distance_tells_laws_apart():
    same = [energy_distance(normal(200, 2, seed=i), normal(200, 2, seed=99 + i)) for i in range(20)]
    shifted = energy_distance(normal(200, 2), normal(200, 2, seed=1) + 0.5)
    assert abs(torch.stack(same).mean()) < 0.01
    assert shifted > max(same)
