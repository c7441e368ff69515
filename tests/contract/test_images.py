"""What every model of images alone must do, in every form of images."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from drawlike.errors import DataError, NotConditionalError, SettingError, UnsupportedError
from drawlike.events import History
from drawlike.models import load
from tests.scenarios import IMAGES, mixed_table, shapes, two_modes

ALL = pytest.mark.parametrize("name", IMAGES)


def fitted(name, X, y=None, **options):
    return clone(IMAGES[name].fast).fit(X, y, listener=None, **options)


@ALL
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_come_back_as_they_came(name, channels, dtype):
    X, y = shapes(channels=channels)
    X = X[..., None] if channels == 1 else X
    X = X if dtype == "uint8" else (X / 255).astype(dtype)
    model = fitted(name, X, y)
    drawn, labels = model.sample(9, random_state=0, return_y=True)
    assert (drawn.shape, drawn.dtype) == ((9, *X.shape[1:]), np.dtype(dtype))
    assert X.min() <= drawn.min() < drawn.max() <= X.max()
    assert set(labels) <= {0, 1}


@ALL
def test_tensors_with_channels_first_come_back_too(name):
    X = torch.from_numpy(shapes(channels=3)[0]).permute(0, 3, 1, 2)
    drawn = fitted(name, X).sample(4, random_state=0)
    assert (drawn.shape, drawn.dtype) == ((4, *X.shape[1:]), X.dtype)


@ALL
def test_the_same_seed_gives_the_same_bytes_and_a_kept_model_too(name, tmp_path):
    X, y = shapes()
    first, second = fitted(name, X, y), fitted(name, X, y)
    first.save(tmp_path / "m")
    again = load(tmp_path / "m")
    twins = [second, again, pickle.loads(pickle.dumps(first)), copy.deepcopy(first)]
    drawn, scores = first.sample(6, random_state=1), first.score_samples(X[:5])
    for twin in twins:
        np.testing.assert_array_equal(twin.sample(6, random_state=1), drawn)
        np.testing.assert_array_equal(twin.score_samples(X[:5]), scores)
    assert not np.array_equal(first.sample(6), first.sample(6))


@ALL
def test_labels_are_conditions(name):
    X, y = shapes()
    model = fitted(name, X, np.where(y, "right", "left"))
    _, labels = model.sample(4, y="right", random_state=0, return_y=True)
    assert list(labels) == ["right"] * 4
    each = np.stack([model.score_samples(X[:9], np.full(9, c)) for c in ("left", "right")])
    both = np.logaddexp(*(each + np.log(model.labels_.frequencies_)[:, None]))
    np.testing.assert_allclose(model.score_samples(X[:9]), both, rtol=1e-5)
    with pytest.raises(NotConditionalError, match="'z'"):
        model.sample(2, y="z")


@ALL
def test_other_data_are_refused_in_words(name):
    for X in (two_modes(50), mixed_table(50)):
        with pytest.raises(UnsupportedError, match="image"):
            fitted(name, X)
    X = shapes()[0]
    with pytest.raises(DataError, match="resize"):
        fitted(name, X).score_samples(X[:, :5])
    with pytest.raises(NotFittedError):
        clone(IMAGES[name].fast).sample(3)
    with pytest.raises(SettingError, match="n is"):
        fitted(name, X).sample(0)


@ALL
def test_one_image_and_equal_pixels_can_be_learned(name):
    for X in (shapes()[0][:1], np.full((20, 5, 6), 7, np.uint8)):
        assert fitted(name, X).sample(3, random_state=0).shape == (3, *X.shape[1:])


@ALL
def test_images_of_weight_zero_have_no_say_and_others_count(name):
    X, y = shapes()
    weight = np.where(y == 1, 1.0, 0.0)
    left = fitted(name, X[y == 1]).sample(5, random_state=0)
    np.testing.assert_array_equal(
        fitted(name, X, sample_weight=weight).sample(5, random_state=0), left
    )


@ALL
def test_global_random_state_and_the_data_are_left_alone(name):
    X = shapes()[0]
    kept, before = X.copy(), (np.random.get_state()[1].copy(), torch.get_rng_state())
    history = History()
    clone(IMAGES[name].fast).fit(X, listener=history).sample(5)
    assert (before[0] == np.random.get_state()[1]).all()
    assert torch.equal(before[1], torch.get_rng_state())
    np.testing.assert_array_equal(X, kept)
    assert any(event.kind == "progress" for event in history)


@ALL
def test_images_of_a_label_are_drawn(name):
    X, y = shapes(300)
    model = clone(IMAGES[name].able).fit(X // 128, y, listener=None)
    for label, bright, dark in ((0, slice(2, 5), slice(10, 13)), (1, slice(10, 13), slice(2, 5))):
        drawn = model.sample(50, y=label, random_state=0)[:, 2:10].astype(float)
        assert drawn[:, :, bright].mean() > drawn[:, :, dark].mean() + 0.8
