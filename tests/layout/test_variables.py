"""Likelihoods of variables in a row: what they sum to, what they draw, where they begin."""

import math

import numpy as np
import pytest
import torch

from drawlike.layout import BinaryImage, Choice, Image, Layout, Mixed, Real, Variables
from drawlike.layout.families import Bits, Codes, Gated, Mixture


def noise(seed=0):
    return torch.Generator().manual_seed(seed)


def raw_of(family, n=1, seed=0):
    return torch.randn(n, 1, family.n_params, generator=noise(seed))


def states(levels, channels):
    """Every value of a variable, (levels ^ channels, 1, channels)."""
    each = torch.linspace(0, 1, levels)
    return torch.cartesian_prod(*[each] * channels).reshape(-1, 1, channels)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_bits_sum_to_one_and_are_drawn_as_often_as_they_score(channels):
    family = Bits(1, channels)
    raw, x = raw_of(family), states(2, channels)
    mass = family.log_prob(raw.expand(len(x), -1, -1), x).exp()[:, 0]
    assert mass.sum().item() == pytest.approx(1, abs=1e-5)
    drawn = family.sample(raw.expand(20_000, -1, -1), None, noise())[:, 0]
    code = (drawn * 2.0 ** torch.arange(channels - 1, -1, -1)).sum(1).long()
    share = torch.bincount(code, minlength=len(x)) / len(code)
    torch.testing.assert_close(share, mass, atol=0.015, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_levels_sum_to_one_and_are_drawn_as_often_as_they_score(channels):
    family = Mixture(1, channels, 3, 5, 0.25)
    raw, x = 1.5 * raw_of(family), states(5, channels)
    # densities in encoded space: a level is 1/4 wide
    mass = family.log_prob(raw.expand(len(x), -1, -1), x).exp()[:, 0] * 0.25**channels
    assert mass.sum().item() == pytest.approx(1, abs=1e-4)
    drawn = family.sample(raw.expand(20_000, -1, -1), None, noise())[:, 0]
    code = (4 * drawn).round() @ 5.0 ** torch.arange(channels - 1, -1, -1)
    share = torch.bincount(code.long(), minlength=len(x)) / len(code)
    torch.testing.assert_close(share, mass, atol=0.015, rtol=0)


def test_a_mixture_of_normals_is_torchs():
    family = Mixture(1, 1, 4)
    raw, x = raw_of(family, 50), torch.randn(50, 1, 1, generator=noise(1))
    logits, mean, spread = raw[:, 0].view(50, 4, 3).unbind(-1)
    scale = torch.nn.functional.softplus(spread) + family._floor
    law = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=logits), torch.distributions.Normal(mean, scale)
    )
    torch.testing.assert_close(family.log_prob(raw, x)[:, 0], law.log_prob(x[:, 0, 0]))
    drawn = family.sample(raw[:1].expand(40_000, -1, -1), None, noise())
    assert drawn.mean().item() == pytest.approx(law.mean[0].item(), abs=0.03)
    assert drawn.var().item() == pytest.approx(law.variance[0].item(), rel=0.05)


def test_an_atom_has_no_value_and_a_number_has_one():
    family = Gated(1, Codes(1, Choice("c", 3)), Mixture(1))
    drawn = family.sample(raw_of(family).expand(500, -1, -1), None, noise())[:, 0]
    assert torch.equal(drawn[:, 0] != 0, drawn[:, 1].isnan())
    known = torch.tensor([0.0, math.nan]).expand(500, 1, 2)
    filled = family.sample(raw_of(family).expand(500, -1, -1), known, noise())
    assert (filled[..., 0] == 0).all()
    assert filled[..., 1].isfinite().all()
    assert family.known(
        torch.tensor([[[0.0, math.nan], [1.0, math.nan], [0.0, 1.0]]])
    ).tolist() == [[0.5, 1.0, 1.0]]


def test_what_is_not_observed_adds_nothing():
    for family in (Bits(1), Mixture(1), Codes(1, Choice("c", 3)), Mixture(1, 1, 2, 5, 0.25)):
        x = torch.full((1, 1, 1), torch.nan)
        assert family.log_prob(raw_of(family), x).item() == pytest.approx(0, abs=1e-6)
        assert not family.expand(x).any()


def test_pixels_are_counted_from_their_mean_and_other_columns_as_they_are():
    bits = (torch.rand(4000, 2, 1, generator=noise()) < torch.tensor([[0.2], [0.9]])).float()
    weight = torch.ones(4000)
    torch.testing.assert_close(Bits(2).center(bits, weight), Bits(2).expand(bits).mean(0))
    levels = Mixture(2, 1, 3, 2, 1.0)
    center = levels.center(bits, weight)
    torch.testing.assert_close(center[:, :1], levels.expand(bits)[..., :1].mean(0))
    assert not center[:, 1].any()  # it says that a value is there
    assert not Mixture(2).center(bits, weight).any()


@pytest.mark.parametrize("count", [1, 4])
def test_a_family_begins_at_about_the_law_of_its_columns(count):
    x = torch.randn(4000, count, 1, generator=noise()) * 2 + 5
    family = Mixture(count)
    raw = family.initial(x, torch.ones(4000)).expand(4000, -1, -1)
    entropy = math.log(2) + 0.5 * math.log(2 * math.pi * math.e)
    assert -family.log_prob(raw, x).mean().item() == pytest.approx(entropy, abs=0.15)
    bits = (torch.rand(4000, count, 1, generator=noise()) < 0.2).float()
    raw = Bits(count).initial(bits, torch.ones(4000))
    torch.testing.assert_close(raw.sigmoid(), torch.full((count, 1), 0.2), atol=0.03, rtol=0)


def test_columns_of_a_layout_are_variables_in_order():
    layout = Layout((Choice("c", 3), Real("r", 2, (0.0, 0.1)), Mixed("m", 2)))
    variables = Variables.of(layout, 3)
    assert len(variables) == 4
    assert [type(family) for family in variables.of_each] == [Codes, Mixture, Mixture, Gated]
    assert variables.n_inputs == 3 + 2 + 2 + 4
    x = torch.tensor([[2.0, 0.5, -0.5, 1.0, math.nan]])
    raw = torch.randn(1, variables.n_params, generator=noise())
    assert variables.log_prob(raw, variables.gather(x)).shape == (1, 4)


@pytest.mark.parametrize("block", [Image("i", 3, 2, 2, 256), BinaryImage("i", 3, 2, 2)])
def test_pixels_are_variables_with_all_their_channels(block):
    variables = Variables.of(Layout((block,)), 2)
    x = torch.arange(12.0)[None]
    values = variables.gather(x)
    assert values[0].tolist() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]
    assert torch.equal(variables.scatter(values), x)
    assert len(variables) == 4


def test_draws_of_many_categories_are_factorised():
    frequencies = np.r_[np.full(1200, 1.0), 600.0]
    family = Codes(1, Choice("c", 1201, frequencies))
    raw = torch.zeros(4000, 1, family.n_params)
    drawn = family.sample(raw, None, noise())
    assert drawn.max() <= 1200
    scores = family.log_prob(raw[:1201], torch.arange(1201.0)[:, None, None])
    assert scores.exp().sum().item() <= 1 + 1e-4
