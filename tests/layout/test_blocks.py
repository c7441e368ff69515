"""Blocks against closed forms and torch.distributions."""

import math

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Categorical, Normal

from drawlike.layout import (
    BinaryImage,
    Binned,
    Choice,
    Image,
    Layout,
    Mixed,
    Real,
    logistic_cell_log_prob,
)

N = 4000


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def raw_for(block, n=N, seed=1):
    return torch.randn(1, block.n_params, generator=rng(seed)).expand(n, -1)


GROUPED = Choice("grouped", 6, np.arange(1, 7.0), groups=np.array([0, 1, 1, 0, 2, 1]))
BLOCKS = [
    Real("a", 3, (0.0, 0.1, 0.5)),
    Choice("b", 7),
    Choice("big", 2500, np.arange(2500, 0, -1.0)),
    Mixed("c", 4, 0.2),
    Image("d", 3, 4, 5, levels=256),
    Image("e", 1, 4, 4, levels=None),
    BinaryImage("f", 1, 4, 4),
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_widths_agree(block):
    raw = raw_for(block, 9)
    x = block.sample(raw, rng())
    assert x.shape == (9, block.width)
    assert block.mean(raw).shape == (9, block.width)
    assert block.expand(x).shape == (9, block.n_inputs)
    assert block.relax(raw[:, : block.n_inputs], rng()).shape == (9, block.n_inputs)
    assert block.emit(raw, rng()).shape == (9, block.n_inputs)
    assert block.log_prob(raw, x).shape == (9,)


@pytest.mark.parametrize("block", [*BLOCKS, GROUPED], ids=lambda b: b.name)
def test_expanding_loses_nothing(block):
    x = block.sample(raw_for(block, 50), rng())
    torch.testing.assert_close(block.collapse(block.expand(x)), x, equal_nan=True)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_unobserved_cells_add_nothing(block):
    nothing = torch.full((5, block.width), math.nan)
    assert block.log_prob(raw_for(block, 5), nothing).tolist() == [0.0] * 5
    assert block.expand(nothing).isfinite().all()


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_relaxed_values_carry_gradients(block):
    raw = torch.randn(8, block.n_inputs, generator=rng(), requires_grad=True)
    (block.relax(raw, rng(1)) * torch.randn(8, block.n_inputs, generator=rng(2))).sum().backward()
    assert raw.grad.abs().sum() > 0


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_what_is_emitted_follows_the_likelihood_and_carries_gradients(block):
    raw = raw_for(block).clone().requires_grad_(True)
    emitted = block.emit(raw, rng())
    expected = block.mean(raw) if isinstance(block, Image) else block.sample(raw, rng(3))
    drawn = block.collapse(emitted).nan_to_num(nan=0.0)
    expected = expected.nan_to_num(nan=0.0)
    if isinstance(block, Image):
        expected = expected.clamp(0, 1)
    error = expected.std(0) / N**0.5
    assert ((drawn.mean(0) - expected.mean(0)).abs() <= 6 * error + 1e-5).all()
    (emitted * torch.randn(1, block.n_inputs, generator=rng(2))).sum().backward()
    assert raw.grad.abs().sum() > 0


def test_real_is_normal():
    block, x = BLOCKS[0], torch.randn(6, 3, generator=rng())
    raw = raw_for(block, 6)
    mean, scale = block._normal(raw)
    torch.testing.assert_close(block.log_prob(raw, x), Normal(mean, scale).log_prob(x).sum(-1))
    assert (scale[:, 2] >= 0.25).all()


def test_choice_is_categorical():
    block, raw = BLOCKS[1], raw_for(BLOCKS[1])
    x = block.sample(raw, rng())
    torch.testing.assert_close(block.log_prob(raw, x), Categorical(logits=raw).log_prob(x[:, 0]))
    shares = torch.bincount(x[:, 0].long(), minlength=7) / N
    assert (shares - raw[0].softmax(-1)).abs().max() < 0.03


@pytest.mark.parametrize("block", [BLOCKS[1], BLOCKS[2], GROUPED], ids=lambda b: b.name)
def test_category_probabilities_sum_to_one(block):
    codes = torch.arange(block.n_categories).float()[:, None]
    raw = raw_for(block, block.n_categories)
    assert block.log_prob(raw, codes).exp().sum().item() == pytest.approx(1, abs=1e-4)


def test_factorised_choice_begins_at_the_training_frequencies():
    block = BLOCKS[2]
    counts = torch.from_numpy(block.frequencies)
    groups, members = block.sizes
    mass = torch.nn.functional.pad(counts, (0, groups * members - len(counts)))
    raw = torch.zeros(2500, block.n_params)
    raw[:, :groups] = mass.reshape(groups, members).sum(1).log()
    codes = torch.arange(2500.0)[:, None]
    found = block.log_prob(raw, codes).exp().double()
    torch.testing.assert_close(found, counts / counts.sum(), atol=1e-6, rtol=1e-3)


def test_mixed_counts_a_value_only_for_numbers():
    block, raw = BLOCKS[3], raw_for(BLOCKS[3], 2)
    x = torch.tensor([[0.0, 0.3], [2.0, math.nan]])
    code = Categorical(logits=raw[:, :4]).log_prob(x[:, 0])
    value = block.value.log_prob(raw[:, 4:], x[:, 1:])
    torch.testing.assert_close(block.log_prob(raw, x), code + value * torch.tensor([1.0, 0.0]))
    drawn = block.sample(raw_for(block), rng())
    assert (drawn[:, 1].isnan() == (drawn[:, 0] != 0)).all()


def test_grey_levels_sum_to_one():
    levels = torch.linspace(0, 1, 17).double()
    mean, scale = torch.tensor([0.2, 0.9]).double()[:, None], torch.tensor([[0.03], [0.3]]).double()
    mass = logistic_cell_log_prob(mean, scale, levels.expand(2, -1), 1 / 16).exp().sum(1)
    torch.testing.assert_close(mass, torch.ones(2).double())


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.name)
def test_draws_are_likelier_under_their_own_law(block):
    raw, other = raw_for(block), raw_for(block, seed=9)
    x = block.sample(raw, rng())
    assert block.log_prob(raw, x).mean() > block.log_prob(other, x).mean()


