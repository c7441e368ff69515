"""What the players of a GAN see and minimise."""

from functools import partial

import pytest
import torch
from torch import nn

from drawlike.layout import Layout, Real
from drawlike.losses.adversarial import LOSSES
from drawlike.models.gan.game import Game
from drawlike.models.gan.latents import Plain
from drawlike.rows import Batch
from drawlike.training import Clock

LAYOUT = Layout((Real("x", 2, (0.0, 0.0)),))


class Fixed(nn.Module):
    """A generator that gives its latent vectors, moved."""

    def __init__(self, shift=3.0):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(shift))

    def forward(self, z, cond):
        return z + self.shift


class Plane(nn.Module):
    """A critic that adds up what it sees, and remembers it."""

    def __init__(self, n=2):
        super().__init__()
        self.weight, self.seen = nn.Parameter(torch.ones(n)), []

    def forward(self, x, cond):
        self.seen.append(x.detach())
        return (x @ self.weight)[:, None]


def batch(n=8, seed=0):
    x = torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))
    return Batch(x, torch.zeros(n, 0), torch.ones(n))


def game(loss="non-saturating", clock=None, penalties=None, **settings):
    noise = torch.Generator().manual_seed(1)
    return Game(
        LAYOUT, Plain(2), LOSSES[loss], noise, clock or Clock(100), penalties or {}, **settings
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("player", ["critic_loss", "generator_loss"])
def test_losses_are_a_value_per_row(loss, player):
    values = getattr(game(loss), player)(Fixed(), Plane(), batch())
    assert values.shape == (8,)


def test_the_critics_step_leaves_the_generator_alone():
    generator = Fixed()
    values = game().critic_loss(generator, Plane(), batch())
    (slope,) = torch.autograd.grad(values.sum(), generator.shift, allow_unused=True)
    assert slope is None


def test_the_generator_learns_from_the_rows_that_the_critic_was_shown():
    critic, rules = Plane(), game("hinge")
    rules.critic_loss(Fixed(), critic, batch())
    rules.generator_loss(Fixed(), critic, batch())
    assert torch.equal(critic.seen[1], critic.seen[0][8:])
    rules.generator_loss(Fixed(), critic, batch())
    assert not torch.equal(critic.seen[2], critic.seen[1])


def test_rows_that_only_the_critic_sees_have_no_graph():
    generator, rules = Fixed(), game("hinge", critic_steps=2)
    for rules.clock.step in range(2):
        rules.critic_loss(generator, Plane(), batch())
        assert (rules._shown is not None) == (rules.clock.step == 1)
    values = rules.generator_loss(generator, Plane(), batch())
    assert torch.autograd.grad(values.sum(), generator.shift)[0] != 0


@pytest.mark.parametrize("mixes", [False, True])
def test_critics_that_mix_rows_see_real_and_drawn_ones_apart(mixes):
    critic = Plane()
    critic.mixes_rows = mixes
    game().critic_loss(Fixed(), critic, batch())
    assert [len(seen) for seen in critic.seen] == ([8, 8] if mixes else [16])


def test_a_paired_loss_compares_with_real_rows():
    critic = Plane()
    game("relativistic").generator_loss(Fixed(), critic, batch())
    assert any(torch.equal(seen, batch().x) for seen in critic.seen)
    critic = Plane()
    game("hinge").generator_loss(Fixed(), critic, batch())
    assert not any(torch.equal(seen, batch().x) for seen in critic.seen)


def test_penalties_are_charged_now_and_then_at_so_many_times_their_weight():
    plain = game("hinge").critic_loss(Fixed(), Plane(), batch())
    clock, found = Clock(100), []
    for clock.step in range(4):
        rules = game("hinge", clock, {"r1": 2.0}, penalty_every=4)
        found.append(rules.critic_loss(Fixed(), Plane(), batch()))
    torch.testing.assert_close(found[0] - plain, torch.full((8,), 4 * 2.0 * 0.5 * 2))
    for later in found[1:]:
        torch.testing.assert_close(later, plain)


def test_instance_noise_is_gone_halfway():
    clock, moved = Clock(100), []
    for share in (0.0, 0.25, 0.5, 0.9):
        clock.share, critic = share, Plane()
        game(clock=clock, instance_noise=0.4).critic_loss(Fixed(), critic, batch(5000))
        moved.append(float((critic.seen[0][:5000] - batch(5000).x).std()))
    assert moved[0] == pytest.approx(0.4, rel=0.05)
    assert moved[1] == pytest.approx(0.2, rel=0.05)
    assert moved[2:] == [0, 0]


def test_label_smoothing_is_a_target_below_one():
    critic, rows = Plane(), batch()
    hard = game().critic_loss(Fixed(), critic, rows)
    soft = game(label_smoothing=0.1).critic_loss(Fixed(), critic, rows)
    real = rows.x.sum(1)
    expected = -(0.9 * real.sigmoid().log() + 0.1 * (1 - real.sigmoid()).log())
    torch.testing.assert_close(soft - hard, expected + real.sigmoid().log())


@pytest.mark.parametrize("n", [8, 7, 1])
def test_packs_are_judged_together(n):
    critic, x = Plane(6), batch(n).x
    values = game("wasserstein", packing=3).critic_loss(Fixed(), critic, batch(n))
    packs = -(-n // 3)
    real, fake = critic.seen[0].chunk(2)
    assert real.shape == (packs, 6)
    filled = torch.cat([x, x, x])[: 3 * packs]
    torch.testing.assert_close(real, filled.view(packs, 6))
    expected = (fake.sum(1) - real.sum(1)).repeat_interleave(3)[:n]
    torch.testing.assert_close(values, expected)


def test_a_pack_has_one_slope():
    penalties = {"r1": 1.0}
    plain, charged = (
        game("wasserstein", penalties=some, packing=2).critic_loss(Fixed(), Plane(4), batch())
        for some in ({}, penalties)
    )
    torch.testing.assert_close(charged - plain, torch.full((8,), 0.5 * 4))


def test_a_packs_weight_is_the_product_of_its_rows():
    x, weight = batch(4).x, torch.tensor([1.0, 3.0, 0.5, 2.0])
    rows = Batch(x, torch.zeros(4, 0), weight)
    for player in ("critic_loss", "generator_loss"):
        even, weighed = (
            getattr(game("hinge", packing=2), player)(Fixed(), Plane(4), some)
            for some in (batch(4), rows)
        )
        torch.testing.assert_close(weighed * weight, even * torch.tensor([3.0, 3, 1, 1]))


def test_only_the_rows_that_the_critic_likes_teach_the_generator():
    clock = Clock(100, share=0.5)
    rules = partial(game, "hinge", clock)
    whole, some = (
        rules(top_k=share).generator_loss(Fixed(), Plane(), batch()) for share in (1.0, 0.25)
    )
    kept = some != 0
    assert kept.sum() == 2
    assert (-whole[kept]).min() > (-whole[~kept]).max()
    torch.testing.assert_close(some[kept], 4 * whole[kept])


def test_at_first_all_rows_teach_the_generator():
    rules = game("hinge", Clock(100), top_k=0.25)
    assert (rules.generator_loss(Fixed(), Plane(), batch()) != 0).all()
