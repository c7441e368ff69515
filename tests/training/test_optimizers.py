"""Optimizers by name, on a bowl and on the game that has no slope towards its solution."""

import pytest
import torch
from torch import nn

from drawlike.errors import SettingError
from drawlike.rows import Batch
from drawlike.training import OPTIMIZERS, Player, extragradient, in_turn, plain_step
from drawlike.training.player import identity

BATCH = Batch(torch.zeros(1, 1), torch.zeros(1, 0), torch.ones(1))


class Point(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.at = nn.Parameter(torch.tensor([start]))


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_each_finds_the_bottom_of_a_bowl(method):
    net = Point(2.0)
    player = Player("one", net, lambda net, batch: net.at.square(), 0.05, method=method)
    for _ in range(300):
        plain_step(player, BATCH)
    assert abs(net.at.item()) < 0.1


def distance_after(method, turn, steps=800):
    """Play min_x max_y x y from (1, 1); the solution is (0, 0)."""
    x, y = Point(1.0), Point(1.0)
    betas = (0.0, 0.999)
    players = [
        Player("x", x, lambda net, batch: net.at * y.at, 0.1, betas, method=method),
        Player("y", y, lambda net, batch: -net.at * x.at, 0.1, betas, method=method),
    ]
    distances = []
    for _ in range(steps):
        turn(players, BATCH, plain_step, identity)
        distances.append(torch.cat([x.at.detach(), y.at.detach()]).norm().item())
    return sum(distances[-100:]) / 100


def test_optimistic_and_extragradient_steps_end_the_orbit():
    orbit = distance_after("adam", in_turn)
    assert orbit > 0.5
    assert distance_after("optimistic", in_turn) < 0.01
    assert distance_after("extragradient", extragradient) < 0.01


def test_long_gradients_are_shortened():
    net = Point(100.0)
    player = Player(
        "one", net, lambda net, batch: net.at.square(), 0.5, method="sgd", clip_gradients=1.0
    )
    plain_step(player, BATCH)
    assert net.at.item() == pytest.approx(99.5)


def test_weights_are_kept_small():
    net = Point(0.009)
    player = Player("one", net, lambda net, batch: -net.at, 0.5, clip_weights=0.01)
    plain_step(player, BATCH)
    assert net.at.item() == pytest.approx(0.01)


def test_a_step_leaves_the_other_players_gradients_alone():
    x, y = Point(1.0), Point(1.0)
    player = Player("x", x, lambda net, batch: net.at * y.at, 0.1)
    plain_step(player, BATCH)
    assert y.at.grad is None


def test_a_step_that_extragradient_could_not_take_is_refused():
    def private(player, batch, reduce):
        return plain_step(player, batch, reduce)

    player = Player("one", Point(1.0), lambda net, batch: net.at.square(), 0.1)
    with pytest.raises(SettingError, match="another optimizer"):
        extragradient([player], BATCH, private, identity)
    in_turn([player], BATCH, private, identity)
