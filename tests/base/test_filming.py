"""Films that models keep: of which data, of what size, and at no cost to the fit."""

import numpy as np
import pandas as pd
import pytest
import torch

import drawlike as dl
from drawlike import GAN, VAE, VAEGAN, Gaussian
from drawlike.base import filmed
from drawlike.base.filming import camera_of
from drawlike.layout import Image, Layout, Real
from drawlike.training.film import MOST_FRAMES
from tests.scenarios import shapes, two_modes

QUICK = {
    "vae": lambda: VAE(max_steps=200, hidden=(16,), n_latent=2, network="dense", random_state=0),
    "gan": lambda: GAN(max_steps=200, hidden=(16,), network="dense", random_state=0),
}
FILMED = QUICK | {"vaegan": lambda: VAEGAN(max_steps=100, hidden=(16,), random_state=0)}
BOTH = pytest.mark.parametrize("name", QUICK)


@BOTH
def test_images_are_filmed_class_by_class(name):
    X, y = shapes()
    model = QUICK[name]().fit(X, y, listener=None)
    frames = filmed(model)
    assert frames.shape == (len(model.film_.steps), 16, 1, 12, 14)
    assert frames.dtype == np.uint8
    assert model.film_.steps[0] == 0
    change = np.abs(frames[1:].astype(float) - frames[0]).mean((1, 2, 3, 4))
    assert change[-1] > 5, "frames show what was learned"
    left, right = frames[-1, 0::2, 0, :, :7].mean(), frames[-1, 1::2, 0, :, :7].mean()
    assert left > right, "every second image is of the class with its bar on the left"


@BOTH
def test_the_last_frame_is_drawn_by_what_is_kept(name):
    X = two_modes(300)
    model = QUICK[name]().fit(X, listener=None)
    last = filmed(model)[-1]
    assert last.shape == (256, 2)
    draws = {
        "vae": lambda *how: model._drawn_in_training(*how),
        "gan": lambda *how: model._encoded_draw(model.generator_, *how),
    }
    again = draws[name](torch.zeros(256, 0), torch.Generator().manual_seed(0))
    np.testing.assert_allclose(model.film_.frames[-1], again.detach().numpy(), rtol=1e-6)
    if name == "gan":
        assert np.abs(last.mean(0) - X.mean(0)).max() < 0.5, "frames come back in the data's units"


@pytest.mark.parametrize("name", FILMED)
def test_a_film_is_kept_with_the_model(name, tmp_path):
    table = pd.DataFrame(two_modes(300), columns=["a", "b"])
    model = FILMED[name]().fit(table.assign(c=np.where(table.a > 0, "r", "l")), label="c")
    model.save(tmp_path / "m")
    again = dl.load(tmp_path / "m")
    np.testing.assert_array_equal(again.film_.frames, model.film_.frames)
    np.testing.assert_array_equal(again.film_.steps, model.film_.steps)
    frame = filmed(again)[-1]
    assert list(frame.columns) == ["a", "b", "c"]
    assert frame["c"].tolist()[:4] == ["l", "r", "l", "r"]


@BOTH
def test_what_cannot_be_shown_is_not_filmed(name):
    model = QUICK[name]().fit(two_modes(300), listener=None)
    model.fit(np.random.default_rng(0).normal(size=(100, 3)), listener=None)
    assert model.film_ is None and filmed(model) is None
    assert filmed(Gaussian().fit(two_modes(50))) is None


@BOTH
def test_a_fit_that_was_interrupted_has_the_whole_film(name, tmp_path):
    def stop(event):
        if event.kind == "progress" and event.stage == "fit" and event.step == 100:
            raise KeyboardInterrupt

    X = two_modes(300)
    whole = QUICK[name]().fit(X, listener=None, checkpoint=tmp_path / "a")
    QUICK[name]().fit(X, listener=stop, checkpoint=tmp_path / "b")
    again = QUICK[name]().fit(X, listener=None, checkpoint=tmp_path / "b")
    np.testing.assert_array_equal(again.film_.steps, whole.film_.steps)
    np.testing.assert_array_equal(again.film_.frames, whole.film_.frames)


def test_frames_have_a_bounded_size():
    layout = Layout((Image("image", channels=3, height=500, width_px=300),))
    found = camera_of(
        layout, torch.zeros(5, 0), lambda cond, rng: torch.rand(len(cond), layout.width)
    )
    for step in range(100):
        found.expose(step)
    assert found.film.frames.nbytes <= MOST_FRAMES * 16 * 3 * 64 * 64
    assert camera_of(Layout((Real("x", 1, (0.0,)),)), torch.zeros(5, 0), None) is None
