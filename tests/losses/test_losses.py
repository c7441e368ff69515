"""Losses against closed forms and torch.distributions."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from drawlike.losses.adversarial import LOSSES
from drawlike.losses.energy import energy_distance
from drawlike.losses.variational import kl_to_standard_normal


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_kl_is_that_of_torch():
    mean, log_var = normal(5, 3), normal(5, 3, seed=1)
    expected = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(kl_to_standard_normal(mean, log_var), expected)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_give_a_value_per_row(name):
    real, fake = normal(6), normal(6, seed=1)
    assert LOSSES[name].critic(real, fake).shape == (6,)
    assert LOSSES[name].generator(fake).shape == (6,)


def test_adversarial_losses_are_the_papers():
    real, fake = normal(6), normal(6, seed=1)
    log_d, log_not_d = real.sigmoid().log(), (1 - fake.sigmoid()).log()
    for name in ("minimax", "non-saturating"):
        torch.testing.assert_close(LOSSES[name].critic(real, fake), -log_d - log_not_d)
    torch.testing.assert_close(LOSSES["minimax"].generator(fake), log_not_d)
    torch.testing.assert_close(LOSSES["non-saturating"].generator(fake), -fake.sigmoid().log())


def test_only_the_minimax_generator_stops_learning_when_the_critic_wins():
    fake = torch.full((1,), -20.0, requires_grad=True)
    slopes = {}
    for name in ("minimax", "non-saturating"):
        (slope,) = torch.autograd.grad(LOSSES[name].generator(fake).sum(), fake)
        slopes[name] = abs(slope.item())
    assert slopes["minimax"] < 1e-6
    assert slopes["non-saturating"] > 0.99


def test_energy_distance_of_points_is_the_hand_computed_one():
    a, b = torch.tensor([[0.0], [2.0]]), torch.tensor([[1.0], [1.0]])
    assert energy_distance(a, b).item() == pytest.approx(2 * 1 - 2 - 0)


def test_energy_distance_tells_laws_apart():
    same = [energy_distance(normal(200, 2, seed=i), normal(200, 2, seed=99 + i)) for i in range(20)]
    shifted = energy_distance(normal(200, 2), normal(200, 2, seed=1) + 0.5)
    assert abs(torch.stack(same).mean()) < 0.01
    assert shifted > max(same)
