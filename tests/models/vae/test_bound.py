"""What a VAE maximises, against the same written with torch.distributions."""

import math

import pytest
import torch
from torch.distributions import (
    Categorical,
    Independent,
    MixtureSameFamily,
    Normal,
    kl_divergence,
)

from drawlike.layout import BinaryImage, Choice, Layout, Real
from drawlike.models.vae.bound import Bound
from drawlike.models.vae.priors import VampPrior, begin_pseudo_inputs
from drawlike.networks import AutoEncoder, build
from drawlike.rows import Batch, Rows
from drawlike.training import Clock

LAYOUT = Layout((Real("a", 2, (0.0, 0.0)), Choice("b", 3)))
N, D = 6, 4


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def network(layout=LAYOUT, n_cond=0, n_pseudo=0):
    net = build(
        lambda: AutoEncoder(layout, n_cond, D, (8,), convolutional=False, n_pseudo=n_pseudo), rng()
    )
    if net.pseudo is not None:
        inputs = torch.zeros(layout.n_inputs)
        net.pseudo.begin(inputs, inputs + 1, rng(5))
        net.pseudo.logits.data.normal_(generator=rng(6))
    return net


def rows(n_cond=0, weight=None):
    x = torch.cat([torch.randn(N, 2, generator=rng(1)), torch.arange(N)[:, None] % 3.0], 1)
    cond = torch.eye(n_cond)[torch.arange(N) % n_cond] if n_cond else torch.zeros(N, 0)
    return Batch(x, cond, torch.ones(N) if weight is None else weight)


def bound(seed=3, share=0.0, **settings):
    return Bound(LAYOUT, rng(seed), Clock(100, share=share), D, **settings)


def posterior(net, batch):
    mean, log_var = net.posterior(LAYOUT.expand(batch.x), batch.cond)
    return Normal(mean, (0.5 * log_var).exp())


def likelihood(net, batch, z):
    return LAYOUT.log_prob(net.decoder(z, batch.cond), batch.x)


def mixture(net, label=0):
    """The law of one label's pseudo-inputs, by torch."""
    mean, log_var = net.posterior(net.pseudo.inputs, net.pseudo.cond)
    n_each = net.pseudo.logits.shape[1]
    own = slice(label * n_each, (label + 1) * n_each)
    parts = Independent(Normal(mean[own], (0.5 * log_var[own]).exp()), 1)
    return MixtureSameFamily(Categorical(logits=net.pseudo.logits[label]), parts)


def test_the_evidence_lower_bound():
    net, batch = network(), rows()
    q = posterior(net, batch)
    z = q.mean + q.stddev * torch.randn(N, D, generator=rng(3))
    kl = kl_divergence(q, Normal(0.0, 1.0)).sum(-1)
    for beta in (1.0, 0.25):
        expected = beta * kl - likelihood(net, batch, z)
        torch.testing.assert_close(bound(beta=beta).loss(net, batch), expected)


