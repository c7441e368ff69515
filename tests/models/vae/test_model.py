"""Variational autoencoders: priors, labels, presets, pixels, interruption."""

import numpy as np
import pytest
import torch

from drawlike.base.autoencoding import _some_of_each_class
from drawlike.errors import SettingError
from drawlike.events import History
from drawlike.models import VAE, load
from drawlike.models.vae.presets import PRESETS
from drawlike.models.vae.priors import VampPrior
from drawlike.rows import Rows
from tests.scenarios import mixed_table, shapes, two_modes

SMALL = {"max_steps": 20, "hidden": (8,), "n_latent": 2}


@pytest.mark.parametrize("seed", range(12))
def test_a_class_of_one_row_can_be_learned(seed):
    # in one fit of ten this row would have been drawn for validation
    X, y = two_modes(200), np.r_[np.zeros(199, int), 1]
    drawn = VAE(**SMALL, random_state=seed).fit(X, y, listener=None).sample(3, y=1)
    assert np.isfinite(drawn).all()


def test_a_rare_class_does_not_multiply_the_others():
    class Watched(VAE):
        def _to_draw(self, rows):
            self.n_draws_ = len(drawn := super()._to_draw(rows))
            return drawn

    X, y = two_modes(2000), np.r_[np.zeros(1995, int), np.ones(5, int)]
    model = Watched(**SMALL, random_state=0, validation_fraction=0).fit(X, y, listener=None)
    assert model.n_draws_ == 1995 + 5 * 16


def test_ctrl_c_in_the_fit_of_the_prior_keeps_the_network():
    class Interrupted(VAE):
        def _fitted_prior(self, rows, run):
            raise KeyboardInterrupt

    history = History()
    model = Interrupted(**SMALL, random_state=0).fit(two_modes(100), listener=history)
    assert any("interrupted" in (event.message or "") for event in history)
    assert np.isfinite(model.sample(10)).all()
    assert np.isfinite(model.score(two_modes(100)))


def test_a_path_between_rows_of_a_table_has_the_label_of_its_start():
    table = mixed_table(100)
    model = VAE(**SMALL, random_state=0).fit(table, label="group", listener=None)
    start = table[table["group"] == "b"][:1]
    assert set(model.interpolate(start, table[:1], steps=7)["group"]) == {"b"}


@pytest.mark.parametrize("labelled", [False, True])
def test_a_prior_of_many_rows_sees_some_of_each_class(labelled, rng):
    n = 500
    y = torch.zeros(n, dtype=torch.long)
    y[:5] = 1
    cond = torch.nn.functional.one_hot(y, 2).double() if labelled else torch.zeros(n, 0).double()
    rows = Rows(torch.arange(n).double()[:, None], cond, torch.ones(n).double())
    some = _some_of_each_class(rows, 100, rng)
    assert len(some) == (55 if labelled else 100)
    assert len(some.x.unique()) == len(some)
    if labelled:
        assert some.cond[:, 1].sum() == 5


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits(name):
    X = np.random.default_rng(0).normal(size=(60, 3))
    model = VAE.preset(name, max_steps=5, random_state=0).fit(X, listener=None)
    assert model.sample(4, random_state=0).shape == (4, 3)
    for setting, value in PRESETS[name].items():
        assert getattr(model, setting) == value


@pytest.mark.parametrize("width", [784, 64])
def test_the_ends_of_a_preset_are_as_wide_as_the_data(width):
    X = np.random.default_rng(0).normal(size=(30, width))
    model = VAE.preset("784-20-3-784", max_steps=2, random_state=0).fit(X, listener=None)
    layers = [m for m in model.net_.modules() if type(m) is torch.nn.Linear]
    sizes = [(layer.in_features, layer.out_features) for layer in layers]
    # mean and log-variance of z; mean and spread of each column
    assert sizes == [(width, 20), (20, 2 * 3), (3, 2 * width)]
    assert model.encode(X).shape == (30, 3)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"prior": "flat"}, "prior='flat' is unknown"),
        ({"schedule": "steps"}, "schedule='steps' is unknown"),
        ({"pixels": "bw"}, "pixels='bw' is unknown"),
        ({"beta": -1}, "beta=-1; use a number"),
        ({"free_bits": np.nan}, "free_bits=nan; use nats"),
        ({"warm_up": 1.0}, "warm_up=1.0; use a share"),
        ({"lr": 0}, "lr=0; use a number above 0"),
        ({"n_pseudo": 0}, "n_pseudo=0; use a whole number"),
        ({"training_samples": 0.5}, "training_samples=0.5; use a whole number"),
        ({"patience": 1.5}, "patience=1.5; use a whole number"),
        ({"max_seconds": np.nan}, "max_seconds=nan; use a number"),
        ({"hidden": (8, 0)}, r"hidden=\(8, 0\); use a list"),
        ({"decoder_hidden": 8}, "decoder_hidden=8; use a list"),
        ({"free_bits": 0.1, "training_samples": 3}, "Leave one out"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, told):
    with pytest.raises(SettingError, match=told):
        VAE(**{**SMALL, **settings}).fit(two_modes(50), listener=None)


