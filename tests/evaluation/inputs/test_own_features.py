"""Images in features of the user's: a small torch network stands for theirs."""

import numpy as np
import pytest
import torch
from torch import nn

from drawlike.errors import SettingError
from drawlike.evaluation import evaluate
from drawlike.evaluation.clouds.mmd import kid
from drawlike.evaluation.inputs.own_features import OwnFeatures, as_bytes
from drawlike.losses.frechet import frechet_distance


class Network(nn.Module):
    """Weights of the user's, and what turns images as people know them into its input."""

    def __init__(self, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.layers = nn.Sequential(
            nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(3), nn.Flatten()
        )
        self.seen = 0

    def forward(self, images):
        assert images.dtype == np.uint8
        self.seen += len(images)
        return self.layers(torch.from_numpy(images)[:, None].float() / 255)


@pytest.fixture
def images(rng):
    def draw(n, shade=0):
        squares = np.zeros((n, 9, 9))
        for square, (y, x) in zip(squares, rng.integers(0, 5, (n, 2)), strict=True):
            square[y : y + 4, x : x + 4] = rng.integers(120, 200) + shade
        return (squares + rng.integers(0, 40, squares.shape)).astype(np.uint8)

    return draw


def note(evaluation, name):
    return evaluation.metrics.set_index("name").loc[name, "note"]


def test_images_are_judged_in_them(images):
    train, holdout, fresh, faint = images(160), images(100), images(160), images(160, -60)
    found, bad, copied = (
        evaluate(train, holdout, synthetic, features=Network())
        for synthetic in (fresh, faint, train)
    )
    assert found.passed
    assert not bad.passed
    assert "invented or distorted" in bad.verdict
    assert not copied.passed


def test_published_distances_are_told_in_their_own_units(images):
    train, holdout, fresh = images(80), images(60), images(60)
    evaluation, network = evaluate(train, holdout, fresh, features=Network()), Network()
    own = [network(rows).detach().numpy() for rows in (train, fresh)]
    for name, distance in (("Frechet distance", frechet_distance), ("kernel distance", kid)):
        said = f"{distance(*own):.4g} as published, in your features' own units"
        assert said in note(evaluation, name)
    assert "published" not in note(evaluate(train, holdout, fresh), "Frechet distance")


def test_the_report_names_them_by_their_weights(images, tmp_path):
    sets, names = [images(60) for _ in range(3)], []
    for seed in (0, 0, 1):
        evaluation = evaluate(*sets, features=Network(seed), metrics=["Frechet distance"])
        names.append(evaluation.case.synthetic.extractor.name)
    assert names[0].startswith("Network sha256:")
    assert names[0] == names[1] != names[2]
    evaluation.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"features that you gave: {names[2]}" in page


def test_no_image_goes_through_the_network_twice(images):
    train, holdout, fresh = images(90), images(60), images(70)
    network = Network()
    evaluate(train, holdout, fresh, features=network)
    different = len(np.unique(np.concatenate([train, holdout, fresh]), axis=0))
    assert network.seen <= different + 8  # and noise for its name


def test_images_arrive_as_they_were(rng):
    colour = rng.integers(0, 256, (5, 8, 7, 3), np.uint8)
    pixels = np.moveaxis(colour, -1, 1).astype(np.float32) / 255
    np.testing.assert_array_equal(as_bytes(pixels), colour)
    grey = as_bytes(pixels[:, :1])
    assert grey.shape == (5, 8, 7)


def test_points_have_the_total_variance_of_1(rng):
    pixels = rng.random((300, 1, 6, 6)).astype(np.float32)
    own = OwnFeatures.fit(lambda x: 1000.0 * x.reshape(len(x), -1), pixels)
    assert own.features(pixels).var(0).sum() == pytest.approx(1)
    np.testing.assert_allclose(
        own.features(pixels[5:9]) * own.scale, 1000.0 * as_bytes(pixels[5:9]).reshape(4, -1)
    )


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x, r"gave uint8 of shape \(60, 9, 9\) for 60 images; .* flatten"),
        (lambda x: np.zeros((1, 4)), r"gave float64 of shape \(1, 4\) for 60 images"),
        (lambda x: np.full((len(x), 2), np.nan), "not finite"),
        (3, "features=3 cannot be called; expected a function of images"),
    ],
)
def test_functions_that_give_something_else_are_refused(images, function, said):
    train = images(60)
    with pytest.raises(SettingError, match=said):
        evaluate(train, train, train, features=function)


def test_only_images_have_them(rng):
    rows = rng.normal(size=(60, 3))
    with pytest.raises(SettingError, match="describes images, and these data are of kind 'array'"):
        evaluate(rows, rows, rows, features=lambda x: x)
