"""Chains in one order of pixels fill what comes last in it."""

import numpy as np
import pytest
import torch

from drawlike.base.guiding import MeansOfFour
from drawlike.errors import NotConditionalError, UnsupportedError
from drawlike.models import MADE, PixelCNN, Transformer

SMALL = {"n_features": 16, "n_layers": 1, "lr": 1e-2, "max_steps": 200, "random_state": 0}
LOWER = np.array([[False] * 3, [True] * 3])


def mirrored(n=600):
    """Images (n, 2, 3) whose lower row is the upper one, or its negative if y."""
    rng = np.random.default_rng(0)
    upper, y = rng.random((n, 3)) < 0.5, rng.integers(0, 2, n)
    return np.stack([upper, upper ^ (y[:, None] == 1)], 1).astype(np.uint8), y


@pytest.fixture(scope="module", params=[PixelCNN, Transformer])
def model(request):
    return request.param(**SMALL).fit(*mirrored(), listener=None)


def test_what_comes_last_follows_from_what_is_known(model):
    X, y = (part[:20] for part in mirrored())
    assert (model.inpaint(X, y, mask=LOWER) == X).mean() > 0.95
    X[:, 1, 0] = X[:, 0, 0] ^ y  # one pixel of the lower row tells the class
    last_two = LOWER & (np.arange(3) > 0)
    assert (model.inpaint(X, mask=last_two) == X).mean() > 0.9


def test_a_filled_image_does_not_depend_on_those_beside_it(model):
    X = mirrored(5)[0]
    holes = np.random.default_rng(0).random((5, 1)) < 0.5
    mask = (LOWER.reshape(-1) & (holes | (np.arange(6) > 4))).reshape(5, 2, 3)
    mask[0, 1] = [False, False, True]
    alone = [model.inpaint(X[i : i + 1], mask=mask[i]) for i in range(5)]
    assert (model.inpaint(X, mask=mask) == np.concatenate(alone)).all()


def test_other_holes_are_refused(model):
    with pytest.raises(NotConditionalError, match="one order"):
        model.inpaint(mirrored(3)[0], mask=~LOWER)


def test_pixels_of_which_a_channel_is_known_are_refused_and_columns_too():
    X = np.random.default_rng(0).integers(0, 256, (40, 5, 5, 3)).astype(np.uint8)
    colour = PixelCNN(**(SMALL | {"max_steps": 2})).fit(X, listener=None)
    mask = np.zeros((5, 5, 3), bool)
    mask[4, 4] = True
    filled = colour.inpaint(X[:2], mask=mask)
    assert (filled[:, ~mask] == X[:2, ~mask]).all() and (filled[:, 4, 4] != X[:2, 4, 4]).any()
    mask[4, 4, 0] = False
    with pytest.raises(NotConditionalError, match="all their channels"):
        colour.inpaint(X[:2], mask=mask)
    rows = np.random.default_rng(0).normal(size=(40, 2))
    columns = Transformer(**(SMALL | {"max_steps": 2})).fit(rows, listener=None)
    with pytest.raises(UnsupportedError, match="only images"):
        columns.inpaint(rows)


def stripes(n, seed=0):
    """Images (n, 4, 4) of white and black columns; with y they are grey where they are black."""
    rng = np.random.default_rng(seed)
    white, y = rng.random((n, 1, 4)) < 0.5, rng.integers(0, 2, n)
    return np.where(np.repeat(white, 4, 1), 255, 100 * y[:, None, None]).astype(np.uint8), y


@pytest.fixture(scope="module", params=[PixelCNN, Transformer, MADE])
def striped(request):
    size = {"hidden": (64,)} if request.param is MADE else {"n_features": 24, "n_layers": 2}
    model = request.param(lr=1e-2, max_steps=250, random_state=0, **size)
    return model.fit(*stripes(1000), listener=None)


def error(images, truth):
    return np.sqrt(np.square(images.astype(float) - truth).mean())


def test_noise_is_undone_by_what_comes_before(striped):
    X, y = stripes(20, seed=1)
    noisy = X + 0.3 * 255 * np.random.default_rng(0).standard_normal(X.shape)
    assert error(striped.denoise(noisy, y), X) < 0.6 * error(noisy.clip(0, 255), X)
    told = error(striped.denoise(noisy, y), X)
    untold, wrong = error(striped.denoise(noisy), X), error(striped.denoise(noisy, 1 - y), X)
    assert told < wrong and untold < wrong


def test_images_are_doubled_into_what_has_their_means(striped):
    X, y = stripes(20, seed=1)
    small = X.reshape(20, 2, 2, 2, 2).mean((2, 4))
    double = striped.upscale(small, y)
    again = double.reshape(20, 2, 2, 2, 2).mean((2, 4))
    assert abs(again - small).max() <= 1
    alone = striped.upscale(small[3:4], y[3:4])[0].astype(int)
    assert abs(alone - double[3]).max() <= 1


def test_what_is_left_of_a_mean_is_shared_by_the_pixels_that_are_not_drawn():
    seen = torch.tensor([[[0.5, 0.25]]])  # of one image, one channel: 2 x 4 pixels
    hints = MeansOfFour(seen, (1, 2, 4))
    for pixel, value in ((0, 1.0), (1, 1.0), (4, 0.0)):
        hints.heard(pixel, torch.tensor([[value]]))
    mean, variance = hints.about(5)
    assert mean.item() == 0.0 and variance.item() < 1e-3
    mean, variance = hints.about(2)
    assert mean.item() == 0.25 and variance.item() > 0.01