def test_layout_is_the_sum_of_its_blocks():
    layout = Layout(tuple(BLOCKS))
    raw = torch.randn(5, layout.n_params, generator=rng())
    x = layout.sample(raw, rng(3))
    assert x.shape == (5, layout.width)
    raws = raw.split([block.n_params for block in BLOCKS], 1)
    parts = zip(BLOCKS, raws, x.split([block.width for block in BLOCKS], 1), strict=True)
    total = sum(block.log_prob(r, v) for block, r, v in parts)
    torch.testing.assert_close(layout.log_prob(raw, x), total)
    torch.testing.assert_close(layout.collapse(layout.expand(x)), x, equal_nan=True)


def test_neighbouring_reals_are_worked_on_as_one():
    apart = Layout((Real("a", 1, (0.1,)), Real("b", 2, (0.0, 0.3)), Choice("c", 3)))
    together = Layout((Real("ab", 3, (0.1, 0.0, 0.3)), Choice("c", 3)))
    raw = torch.randn(6, together.n_params, generator=rng())
    x = together.sample(raw, rng(1))
    torch.testing.assert_close(apart.sample(raw, rng(1)), x)
    torch.testing.assert_close(apart.log_prob(raw, x), together.log_prob(raw, x))


def test_a_binary_image_is_bernoulli_and_counted():
    block, raw = BLOCKS[-1], raw_for(BLOCKS[-1])
    x = block.sample(raw, rng())
    expected = Bernoulli(logits=raw).log_prob(x).sum(-1)
    torch.testing.assert_close(block.log_prob(raw, x), expected)
    assert (x.mean(0) - raw[0].sigmoid()).abs().max() < 0.03
    torch.testing.assert_close(block.mean(raw), raw.sigmoid())


def test_the_masses_of_all_binary_images_sum_to_one():
    block = BinaryImage("x", 1, 2, 3)
    every = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 6)
    assert block.log_prob(raw_for(block, 64), every).logsumexp(0).abs() < 1e-5


def test_stochastic_pixels_are_drawn_afresh_at_their_probability():
    layout = Layout((BinaryImage("x", 1, 2, 2, stochastic=True),))
    grey = torch.tensor([[0.0, 0.3, 1.0, math.nan]]).expand(N, -1)
    local = rng()
    drawn = layout.realise(grey, local)
    assert set(drawn[:, :3].unique().tolist()) == {0.0, 1.0}
    assert drawn[:, 3].isnan().all()
    assert (drawn[:, :3].mean(0) - grey[0, :3]).abs().max() < 0.03
    assert (layout.realise(grey, local)[:, 1] != drawn[:, 1]).any()


def test_what_is_no_chance_is_left_as_it_is():
    for layout in (Layout((BLOCKS[0], BLOCKS[1])), Layout((BLOCKS[-1],))):
        x = torch.full((3, layout.width), 0.5)
        assert layout.realise(x, rng()) is x


def test_a_binned_number_has_a_code_and_a_uniform_place():
    block = Binned("g", 4, 3, np.array([True, False, True, False]))
    raw = raw_for(block)
    x = block.sample(raw, rng())
    code, place = x[:, 0].long(), x[:, 1]
    assert (place.isnan() == ((code == 1) | (code == 3))).all()
    assert place.nanmean() == pytest.approx(0.5, abs=0.03)
    share = torch.bincount(code, minlength=4) / N
    torch.testing.assert_close(share, raw[0].softmax(0), atol=0.03, rtol=0)
    torch.testing.assert_close(
        block.log_prob(raw, x), raw.log_softmax(1).gather(1, x[:, :1].long())[:, 0]
    )
    torch.testing.assert_close(block.collapse(block.expand(x)), x, equal_nan=True)
    assert block.emit(raw, rng()).shape == (N, block.n_inputs)
