"""A GAN by what it draws: modes, weights, spreads; its critic; its settings."""

import numpy as np
import pytest
from sklearn.base import clone

from drawlike import GAN
from drawlike.errors import SettingError
from drawlike.layout import Choice, Image, Layout, Real
from drawlike.losses.adversarial import LOSSES
from drawlike.models.gan.settings import suited
from drawlike.training import OPTIMIZERS


def ring(n, seed=0):
    """Eight modes of sd .01 on a circle of radius 1 (PacGAN's), of which one is rare."""
    rng = np.random.default_rng(seed)
    mode = rng.choice(8, n, p=[0.02] + [0.14] * 7)
    return circle()[mode] + 0.01 * rng.normal(size=(n, 2))


def circle():
    angle = np.arange(8) * np.pi / 4
    return np.c_[np.cos(angle), np.sin(angle)]


@pytest.fixture(scope="module")
def fitted():
    return GAN(max_steps=300, random_state=0).fit(ring(1500), listener=None)


def test_by_default_no_mode_is_lost_or_bridged(fitted):
    distance = np.linalg.norm(fitted.sample(4000, random_state=1)[:, None] - circle(), axis=2)
    near, nearest = distance.min(1) < 0.03, distance.argmin(1)
    assert near.mean() > 0.97
    shares = np.bincount(nearest, minlength=8) / len(nearest)
    np.testing.assert_allclose(shares, [0.02] + [0.14] * 7, atol=0.035)
    spread = np.sqrt((distance.min(1)[near] ** 2).mean() / 2)
    assert spread == pytest.approx(0.01, rel=0.15)


def test_realism_tells_rows_from_what_no_mode_holds(fitted):
    real, off = fitted.realism(ring(200, seed=5)), fitted.realism(0.8 * ring(200, seed=5))
    assert np.isfinite(real).all()
    assert np.median(real) > np.median(off)


def test_it_comes_back_with_its_mixture(fitted, tmp_path):
    import drawlike as dl

    fitted.save(tmp_path / "gan")
    again = dl.load(tmp_path / "gan")
    assert again.latent_.n_components == fitted.latent_.n_components > 1
    np.testing.assert_array_equal(
        again.sample(50, random_state=3), fitted.sample(50, random_state=3)
    )
    X = ring(20, seed=6)
    np.testing.assert_allclose(again.realism(X), fitted.realism(X))


