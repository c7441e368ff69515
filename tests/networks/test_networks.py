"""Networks: shapes for any image, rows that do not see each other, local randomness."""

import pytest
import torch

from drawlike.errors import SettingError
from drawlike.layout import Choice, Image, Layout, Real
from drawlike.networks import MLP, AutoEncoder, Decoder, Encoder, build, use_convolutions
from drawlike.networks.conv import group_norm

TABLE = Layout((Real("a", 2, (0.0, 0.0)), Choice("b", 3)))
SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 17, 31), (4, 12, 50), (1, 5, 7), (1, 4, 200)]


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_convolutions_take_images_of_any_shape(shape):
    layout = Layout((Image("x", *shape),))
    net = build(lambda: AutoEncoder(layout, 2, 5, (16,), convolutional=True), rng())
    x, cond = torch.rand(3, layout.width), torch.zeros(3, 2)
    raw, mean, log_var, z = net(layout.expand(x), cond, torch.zeros(3, 5))
    assert raw.shape == (3, layout.n_params)
    assert mean.shape == log_var.shape == z.shape == (3, 5)
    several = net(layout.expand(x), cond, torch.zeros(4, 3, 5))
    assert several.raw.shape == (4, 3, layout.n_params)
    torch.testing.assert_close(several.raw[2], raw)


@pytest.mark.parametrize("channels", [1, 6, 8, 10, 12, 14, 32, 100])
def test_groups_of_channels_are_eight_or_as_many_as_fit(channels):
    norm = group_norm(channels)
    assert norm.num_groups <= 8 and norm(torch.randn(2, channels, 3, 3)).isfinite().all()


@pytest.mark.parametrize("convolutional", [False, True])
def test_rows_do_not_see_each_other(convolutional):
    layout = Layout((Image("x", 1, 16, 16),))
    net = build(lambda: Encoder(layout, 0, 4, (8,), convolutional=convolutional), rng())
    x, cond = torch.rand(6, 256, generator=rng(1)), torch.zeros(6, 0)
    torch.testing.assert_close(net(x, cond)[:2], net(x[:2], cond[:2]))


def test_conditions_matter():
    net = build(lambda: Decoder(TABLE, 3, 4, TABLE.n_inputs, (8,), convolutional=False), rng())
    z = torch.zeros(3, 4)
    assert net(z, torch.eye(3)).unique(dim=0).shape[0] == 3


def test_weights_come_from_the_local_generator_only():
    before = torch.get_rng_state()
    nets = [build(lambda: MLP(4, 0, 2, (8,)), rng(seed)) for seed in (0, 0, 1)]
    assert torch.equal(before, torch.get_rng_state())
    first = [net.first.weight for net in nets]
    assert torch.equal(first[0], first[1])
    assert not torch.equal(first[0], first[2])


def test_initial_weights_have_variance_one_over_fan_in():
    net = build(lambda: MLP(400, 5, 300, ()), rng())
    assert net.first.weight.var().item() == pytest.approx(1 / 400, rel=0.05)
    assert net.condition.weight.var().item() == pytest.approx(1, rel=0.1)
    assert net.first.bias.abs().sum() == 0


def test_convolutions_go_by_the_data():
    small, large = Layout((Image("x", 1, 8, 8),)), Layout((Image("x", 1, 28, 28),))
    chosen = [use_convolutions(layout, "auto") for layout in (TABLE, small, large)]
    assert chosen == [False, False, True]
    assert use_convolutions(small, "conv")
    with pytest.raises(SettingError, match="network='resnet'"):
        use_convolutions(large, "resnet")