@pytest.mark.parametrize("settings", [{"prior": "vamp"}, {"prior": "normal"}, {}], ids=str)
def test_more_importance_samples_raise_the_estimate(settings):
    X = two_modes(300)
    model = VAE(**SMALL | {"max_steps": 200}, **settings, random_state=0).fit(X, listener=None)
    scores = []
    for k in (1, 20, 200):
        model.importance_samples = k
        scores.append(model.score(X))
    assert scores[0] < min(scores[1:])
    assert scores[1] == pytest.approx(scores[2], abs=0.1)  # of so many draws


def test_few_importance_samples_are_as_many_as_asked_for():
    X = two_modes(300)
    model = VAE(**SMALL | {"max_steps": 50}, random_state=0).fit(X, listener=None)
    scores = []
    for k in (1, 2, 4, 15):
        model.importance_samples = k
        scores.append(model.score(X))
    assert len(set(scores)) == 4


def test_a_learned_prior_is_filmed_and_searched():
    X, y = shapes(60)
    model = VAE(**SMALL, prior="vamp", n_pseudo=6, random_state=0).fit(X, y, listener=None)
    cond, seed = torch.eye(2)[torch.arange(16) % 2], torch.Generator().manual_seed(0)
    with torch.no_grad():
        prior = VampPrior.of(model.net_)
        drawn = model._from_latent(prior.sample(cond, seed), cond, np.random.default_rng(0))
    np.testing.assert_allclose(model.film_.frames[-1].ravel(), 255 * drawn.ravel(), atol=0.51)
    asked = []

    class Watched(VAE):
        def _latent_energy(self):
            energy = super()._latent_energy()
            return lambda z, cond: asked.append((z, cond, e := energy(z, cond))) or e

    model.__class__ = Watched
    model.denoise(X[:1])
    z, cond, energy = asked[-1]
    torch.testing.assert_close(energy, -prior.log_prob(z, cond), rtol=1e-4, atol=1e-3)


def test_a_density_under_pseudo_inputs_sums_to_one():
    X, y = two_modes(300)[:, :1], np.arange(300) % 2
    model = VAE(**SMALL | {"max_steps": 300}, prior="vamp", n_pseudo=6, random_state=0)
    model.fit(X, y, listener=None).importance_samples = 200
    grid = np.linspace(-8, 8, 801)[:, None]
    for label in (0, 1):
        density = np.exp(model.score_samples(grid, np.full(801, label)))
        assert density.sum() * 0.02 == pytest.approx(1, abs=0.03)


def test_a_warm_up_is_gone_through_before_the_rate_falls():
    history = History()
    settings = SMALL | {"max_steps": 400, "warm_up": 0.9, "patience": 1, "lr": 1e-7}
    VAE(**settings, random_state=0).fit(two_modes(200), listener=history)
    steps, _ = history.curve("validation loss")
    assert steps[-1] >= 360  # at such a rate nothing improves, and patience would be over


def test_an_interrupted_warm_up_goes_on_to_the_same_bytes(tmp_path):
    X = two_modes(200)

    class Stopped(VAE):
        def _monitor(self, bound, measure):
            def stop(step):
                if step == 100:
                    raise RuntimeError("power cut")
                return measure(step)

            return super()._monitor(bound, stop)

    settings = {
        "max_steps": 200,
        "hidden": (8,),
        "n_latent": 2,
        "prior": "vamp",
        "n_pseudo": 5,
        "training_samples": 3,
        "warm_up": 0.5,
        "schedule": "cosine",
        "random_state": 0,
    }
    with pytest.raises(RuntimeError, match="power cut"):
        Stopped(**settings).fit(X, listener=None, checkpoint=tmp_path)
    resumed = VAE(**settings).fit(X, listener=None, checkpoint=tmp_path)
    through = VAE(**settings).fit(X, listener=None)
    np.testing.assert_array_equal(
        resumed.sample(9, random_state=0), through.sample(9, random_state=0)
    )


def test_grey_images_are_learned_as_binary_ones(tmp_path):
    X, _ = shapes(60)
    settings = SMALL | {"network": "dense", "pixels": "binary"}
    model = VAE(**settings, random_state=0).fit(X, listener=None)
    assert model.layout_.image.stochastic
    drawn = model.sample(20, random_state=0)
    assert drawn.dtype == np.uint8
    assert set(np.unique(drawn)) <= {0, 255}
    binary = np.where(X > 127, 255, 0)
    assert np.isfinite(model.score_samples(binary)).all()
    assert (model.score_samples(X) == -np.inf).all()
    model.save(tmp_path / "vae")
    np.testing.assert_array_equal(load(tmp_path / "vae").sample(20, random_state=0), drawn)


def test_binary_images_have_nats_an_image():
    # two pixels that always agree: half of the images are white, ln 2 nats each
    X = np.random.default_rng(0).integers(0, 2, (400, 1, 1)).repeat(2, 2) * 255
    model = VAE(**SMALL | {"max_steps": 600}, random_state=0, importance_samples=50)
    model.fit(X.astype(np.uint8), listener=None, kind="image")
    independent = -2 * np.log(2)
    assert independent + 0.4 < model.score(X.astype(np.uint8)) < -np.log(2) + 0.01
