"""Moves of rows: what they may do, how often, and that their strength follows the critic."""

import pytest
import torch

from drawlike.errors import SettingError
from drawlike.layout import Choice, Image, Layout, Real
from drawlike.networks import AUGMENTATIONS, Augmentation
from drawlike.networks.augmentation import bend, cut_out, flip, recolour, translate

IMAGES = Layout((Image("x", 3, 16, 24),))
TABLE = Layout((Real("a"), Choice("b", 3), Real("c")))


ALIKE = torch.empty(4000, 0)  # rows without labels


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


def test_half_of_the_images_are_mirrored():
    images = pictures(1000)
    is_mirrored = (flip(images, rng()) == images.flip(3)).all((1, 2, 3))
    is_same = (flip(images, rng()) == images).all((1, 2, 3))
    assert (is_mirrored ^ is_same).all()
    assert is_mirrored.float().mean().item() == pytest.approx(0.5, abs=0.05)


def test_images_are_turned_and_scaled_about_their_middle():
    y, x = torch.meshgrid(torch.arange(16) - 7.5, torch.arange(24) - 11.5, indexing="ij")
    bent = bend(torch.stack([y, x])[None].expand(500, 2, 16, 24), rng())
    middle = bent[:, :, 7:9, 11:13].mean((2, 3))
    torch.testing.assert_close(middle, torch.zeros(500, 2), atol=1e-4, rtol=0)
    along = bent[:, :, 8, 12] - bent[:, :, 8, 11]  # where a step to the right leads
    length = along.norm(dim=1)
    assert 0.75 < length.min() < 0.9
    assert 1.1 < length.max() < 1.35
    angle = torch.atan2(along[:, 0], along[:, 1])
    assert 0.2 < angle.abs().max() < 0.3
    assert torch.isfinite(bent).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 2)])
def test_images_of_few_pixels_can_be_turned(shape):
    images = torch.rand(5, 1, *shape, generator=rng())
    bent = bend(images, rng())
    assert bent.shape == images.shape
    assert images.min() <= bent.min() <= bent.max() <= images.max()


def test_a_whole_number_is_a_rate():
    moved = Augmentation(IMAGES, ["cutout"], 1)(torch.ones(9, IMAGES.width), ALIKE[:9], rng())
    assert (moved == 0).any(1).all()


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_moves_can_be_differentiated_twice(name):
    x = torch.rand(6, IMAGES.width, requires_grad=True)
    moved = Augmentation(IMAGES, [name], 1.0)(x, ALIKE[: len(x)], rng())
    (slope,) = torch.autograd.grad(moved.square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), x)
    assert second.abs().sum() > 0


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_so_many_rows_are_moved(rate):
    rows = torch.rand(2000, 3 * 16 * 24, generator=rng(1)) + 0.1
    moved = Augmentation(IMAGES, ["cutout"], rate)(rows, ALIKE[: len(rows)], rng())
    share = (moved != rows).any(1).float().mean()
    assert share.item() == pytest.approx(rate, abs=0.03)


def test_variables_of_a_table_are_hidden_whole():
    x = TABLE.expand(torch.tensor([[2.0, 1, -3]]).expand(4000, 3))
    moved = Augmentation(TABLE, ["cutout"], 1.0)(x, ALIKE[: len(x)], rng())
    shown = moved.split([1, 3, 1], 1)
    for part, whole in zip(shown, x.split([1, 3, 1], 1), strict=True):
        is_whole, is_hidden = (part == whole).all(1), (part == 0).all(1)
        assert (is_whole | is_hidden).all()
        assert is_hidden.float().mean().item() == pytest.approx(0.5, abs=0.03)


def test_columns_of_an_array_are_hidden_one_by_one():
    x = torch.ones(4000, 5)
    moved = Augmentation(Layout((Real("x", 5, (0.0,) * 5),)), ["cutout"], 1.0)(
        x, ALIKE[: len(x)], rng()
    )
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
        augmentation.adapt(sure, ALIKE[:1000])
    assert augmentation.rate.item() == pytest.approx(0.3)
    for _ in range(10):
        augmentation.adapt(unsure, ALIKE[:1000])
    assert augmentation.rate.item() == pytest.approx(0.2)
    for _ in range(30):
        augmentation.adapt(unsure, ALIKE[:1000])
    assert augmentation.rate == 0
    fixed = Augmentation(IMAGES, ["cutout"], 0.5)
    fixed.adapt(sure, ALIKE[:1000])
    assert fixed.rate == 0.5


def test_rows_of_a_label_that_is_learned_by_heart_are_moved_more():
    augmentation = Augmentation(IMAGES, ["cutout"], None, n_labels=2)
    labels = torch.eye(2).repeat(32, 1)
    sureness = torch.where(labels[:, 1] > 0, 1.0, torch.tensor([1.0, 1, -1, -1]).repeat(16))
    for _ in range(400):
        augmentation.adapt(sureness, labels)
    often, rare = augmentation.rate.tolist()
    assert often == 0
    assert rare == pytest.approx(400 * 32 * 2 / 100_000, rel=0.02)
    for _ in range(4000):
        augmentation.adapt(torch.ones(64), labels)
    assert augmentation.rate.tolist() == pytest.approx([0.8, 0.8])
    images = torch.rand(64, IMAGES.width, generator=rng(1)) + 0.1
    augmentation.rate.copy_(torch.tensor([0.0, 1.0]))
    moved = (augmentation(images, labels, rng()) != images).any(1)
    assert torch.equal(moved, labels[:, 1] > 0)
