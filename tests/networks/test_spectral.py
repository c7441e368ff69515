"""Spectral normalisation: no direction is stretched, and nothing else changes."""

import copy

import pytest
import torch
from torch import nn

from drawlike.networks import MLP, advance_spectra, build, normalise_spectra
from drawlike.networks.spectral import Spectral


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


LAYERS = {
    "linear": lambda: nn.Linear(30, 20),
    "convolution": lambda: nn.Conv2d(6, 8, 4, stride=2, padding=1, groups=2),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_is_divided_by_its_largest_singular_value(name):
    layer = build(LAYERS[name], rng())
    spectral = Spectral(layer, rng(1))
    x = torch.randn(5, *([30] if name == "linear" else [6, 9, 9]), generator=rng(2))
    for _ in range(200):
        spectral.advance()
    exact = torch.linalg.svdvals(layer.weight.flatten(1))[0]
    torch.testing.assert_close(spectral.largest(), exact)
    bare = copy.deepcopy(layer)
    with torch.no_grad():
        bare.weight /= exact
    torch.testing.assert_close(spectral(x), bare(x), atol=1e-5, rtol=1e-4)


def test_the_slope_is_that_of_the_quotient():
    layer = build(lambda: nn.Linear(7, 4), rng())
    spectral, x = Spectral(layer, rng(1)), torch.randn(3, 7, generator=rng(2))
    for _ in range(200):
        spectral.advance()

    def quotient(weight):
        return (x @ weight.T / torch.linalg.svdvals(weight)[0]).square().sum()

    (found,) = torch.autograd.grad((spectral(x) - layer.bias).square().sum(), layer.weight)
    (expected,) = torch.autograd.grad(quotient(layer.weight), layer.weight)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)


def test_one_round_a_step_follows_weights_that_move():
    net = build(lambda: MLP(20, 2, 1, (30, 30)), rng())
    normalise_spectra(net, rng(1))
    noise = rng(2)
    for _ in range(300):
        with torch.no_grad():
            for weight in net.parameters():
                weight += 0.002 * torch.randn(weight.shape, generator=noise)
        advance_spectra(net)
    for layer in [module for module in net.modules() if isinstance(module, Spectral)]:
        exact = torch.linalg.svdvals(layer.layer.weight)[0].item()
        assert layer.largest().item() == pytest.approx(exact, rel=0.05)


def test_a_network_is_lipschitz_and_has_no_layer_left_out():
    net = build(lambda: MLP(20, 0, 1, (30, 30)), rng())
    with torch.no_grad():
        for weight in net.parameters():
            weight *= 5
    normalise_spectra(net, rng(1))
    bare = [m for m in net.modules() if isinstance(m, nn.Linear) and m.weight.numel()]
    assert len(bare) == 3 == sum(isinstance(m, Spectral) for m in net.modules())
    x, cond = torch.randn(200, 20, generator=rng(3), requires_grad=True), torch.zeros(200, 0)
    # LayerNorm may stretch, so only the linear layers are bounded
    for layer in net.modules():
        if isinstance(layer, Spectral):
            weight = layer.layer.weight / layer.largest()
            assert torch.linalg.svdvals(weight)[0] < 1.02
    (slope,) = torch.autograd.grad(net(x, cond).sum(), x)
    assert slope.isfinite().all()


def test_passes_change_nothing():
    net = build(lambda: MLP(5, 0, 1, (4,)), rng())
    normalise_spectra(net, rng(1))
    x, cond = torch.randn(3, 5, generator=rng(2)), torch.zeros(3, 0)
    assert torch.equal(net(x, cond), net(x, cond))