def test_the_weight_of_the_kl_follows_the_clock():
    net, batch = network(), rows()
    at = {
        share: bound(share=share, beta=2.0, warm_up=0.5).loss(net, batch)
        for share in (0.0, 0.25, 0.5, 1.0)
    }
    kl = kl_divergence(posterior(net, batch), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(at[0.25] - at[0.0], kl)
    torch.testing.assert_close(at[0.5] - at[0.0], 2 * kl)
    torch.testing.assert_close(at[1.0], at[0.5])


def test_free_bits_are_of_the_mean_over_the_batch():
    net, batch = network(), rows(weight=torch.arange(N) + 0.5)
    kl = kl_divergence(posterior(net, batch), Normal(0.0, 1.0))
    mean = (kl * batch.weight[:, None]).sum(0) / batch.weight.sum()
    floor = mean.median().item()
    free, full = bound(free_bits=floor).loss(net, batch), bound().loss(net, batch)
    gain = ((free - full) * batch.weight).sum() / batch.weight.sum()
    torch.testing.assert_close(gain, mean.clamp(min=floor).sum() - mean.sum())
    assert gain > 0


@pytest.mark.parametrize("n_pseudo", [0, 6])
def test_the_importance_weighted_bound(n_pseudo):
    net, batch = network(n_pseudo=n_pseudo), rows()
    q, prior = posterior(net, batch), Independent(Normal(torch.zeros(D), 1.0), 1)
    if n_pseudo:
        prior = mixture(net)
    log_weights = []
    for noise in torch.randn(5, N, D, generator=rng(3)):
        z = q.mean + q.stddev * noise
        ratio = prior.log_prob(z) - q.log_prob(z).sum(-1)
        log_weights.append(likelihood(net, batch, z) + ratio)
    expected = math.log(5) - torch.stack(log_weights).logsumexp(0)
    torch.testing.assert_close(bound(n_draws=5).loss(net, batch), expected)


@pytest.mark.parametrize("n_cond", [0, 2])
def test_the_bound_under_pseudo_inputs(n_cond):
    net, batch = network(n_cond=n_cond, n_pseudo=6), rows(n_cond)
    q = posterior(net, batch)
    z = q.mean + q.stddev * torch.randn(N, D, generator=rng(3))
    label = batch.cond.argmax(1) if n_cond else torch.zeros(N, dtype=torch.long)
    log_prior = torch.stack([mixture(net, int(y)).log_prob(z)[i] for i, y in enumerate(label)])
    expected = q.log_prob(z).sum(-1) - log_prior - likelihood(net, batch, z)
    torch.testing.assert_close(bound().loss(net, batch), expected)


def test_pseudo_inputs_learn_from_the_bound():
    net = network(n_pseudo=6)
    bound().loss(net, rows()).sum().backward()
    assert net.pseudo.inputs.grad.abs().sum() > 0
    assert net.pseudo.logits.grad.abs().sum() > 0


def test_draws_from_pseudo_inputs_follow_their_label():
    net = network(n_cond=2, n_pseudo=6)
    prior = VampPrior.of(net)
    for label in (0, 1):
        drawn = prior.sample(torch.eye(2)[label].expand(20_000, 2), rng())
        law = mixture(net, label)
        torch.testing.assert_close(drawn.mean(0), law.mean, atol=0.05, rtol=0)
        torch.testing.assert_close(drawn.var(0), law.variance, atol=0.1, rtol=0.05)


def test_pseudo_inputs_begin_like_the_columns_and_at_no_row():
    x = torch.cat([torch.randn(400, 2, generator=rng()) * 3 + 5, torch.ones(400, 1)], 1)
    data = Rows(x, torch.zeros(400, 0), torch.ones(400))
    net = network(n_pseudo=300)
    begin_pseudo_inputs(net.pseudo, LAYOUT, data, rng())
    inputs = LAYOUT.expand(x)
    torch.testing.assert_close(net.pseudo.inputs.mean(0), inputs.mean(0), atol=0.7, rtol=0)
    torch.testing.assert_close(net.pseudo.inputs.std(0), inputs.std(0), atol=0.5, rtol=0)
    assert torch.cdist(net.pseudo.inputs, inputs).min() > 0
    assert (net.pseudo.logits == 0).all()


def test_grey_pixels_are_drawn_afresh_at_every_step():
    layout = Layout((BinaryImage("x", 1, 4, 4, stochastic=True),))
    net = network(layout)
    grey = Batch(torch.full((N, 16), 0.5), torch.zeros(N, 0), torch.ones(N))
    seen = []
    watched = Bound(layout, rng(), Clock(100), D)
    net.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    watched.loss(net, grey)
    watched.loss(net, grey)
    assert set(seen[0].unique().tolist()) == {-1.0, 1.0}
    assert (seen[0] != seen[1]).any()
