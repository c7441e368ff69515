"""VAE-GANs: images and tables, codes and back, settings, resumption."""

import numpy as np
import pytest

from drawlike.errors import SettingError
from drawlike.models import VAEGAN, load
from drawlike.training import Shuffled
from tests.scenarios import mixed_table, shapes, two_modes

SMALL = {"max_steps": 10, "hidden": (8,), "n_latent": 3, "random_state": 0}


@pytest.mark.parametrize("similarity", ["learned", "plain"])
def test_images_are_drawn_coded_and_walked_between(similarity, tmp_path):
    X, y = shapes(60)
    model = VAEGAN(**SMALL, channels=4, similarity=similarity).fit(X, y, listener=None)
    drawn = model.sample(5, y=1, random_state=0)
    assert (drawn.shape, drawn.dtype) == ((5, 12, 14), np.uint8)
    z = model.encode(X[:4], y[:4])
    assert z.shape == (4, 3)
    assert model.decode(z, y[:4]).shape == (4, 12, 14)
    assert model.interpolate(X[:1], X[1:2], steps=5, y=0).shape == (5, 12, 14)
    model.save(tmp_path / "vaegan")
    again = load(tmp_path / "vaegan")
    np.testing.assert_array_equal(again.sample(5, y=1, random_state=0), drawn)


def test_tables_come_back_as_they_came():
    table = mixed_table(100)
    model = VAEGAN(**SMALL, prior="normal").fit(table, label="group", listener=None)
    drawn = model.sample(50, random_state=0)
    assert (drawn.dtypes == table.dtypes).all()
    assert not hasattr(model, "score_samples")


def test_rows_come_back_from_their_codes():
    X = two_modes(600)
    model = VAEGAN(
        similarity="plain",
        max_steps=600,
        lr=1e-3,
        hidden=(32,),
        n_latent=2,
        warm_up=0.5,
        random_state=0,
    ).fit(X, listener=None)
    back = model.decode(model.encode(X))
    assert np.corrcoef(back[:, 0], X[:, 0])[0, 1] > 0.5


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"similarity": "both"}, "similarity='both' is unknown"),
        ({"gamma": -1.0}, "gamma=-1.0; use a number"),
        ({"warm_up": 1.5}, "warm_up=1.5; use a share"),
        ({"average": 2.0}, "average=2.0; use a decay"),
        ({"critic_lr": 0.0}, "critic_lr=0.0; use a number above 0"),
        ({"betas": 0.9}, "betas=0.9; use two numbers"),
        ({"hidden": ()}, r"hidden=\(\); use a list"),
        ({"penalty": {"r3": 1.0}}, "penalty 'r3'"),
        ({"penalty": "r1"}, "penalty='r1'; give names"),
        ({"loss": "wasserstein"}, "kept in bounds"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, told):
    with pytest.raises(SettingError, match=told):
        VAEGAN(**SMALL | settings).fit(two_modes(50), listener=None)


@pytest.mark.parametrize("loss", ["relativistic", "hinge", "wasserstein"])
def test_other_losses_are_played_for(loss):
    penalty = {"gradient": 10.0} if loss == "wasserstein" else None
    model = VAEGAN(**SMALL, loss=loss, penalty=penalty).fit(two_modes(50), listener=None)
    assert np.isfinite(model.sample(9, random_state=0)).all()


def test_an_interrupted_fit_goes_on_to_the_same_bytes(tmp_path, monkeypatch):
    X, settings = two_modes(200), SMALL | {"max_steps": 200}
    through = VAEGAN(**settings).fit(X, listener=None)
    draw, drawn = Shuffled.draw, []

    def cut(sampler):
        drawn.append(1)
        if len(drawn) == 150:
            raise RuntimeError("power cut")
        return draw(sampler)

    with monkeypatch.context() as patched:
        patched.setattr(Shuffled, "draw", cut)
        with pytest.raises(RuntimeError, match="power cut"):
            VAEGAN(**settings).fit(X, listener=None, checkpoint=tmp_path)
    resumed = VAEGAN(**settings).fit(X, listener=None, checkpoint=tmp_path)
    np.testing.assert_array_equal(
        resumed.sample(9, random_state=0), through.sample(9, random_state=0)
    )
