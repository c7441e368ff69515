"""VAE and GAN of tables: codes, and the latent classes that they begin at."""

import numpy as np
import pandas as pd
import pytest

import drawlike as dl
from drawlike.models import GAN, VAE, LatentClass

SMALL = {"hidden": (16,), "n_latent": 3, "random_state": 0}
MODELS = pytest.mark.parametrize("model", [GAN, VAE])


def shop(n=2000, seed=0):
    """A word and its number, a sum that is often 0, and a rare word."""
    rng = np.random.default_rng(seed)
    size = rng.choice(["small", "middle", "large"], n, p=[0.5, 0.3, 0.2])
    paid = np.where((size == "small") | (rng.random(n) < 0.3), 0.0, rng.lognormal(3, 1, n))
    colour = rng.choice(["red", "blue"], n).astype(object)
    colour[:3] = "ultramarine"
    number = pd.Series(size).map({"small": 1, "middle": 2, "large": 3})
    return pd.DataFrame({"size": size, "number": number, "paid": paid.round(2), "colour": colour})


@MODELS
def test_atoms_twins_and_rare_words_are_kept(model):
    table = shop()
    drawn = model(max_steps=30, **SMALL).fit(table, listener=None).sample(3000, random_state=1)
    assert set(drawn.groupby("size")["number"].nunique()) == {1}
    assert set(drawn["colour"]) == {"red", "blue"}
    for size, rows in drawn.groupby("size"):
        rate = (table["paid"][table["size"] == size] == 0).mean()
        assert (rows["paid"] == 0).mean() == pytest.approx(rate, abs=0.06)


@MODELS
def test_it_begins_at_latent_classes(model):
    table = shop()
    begun = model(max_steps=1, lr=1e-9, **SMALL).fit(table, listener=None)
    classes = LatentClass(random_state=0).fit(table, listener=None)
    tables = [m.sample(8000, random_state=2) for m in (begun, classes)]
    shares = [pd.crosstab(t["size"], t["paid"] == 0, normalize=True) for t in tables]
    np.testing.assert_allclose(*shares, atol=0.03)


@MODELS
def test_it_comes_back_with_its_codes_and_classes(model, tmp_path):
    table = shop()
    fitted = model(max_steps=10, **SMALL).fit(table, label="colour", listener=None)
    fitted.save(tmp_path / "model")
    again = dl.load(tmp_path / "model")
    for drawn in ({"y": "red"}, {"given": {"size": {"small", "large"}}}):
        tables = [m.sample(30, random_state=1, **drawn) for m in (fitted, again)]
        pd.testing.assert_frame_equal(*tables)
    assert set(fitted.sample(30, y="red", random_state=1)["colour"]) == {"red"}


@MODELS
def test_arrays_have_no_codes(model):
    fitted = model(max_steps=3, **SMALL).fit(np.random.default_rng(0).normal(size=(60, 2)))
    assert fitted.coding_ is None
    assert "coding" not in fitted._state()


def test_the_bound_of_classes_is_below_their_likelihood_and_near():
    table = shop()
    begun = VAE(max_steps=1, lr=1e-9, importance_samples=30, **SMALL).fit(table, listener=None)
    classes = LatentClass(n_classes=begun.n_latent_classes_, random_state=0)
    exact = classes.fit(table, listener=None).score_samples(table)
    score = begun.score_samples(table)
    assert np.isfinite(score[3:]).all()
    assert score[3:].mean() == pytest.approx(exact[3:].mean(), abs=0.5)


def test_latent_vectors_hold_normals_and_classes():
    table = shop()
    model = VAE(max_steps=60, **SMALL).fit(table, listener=None)
    z = model.encode(table)
    assert z.shape == (len(table), 3 + model.n_latent_classes_) == (len(table), model.n_latent_)
    np.testing.assert_allclose(z[:, 3:].sum(1), 1, rtol=1e-5)
    assert (model.decode(z)["size"] == table["size"]).mean() > 0.6
    assert VAE(prior="normal", max_steps=3, **SMALL).fit(table, listener=None).n_latent_ == 3


def test_a_critic_judges_rows_whatever_their_class():
    table = shop()
    model = GAN(max_steps=30, refine="resampling", tries=2, **SMALL).fit(table, listener=None)
    assert np.isfinite(model.realism(table[:50])).all()
    assert len(model.sample(20, random_state=0)) == 20
