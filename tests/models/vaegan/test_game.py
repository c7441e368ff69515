"""What the three players of a VAE-GAN minimise, against the same by hand."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn.functional import softplus

from drawlike.layout import Choice, Layout, Real
from drawlike.losses.adversarial import LOSSES
from drawlike.models.vaegan.game import Game
from drawlike.networks import AutoEncoder, FeatureCritic, Style, build
from drawlike.rows import Batch
from drawlike.training import Clock

LAYOUT = Layout((Real("a", 2, (0.0, 0.0)), Choice("b", 3)))
N, D = 6, 4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def players():
    net = build(lambda: AutoEncoder(LAYOUT, 0, D, (8,), convolutional=False), rng())
    style = Style(normalise=False, activation=nn.LeakyReLU)
    critic = build(
        lambda: FeatureCritic(LAYOUT, 0, (8, 5), convolutional=False, style=style), rng(1)
    )
    x = torch.cat([torch.randn(N, 2, generator=rng(1)), torch.arange(N)[:, None] % 3.0], 1)
    return net, critic, Batch(x, torch.zeros(N, 0), torch.ones(N))


def game(seed=3, share=1.0, **settings):
    asked = {"learned": True, "beta": 1.0, "warm_up": 0.0, "gamma": 1.0, "penalties": {}}
    return Game(
        layout=LAYOUT,
        loss=LOSSES["non-saturating"],
        noise=rng(seed),
        clock=Clock(100, share=share),
        n_latent=D,
        **asked | settings,
    )


def reconstructed(net, batch, local):
    inputs = LAYOUT.expand(batch.x)
    mean, log_var = net.posterior(inputs, batch.cond)
    z = mean + (0.5 * log_var).exp() * torch.randn(N, D, generator=local)
    return inputs, mean, log_var, net.decoder(z, batch.cond)


def test_the_plain_sum_of_the_encoder_is_the_evidence_lower_bound():
    net, critic, batch = players()
    _, mean, log_var, raw = reconstructed(net, batch, rng(3))
    kl = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0)).sum(1)
    expected = 0.5 * kl - LAYOUT.log_prob(raw, batch.x)
    told = game(learned=False, beta=2.0, warm_up=0.8, share=0.2)
    torch.testing.assert_close(told.encoder_loss(net, critic, batch), expected)


def test_the_learned_similarity_is_a_normal_around_features():
    net, critic, batch = players()
    local = rng(3)
    inputs, mean, log_var, raw = reconstructed(net, batch, local)
    rebuilt = critic.features(LAYOUT.emit(raw, local), batch.cond)
    real = critic.features(inputs, batch.cond)
    scale = real.std(0, correction=0) + 1e-3
    law = Normal(rebuilt / scale, 1.0)
    away = -(law.log_prob(real / scale) + 0.5 * math.log(2 * math.pi)).sum(1)
    kl = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0)).sum(1)
    told = game().encoder_loss(net, critic, batch)
    torch.testing.assert_close(told, kl + away)


@pytest.mark.parametrize("learned", [True, False])
def test_the_decoder_also_fools_the_critic(learned):
    net, critic, batch = players()
    local = rng(3)
    *_, raw = reconstructed(net, batch, local)
    drawn = LAYOUT.emit(net.decoder(torch.randn(N, D, generator=local), batch.cond), local)
    rebuilt = LAYOUT.emit(raw, local)
    fooled = 0.5 * sum(softplus(-critic(x, batch.cond)) for x in (rebuilt, drawn))
    told = game(learned=learned, gamma=0.0).decoder_loss(net, critic, batch)
    torch.testing.assert_close(told, fooled)
    if not learned:
        both = game(learned=False, gamma=3.0).decoder_loss(net, critic, batch)
        torch.testing.assert_close(both, fooled - 3 * LAYOUT.log_prob(raw, batch.x))


def test_the_critic_tells_both_kinds_of_drawn_rows_from_real_ones():
    net, critic, batch = players()
    local = rng(3)
    inputs, *_, raw = reconstructed(net, batch, local)
    drawn = LAYOUT.emit(net.decoder(torch.randn(N, D, generator=local), batch.cond), local)
    rebuilt = LAYOUT.emit(raw, local)
    real, *fake = (critic(x, batch.cond) for x in (inputs, rebuilt, drawn))
    expected = softplus(-real) + 0.5 * (softplus(fake[0]) + softplus(fake[1]))
    torch.testing.assert_close(game().critic_loss(net, critic, batch), expected)
    charged = game(penalties={"r1": 2.0}).critic_loss(net, critic, batch)
    assert (charged > expected).all()


def test_the_critics_verdict_does_not_reach_the_encoder():
    net, critic, batch = players()
    game(learned=False).decoder_loss(net, critic, batch).sum().backward()
    assert all(weight.grad is None for weight in net.encoder.parameters())
    assert all(weight.grad is not None for weight in net.decoder.parameters())
