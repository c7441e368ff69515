"""Terms of variational bounds against closed forms and torch.distributions."""

import math

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from drawlike.losses.variational import (
    components_log_prob,
    diagonal_log_prob,
    doubly_reparameterised,
    importance_bound,
    kl_by_dimension,
    kl_to_standard_normal,
    warmed_up,
    with_free_bits,
)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_kl_is_that_of_torch():
    mean, log_var = normal(5, 3), normal(5, 3, seed=1)
    expected = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_by_dimension(mean, log_var), expected)
    torch.testing.assert_close(kl_to_standard_normal(mean, log_var), expected.sum(-1))


def test_densities_of_diagonal_normals_are_those_of_torch():
    means, log_vars, z = normal(4, 3), normal(4, 3, seed=1), normal(7, 3, seed=2)
    law = Independent(Normal(means, (0.5 * log_vars).exp()), 1)
    expected = law.log_prob(z[:, None])
    torch.testing.assert_close(components_log_prob(means, log_vars, z), expected)
    torch.testing.assert_close(diagonal_log_prob(means[0], log_vars[0], z), expected[:, 0])


def test_a_dimension_below_its_free_bits_counts_as_them_and_is_not_pressed():
    kl = torch.tensor([[0.1, 2.0, 0.0], [0.3, 1.0, 0.4]], requires_grad=True)
    weight = torch.tensor([3.0, 1.0])
    # weighted means: .15, 1.75, .1
    values = with_free_bits(kl, weight, 0.2)
    mean = ((values * weight).sum() / weight.sum()).item()
    assert mean == pytest.approx(0.2 + 1.75 + 0.2)
    (slope,) = torch.autograd.grad(values.sum(), kl)
    assert slope.tolist() == [[0, 1, 0], [0, 1, 0]]


def test_no_free_bits_is_the_sum():
    kl = normal(6, 3).square()
    torch.testing.assert_close(with_free_bits(kl, torch.ones(6), 0.0), kl.sum(1))


def linear_gaussian(x, loc, log_scale, noise):
    """Log-weights of z ~ N(0, 1), x ~ N(z, 1) under q = N(loc, scale), and z, (K, n)."""
    z = loc + log_scale.exp() * noise
    log_joint = Normal(0.0, 1.0).log_prob(z) + Normal(z, 1.0).log_prob(x)
    return log_joint, z


def test_the_importance_bound_nears_the_likelihood_from_below():
    x, noise = normal(4), normal(20_000, 4, seed=1)
    truth = Normal(0.0, math.sqrt(2)).log_prob(x)
    loc, log_scale = torch.tensor(0.2, dtype=torch.float64), torch.tensor(0.0)
    log_joint, z = linear_gaussian(x, loc, log_scale, noise)
    log_weights = log_joint - Normal(loc, log_scale.exp()).log_prob(z)
    by_k = [importance_bound(log_weights.reshape(k, -1, 4)).mean(0) for k in (1, 10, 1000)]
    torch.testing.assert_close(by_k[0], log_weights.mean(0))
    assert (by_k[0] < by_k[1]).all()
    assert (by_k[1] < truth).all()
    torch.testing.assert_close(by_k[2], truth, atol=0.01, rtol=0)


@pytest.mark.parametrize("k", [1, 4])
def test_doubly_reparameterised_gradients_have_the_mean_of_the_plain_ones(k):
    x, n = torch.tensor(1.3, dtype=torch.float64), 40_000
    noise = normal(k, n, 1, seed=k)
    slopes = {}
    for name in ("plain", "double"):
        parameters = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.1, 0.3)]
        loc, log_scale = (p.expand(n, 1).clone() for p in parameters)
        for part in (loc, log_scale):
            part.retain_grad()
        log_joint, z = linear_gaussian(x, loc, log_scale, noise)
        q = (loc, log_scale) if name == "plain" else (loc.detach(), log_scale.detach())
        log_weights = (log_joint - Normal(q[0], q[1].exp()).log_prob(z))[..., 0]
        bound = importance_bound if name == "plain" else doubly_reparameterised
        value = bound(log_weights) if name == "plain" else bound(log_weights, z)
        torch.testing.assert_close(value, importance_bound(log_weights))
        value.sum().backward()
        slopes[name] = torch.cat([loc.grad, log_scale.grad], 1)
    error = slopes["plain"].std(0) / math.sqrt(n)
    assert ((slopes["plain"].mean(0) - slopes["double"].mean(0)).abs() < 5 * error).all()
    assert (slopes["double"].std(0) < slopes["plain"].std(0)).all()


def test_other_parameters_have_the_gradient_of_the_bound():
    shift, noise = torch.tensor(0.5, requires_grad=True), torch.randn(3, 6, 1)
    z = noise.clone().requires_grad_(True)
    log_weights = -((z - shift) ** 2)[..., 0]
    for bound in (importance_bound(log_weights), doubly_reparameterised(log_weights, z)):
        (slope,) = torch.autograd.grad(bound.sum(), shift, retain_graph=True)
        expected = (log_weights.softmax(0) * 2 * (z[..., 0] - shift)).sum()
        torch.testing.assert_close(slope, expected)


def test_a_term_warms_up_in_a_line():
    assert [warmed_up(share, 0.2) for share in (0.0, 0.05, 0.2, 0.9)] == [0.0, 0.25, 1.0, 1.0]
    assert warmed_up(0.0, 0.0) == 1.0
