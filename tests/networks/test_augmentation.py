"""Moves of rows: what they may do, how often, and that their strength follows the critic."""

import pytest
import torch

from drawlike.errors import SettingError
from drawlike.layout import Choice, Image, Layout, Real
from drawlike.networks import AUGMENTATIONS, Augmentation
from drawlike.networks.augmentation import cut_out, recolour, translate

IMAGES = Layout((Image("x", 3, 16, 24),))
TABLE = Layout((Real("a"), Choice("b", 3), Real("c")))


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=40):
    return torch.rand(n, 3, 16, 24, generator=rng(5)) * 2 - 1


def test_translated_images_are_themselves_elsewhere():
    images = pictures()
    for before, after in zip(images, translate(images, rng()), strict=True):
        places = [
            (dy, dx)
            for dy in range(-2, 3)
            for dx in range(-3, 4)
            if torch.equal(after[:, 2:14, 3:21], before[:, 2 + dy : 14 + dy, 3 + dx : 21 + dx])
        ]
        assert len(places) == 1
    assert not torch.equal(translate(images, rng(1)), translate(images, rng(2)))


def test_a_box_of_half_the_sides_is_hidden():
    images = pictures()
    hidden = (cut_out(images, rng()) == 0).all(1)
    shares = hidden.float().mean((1, 2))
    assert shares.max() == 0.25
    assert (shares > 0).all()
    kept = cut_out(images, rng())
    assert torch.equal(kept[kept != 0], images[kept != 0])


def test_colours_change_and_shapes_do_not():
    images = pictures()
    changed = recolour(images, rng())
    assert (changed - images).abs().mean() > 0.1
    grey = [x.mean(1).flatten(1) for x in (images, changed)]
    for a, b in zip(*grey, strict=True):
        assert torch.corrcoef(torch.stack([a, b]))[0, 1] > 0.999


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_moves_can_be_differentiated_twice(name):
    x = torch.rand(6, IMAGES.width, requires_grad=True)
    moved = Augmentation(IMAGES, [name], 1.0)(x, rng())
    (slope,) = torch.autograd.grad(moved.square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), x)
    assert second.abs().sum() > 0


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_so_many_rows_are_moved(rate):
    rows = torch.rand(2000, 3 * 16 * 24, generator=rng(1)) + 0.1
    moved = Augmentation(IMAGES, ["cutout"], rate)(rows, rng())
    share = (moved != rows).any(1).float().mean()
    assert share.item() == pytest.approx(rate, abs=0.03)


def test_variables_of_a_table_are_hidden_whole():
    x = TABLE.expand(torch.tensor([[2.0, 1, -3]]).expand(4000, 3))
    moved = Augmentation(TABLE, ["cutout"], 1.0)(x, rng())
    shown = moved.split([1, 3, 1], 1)
    for part, whole in zip(shown, x.split([1, 3, 1], 1), strict=True):
        is_whole, is_hidden = (part == whole).all(1), (part == 0).all(1)
        assert (is_whole | is_hidden).all()
        assert is_hidden.float().mean().item() == pytest.approx(0.5, abs=0.03)


def test_columns_of_an_array_are_hidden_one_by_one():
    x = torch.ones(4000, 5)
    moved = Augmentation(Layout((Real("x", 5, (0.0,) * 5),)), ["cutout"], 1.0)(x, rng())
    assert moved.mean(0).numpy() == pytest.approx(0.5, abs=0.03)
    assert (moved == 0).all(1).float().mean().item() == pytest.approx(1 / 32, abs=0.01)


def test_what_is_for_images_is_refused_of_a_table():
    with pytest.raises(SettingError, match="'translation' is for images"):
        Augmentation(TABLE, ["translation"], 1.0)
    with pytest.raises(SettingError, match="'mirror' is unknown"):
        Augmentation(IMAGES, ["mirror"], 1.0)


def test_an_adaptive_rate_follows_how_sure_the_critic_is():
    augmentation = Augmentation(IMAGES, ["cutout"], None)
    sure, unsure = torch.ones(1000), torch.tensor([1.0, -1.0]).repeat(500)
    for _ in range(30):
        augmentation.adapt(sure)
    assert augmentation.rate.item() == pytest.approx(0.3)
    for _ in range(10):
        augmentation.adapt(unsure)
    assert augmentation.rate.item() == pytest.approx(0.2)
    for _ in range(30):
        augmentation.adapt(unsure)
    assert augmentation.rate == 0
    fixed = Augmentation(IMAGES, ["cutout"], 0.5)
    fixed.adapt(sure)
    assert fixed.rate == 0.5