@pytest.mark.parametrize("n", [1, 31])
def test_rows_need_not_fill_whole_packs(n):
    X, y = np.random.default_rng(0).normal(size=(n, 2)), np.arange(n) % 2
    model = GAN(packing=2, penalty={"gradient": 1.0}, hidden=(8,), max_steps=5, random_state=0)
    assert np.isfinite(model.fit(X, y, listener=None).realism(X, y)).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_learns_where_the_rows_are(loss):
    penalty = {"gradient": 1.0} if loss == "wasserstein" else None
    X = np.random.default_rng(0).normal((5, -5), 0.5, (600, 2))
    model = GAN(loss=loss, penalty=penalty, latent="normal", lr=1e-3, max_steps=400, random_state=0)
    drawn = model.fit(X, listener=None).sample(500, random_state=0)
    np.testing.assert_allclose(drawn.mean(0), (5, -5), atol=0.4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_steps(optimizer):
    model = GAN(optimizer=optimizer, hidden=(8,), lr=1e-2, max_steps=30, random_state=0)
    before = GAN(hidden=(8,), max_steps=1, lr=1e-9, random_state=0)
    X = np.random.default_rng(0).normal(size=(100, 2))
    a, b = (m.fit(X, listener=None).critic_.body.first.weight for m in (model, before))
    assert (a - b).abs().max() > 1e-4


def test_momentum_has_momentum_unless_a_beta_is_given():
    layout = Layout((Real("x"),))
    model = GAN(optimizer="momentum")
    assert suited(model, layout).betas[0] == 0.9
    assert suited(model.set_params(betas=(0.5, 0.9)), layout).betas[0] == 0.5


def test_what_no_mixture_fits_is_played_in_pairs_unless_a_loss_is_chosen():
    large, small = (Layout((Image("x", 3, side, side + 4),)) for side in (12, 8))
    found = suited(GAN(), large)
    for layout in (large, small, Layout((Choice("x", 3),))):
        pairs = suited(GAN(), layout)
        assert (pairs.loss, pairs.penalty) == ("relativistic", {"r1": 1.0, "r2": 1.0})
        assert (pairs.lr > 2e-3) == (layout == large)
    own = suited(GAN(batch_size=9, penalty_every=2), large)
    assert own == found._replace(batch_size=9, penalty_every=2)
    assert suited(GAN(loss="relativistic"), large) == found
    assert suited(GAN(loss="relativistic"), Layout((Real("x"),))).penalty == found.penalty
    for model in (GAN(loss="non-saturating"), GAN(label_smoothing=0.1)):
        assert (suited(model, large).loss, suited(model, large).penalty) == ("non-saturating", {})
    steeper = suited(GAN(penalty={"r1": 3.0}), large)
    assert (steeper.loss, steeper.penalty) == ("relativistic", {"r1": 3.0})


@pytest.mark.parametrize("settings", [{"hidden": ()}, {"max_seconds": 0.0}, {"critic_steps": 9}])
@pytest.mark.parametrize("latent", ["normal", "mixture"])
def test_settings_at_their_edge_fit(settings, latent):
    X = np.random.default_rng(0).normal(size=(80, 2))
    model = GAN(latent=latent, max_steps=5, random_state=0, **settings)
    assert np.isfinite(model.fit(X, listener=None).sample(3, random_state=0)).all()


@pytest.mark.parametrize("network", ["conv", "dcgan", "sngan", "r3gan"])
def test_every_network_learns_labelled_images_and_comes_back(network, tmp_path):
    import drawlike as dl

    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = np.where(y[:, None, None, None], 220, 30) + rng.integers(0, 20, (40, 12, 15, 3))
    settings = {"packing": 2, "minibatch_std": True, "spectral_norm": True, "augment": "colour"}
    model = GAN(network=network, width=4, max_steps=3, batch_size=16, random_state=0, **settings)
    model.fit(X.astype(np.uint8), y, listener=None).save(tmp_path / "gan")
    again = dl.load(tmp_path / "gan")
    drawn = model.sample(3, y=[0, 1, 1], random_state=1)
    assert drawn.shape == (3, 12, 15, 3)
    np.testing.assert_array_equal(again.sample(3, y=[0, 1, 1], random_state=1), drawn)
    np.testing.assert_allclose(again.realism(X[:4], y[:4]), model.realism(X[:4], y[:4]), rtol=1e-4)


@pytest.mark.parametrize("network", ["dcgan", "sngan", "r3gan"])
def test_of_columns_networks_are_dense(network):
    X = np.random.default_rng(0).normal(size=(80, 2))
    model = GAN(network=network, latent="normal", hidden=(8,), max_steps=2, random_state=0)
    assert model.fit(X, listener=None).critic_.head.first.in_features == 2


def test_dense_players_have_the_layers_that_are_asked_for():
    X = np.random.default_rng(0).normal(size=(80, 2))
    model = GAN(latent="normal", hidden=(8, 9), critic_hidden=(7,), max_steps=2, random_state=0)
    model.set_params(activation="sigmoid", norm="batch").fit(X, listener=None)
    layers = [type(layer).__name__ for layer in model.generator_.body.rest]
    assert layers == ["BatchNorm", "Sigmoid", "Linear"] * 2
    assert [type(layer).__name__ for layer in model.critic_.head.rest] == ["Sigmoid", "Linear"]
    assert model.critic_.head.first.out_features == 7
    assert not model.generator_.training


@pytest.mark.parametrize(
    "settings",
    [
        {"network": "resnet"},
        {"critic_network": "x"},
        {"norm": "x"},
        {"activation": "x"},
        {"width": 0},
    ],
)
def test_networks_that_are_not_known_are_refused(settings):
    with pytest.raises(SettingError, match=next(iter(settings))):
        GAN(**settings).fit(np.zeros((20, 2)), listener=None)


def test_a_dragan_can_be_taught_by_one_number():
    model = GAN.preset("dragan", max_steps=5, hidden=(8,), random_state=0)
    assert np.isfinite(model.fit(np.ones((1, 1)), listener=None).sample(random_state=0)).all()


def test_all_its_settings_come_back(tmp_path):
    import drawlike as dl

    settings = {"penalty": {"r1": 1.0, "r2": 0.5}, "betas": (0.1, 0.9), "hidden": (8,)}
    model = GAN(latent="normal", lr=1e-3, critic_lr=2e-3, max_steps=5, random_state=0, **settings)
    model.fit(np.random.default_rng(0).normal(size=(80, 2)), listener=None).save(tmp_path / "gan")
    again = dl.load(tmp_path / "gan")
    for name, value in clone(model).get_params().items():
        kept = getattr(again, name)
        assert (tuple(kept) if isinstance(value, tuple) else kept) == value, name
    clone(again).fit(np.zeros((9, 2)), listener=None)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"loss": "l2"}, "relativistic"),
        ({"loss": "wasserstein"}, "clip_weights"),
        ({"loss": "hinge", "label_smoothing": 0.1}, "non-saturating"),
        ({"penalty": {"r3": 1.0}}, "r1, r2"),
        ({"latent": "mixture", "packing": 2}, "packing"),
        ({"top_k": 0.0}, "top_k"),
        ({"instance_noise": float("nan")}, "instance_noise"),
        ({"optimizer": "lion"}, "adamw"),
        ({"schedule": "linear"}, "cosine"),
        ({"network": "convolutional"}, "conv"),
        ({"loss": "wasserstein", "penalty": {"gradient": 0.0}}, "clip_weights"),
        ({"penalty": "r1"}, "names and weights"),
        ({"penalty": {"r1": -1.0}}, "0 or more"),
        ({"lr": -1e-3}, "above 0"),
        ({"critic_lr": 0.0}, "above 0"),
        ({"clip_gradients": 0.0}, "above 0"),
        ({"clip_weights": -0.01}, "above 0"),
        ({"max_seconds": -1.0}, "max_seconds"),
        ({"average": 1.5}, "from 0 to 1"),
        ({"n_signs": 1.5}, "whole number"),
        ({"n_signs": 2.0}, "whole number"),
        ({"betas": 0.5}, "two numbers"),
        ({"betas": (0.5, 1.0)}, "below 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, told):
    with pytest.raises(SettingError, match=told):
        GAN(**settings).fit(np.random.default_rng(0).normal(size=(50, 2)), listener=None)
