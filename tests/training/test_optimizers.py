"""Optimizers by name, on a bowl and on the game that has no slope towards its solution."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from drawlike.errors import SettingError
from drawlike.rows import Batch
from drawlike.training import OPTIMIZERS, Player, extragradient, in_turn, plain_step
from drawlike.training.player import identity

BATCH = Batch(torch.zeros(1, 1), torch.zeros(1, 0), torch.ones(1))


TWINS = {
    "sgd": lambda weights: torch.optim.SGD(weights, 0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, 0.1, momentum=0.8),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, 0.1, alpha=0.9),
    "adam": lambda weights: torch.optim.Adam(weights, 0.1, (0.8, 0.9)),
    "adamw": lambda weights: torch.optim.AdamW(weights, 0.1, (0.8, 0.9)),
}


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


@pytest.mark.parametrize("method", TWINS)
def test_steps_are_those_of_torch(method):
    rng = torch.Generator().manual_seed(0)
    start = [torch.randn(4, 3, generator=rng), torch.randn(2, generator=rng)]
    mine, theirs = ([nn.Parameter(value.clone()) for value in start] for _ in range(2))
    optimizers = OPTIMIZERS[method](mine, 0.1, (0.8, 0.9)), TWINS[method](theirs)
    for step in range(5):
        for weights, optimizer in zip((mine, theirs), optimizers, strict=True):
            for weight in weights:
                weight.grad = (weight - step).detach().pow(3)
            if step == 2:
                weights[1].grad = None  # it stays, and its moments with it
            optimizer.step()
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_weights_decay_by_their_gradient_save_those_of_adamw(method):
    lr, decay, is_apart = 0.1, 0.2, method == "adamw"
    decaying, plain = (nn.Parameter(torch.linspace(-1, 2, 5)) for _ in range(2))
    one = OPTIMIZERS[method]([decaying], lr, (0.8, 0.9), decay)
    other = OPTIMIZERS[method]([plain], lr, (0.8, 0.9), 0.0)
    for step in range(4):
        slope = (plain - step).detach()
        decaying.grad = slope.clone()
        plain.grad = slope if is_apart else slope + decay * plain.detach()
        if is_apart:
            plain.data *= 1 - lr * decay
        one.step()
        other.step()
    torch.testing.assert_close(decaying, plain)


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_what_was_copied_goes_on_to_the_same_bytes(method):
    first, second = (nn.Parameter(torch.linspace(-1, 1, 5)) for _ in range(2))
    one, two = (OPTIMIZERS[method]([weight], 0.1, (0.8, 0.9)) for weight in (first, second))

    def follow(weight, optimizer):
        weight.grad = weight.detach().pow(2)
        optimizer.step()

    follow(first, one)
    saved = one.state_dict()
    with torch.no_grad():
        second.copy_(first)
    follow(first, one)
    two.load_state_dict(saved)
    follow(second, two)
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_gradients_in_another_memory_order_move_the_right_weights(method):
    """Slopes of slopes of channels-last weights are not channels-last themselves."""
    start = torch.linspace(-1, 1, 24).view(2, 3, 2, 2)
    moved = []
    for order in (torch.channels_last, torch.contiguous_format):
        net = nn.Module()
        net.at = nn.Parameter(start.clone().to(memory_format=order))

        def loss(net, batch):
            return (
                net.at.permute(0, 2, 3, 1).contiguous() * torch.arange(-11.0, 13.0).view(2, 2, 2, 3)
            ).sum()[None]

        player = Player("one", net, loss, 0.1, (0.5, 0.9), method=method)
        for _ in range(3):
            plain_step(player, BATCH)
        moved.append(net.at.detach().contiguous())
    torch.testing.assert_close(*moved)


@pytest.mark.slow
def test_the_first_optimizer_does_not_load_the_compiler():
    program = """
import sys, numpy as np, drawlike as dl
dl.VAE(max_steps=2, random_state=0).fit(np.random.default_rng(0).normal(size=(50, 2)))
print("torch._dynamo" in sys.modules)
"""
    command = [sys.executable, "-c", program]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.split()[-1] == "False"


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
