"""Penalties on a critic's slope, of critics whose slope is known."""

import math

import pytest
import torch

from drawlike.losses.penalties import PENALTIES


def rows(seed, n=50, d=3):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def charge(name, critic, real, fake, seed=0):
    return PENALTIES[name](critic, real, fake, torch.Generator().manual_seed(seed))


STEEP = torch.tensor([1.0, 2.0, 2.0], dtype=torch.float64)  # of norm 3


@pytest.mark.parametrize(
    ("name", "expected"), [("r1", 4.5), ("r2", 4.5), ("gradient", 4.0), ("dragan", 4.0)]
)
def test_a_plane_is_charged_by_its_slope(name, expected):
    charged = charge(name, lambda x: x @ STEEP, rows(0), rows(1))
    assert charged.shape == (50,)
    torch.testing.assert_close(charged, torch.full((50,), expected, dtype=torch.float64))


def bowl(x):
    return 0.5 * x.square().sum(1)  # its slope at x is x


def test_r1_looks_at_real_rows_and_r2_at_generated_ones():
    real, fake = rows(0), rows(1)
    for name, looked_at in (("r1", real), ("r2", fake)):
        torch.testing.assert_close(charge(name, bowl, real, fake), 0.5 * looked_at.square().sum(1))


def test_the_gradient_penalty_looks_between():
    real, fake = rows(0), rows(0) + 10
    lengths = 1 + charge("gradient", bowl, real, fake).sqrt()
    between = real + 10 * torch.rand((50, 1), generator=torch.Generator().manual_seed(0))
    assert (lengths >= 0).all()
    assert between.min() > real.min()
    far, near = (end.norm(dim=1) for end in (fake, real))
    assert (lengths < far + 1e-9).all()
    assert (lengths > near.clamp(max=1) - 1).all()


def test_dragan_looks_around_real_rows():
    real = rows(0) + 100
    lengths = 1 + charge("dragan", bowl, real, rows(1)).sqrt()
    moved = (lengths - real.norm(dim=1)).abs()
    assert moved.max() < 5 * real.std()
    assert moved.mean() > 0.05 * real.std()


@pytest.mark.parametrize("name", PENALTIES)
def test_a_flat_critic_has_a_finite_gradient(name):
    weight = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    charged = charge(name, lambda x: x @ weight, rows(0), rows(1))
    (slope,) = torch.autograd.grad(charged.sum(), weight)
    assert slope.isfinite().all()
    assert not math.isnan(charged.sum().item())
