"""Networks of papers for images: any shape, labels told, conditions that matter, first values."""

import pytest
import torch
from torch import nn

from drawlike.networks import IMAGE_NETWORKS, ImageCritic, build
from drawlike.networks.batch_norm import BatchNorm
from drawlike.networks.images.r3gan import Block

SHAPES = [(1, 28, 28), (3, 32, 32), (3, 17, 31), (4, 12, 50), (1, 5, 7), (1, 1, 1), (2, 3, 90)]


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def players(name, shape, n_cond=0, width=4, **settings):
    kind = IMAGE_NETWORKS[name]
    generator = build(lambda: kind.generator(6, n_cond, shape, width), rng())
    critic = build(lambda: ImageCritic(kind.critic(shape, width), n_cond, **settings), rng(1))
    return generator, critic


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_images_of_any_shape_are_drawn_and_judged(name, shape):
    generator, critic = players(name, shape, n_cond=3)
    z, cond = torch.randn(5, 6, generator=rng(2)), torch.eye(3)[[0, 1, 2, 0, 1]]
    images = generator(z, cond)
    assert images.shape == (5, shape[0] * shape[1] * shape[2])
    logits = critic(images, cond)
    assert logits.shape == (5, 1)
    slopes = torch.autograd.grad(logits.sum(), list(generator.parameters()))
    assert all(slope.isfinite().all() for slope in slopes)
    assert logits.unique().numel() == 5


@pytest.mark.parametrize("width", [1, 3, 7, 10, 12, 14])
@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_any_width_will_do(name, width):
    generator, critic = players(name, (1, 9, 9), width=width)
    images = generator(torch.randn(5, 6, generator=rng(2)), torch.zeros(5, 0))
    assert critic(images, torch.zeros(5, 0)).unique().numel() == 5


@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_every_pixel_is_drawn_and_seen(name):
    generator, critic = players(name, (1, 17, 23))
    z, cond = torch.randn(9, 6, generator=rng(2)), torch.zeros(9, 0)
    assert (generator(z, cond).std(0) > 0).all()
    x = torch.randn(9, 17 * 23, generator=rng(3), requires_grad=True)
    (slope,) = torch.autograd.grad(critic(x, cond).sum(), x)
    seen = slope.abs().sum(0).view(17, 23)
    assert (seen[:16, :20] > 0).all()  # odd sides lose their last pixels as they are halved


@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_labels_matter_to_both_players(name):
    generator, critic = players(name, (1, 12, 12), n_cond=3)
    z, x = torch.randn(1, 6, generator=rng(2)).expand(3, 6), torch.randn(1, 144, generator=rng(3))
    generator.eval()
    assert generator(z, torch.eye(3)).unique(dim=0).shape[0] == 3
    assert critic.eval()(x.expand(3, 144), torch.eye(3)).unique().numel() == 3


def test_a_projection_is_the_product_of_features_and_label():
    _, critic = players("r3gan", (1, 12, 12), n_cond=2)
    x, label = torch.randn(4, 144, generator=rng(3)), torch.eye(2)[[0, 1, 1, 0]]
    features = critic.body(x)
    free = critic.head(features)
    expected = (features * critic.classes.weight.T[[0, 1, 1, 0]]).sum(1) / features.shape[1] ** 0.5
    torch.testing.assert_close(critic(x, label) - free, expected[:, None])


@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_outside_training_rows_do_not_see_each_other(name):
    generator, critic = players(name, (1, 12, 12), sees_batch=True)
    z, cond = torch.randn(9, 6, generator=rng(2)), torch.zeros(9, 0)
    critic(generator(z, cond), cond)
    generator.eval(), critic.eval()
    images = generator(z, cond)
    torch.testing.assert_close(images[:2], generator(z[:2], cond[:2]))
    torch.testing.assert_close(critic(images, cond)[:2], critic(images[:2], cond[:2]))


@pytest.mark.parametrize("name", IMAGE_NETWORKS)
def test_critics_take_penalties_of_their_slope(name):
    _, critic = players(name, (1, 12, 12))
    x = torch.randn(9, 144, generator=rng(3), requires_grad=True)
    (slope,) = torch.autograd.grad(critic(x, torch.zeros(9, 0)).sum(), x, create_graph=True)
    weights = list(critic.parameters())
    found = torch.autograd.grad(slope.square().sum(), weights, allow_unused=True)
    assert any(g is not None and g.abs().sum() > 0 for g in found)


def test_modern_blocks_begin_as_the_identity_and_change():
    generator, _ = players("r3gan", (1, 12, 12))
    block = next(m for m in generator.modules() if isinstance(m, Block))
    x = torch.randn(2, block.narrow.out_channels, 5, 5, generator=rng(2))
    assert torch.equal(block(x), x)
    (slope,) = torch.autograd.grad(block(x).square().sum(), block.narrow.weight)
    assert slope.abs().sum() > 0


def test_papers_first_weights():
    generator, critic = players("dcgan", (1, 28, 28), width=32)
    for net in (generator, critic.body):
        large = [m.weight for m in net.modules() if isinstance(m, nn.ConvTranspose2d | nn.Conv2d)]
        assert large[1].std().item() == pytest.approx(0.02, rel=0.1)
    _, critic = players("sngan", (1, 28, 28), width=32)
    inner = critic.body.body[1].one.weight
    assert inner.var().item() == pytest.approx(2 * 2 / (2 * 32 * 9), rel=0.1)


def test_only_the_classics_normalise_over_the_batch():
    found = {
        name: [
            any(isinstance(m, BatchNorm) for m in net.modules())
            for net in players(name, (1, 28, 28))
        ]
        for name in IMAGE_NETWORKS
    }
    assert found == {"dcgan": [True, True], "sngan": [True, False], "r3gan": [False, False]}
