"""Chains in one order of pixels fill what comes last in it."""

import numpy as np
import pytest

from drawlike.errors import NotConditionalError, UnsupportedError
from drawlike.models import PixelCNN, Transformer

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
