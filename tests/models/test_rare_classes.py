"""Models of unequal classes: every mix of classes, the data's frequencies, and who is warned."""

import numpy as np
import pytest

from drawlike import GAN, MADE, RBM, VAE, VAEGAN, Transformer

MODELS = {
    "gan": GAN(max_steps=4, random_state=0),
    "vae": VAE(max_steps=20, hidden=(8,), random_state=0),
    "vaegan": VAEGAN(max_steps=2, hidden=(8,), random_state=0),
    "made": MADE(max_steps=4, hidden=(8,), random_state=0),
    "transformer": Transformer(max_steps=2, n_features=8, n_layers=1, random_state=0),
    "rbm": RBM(4, n_iter=1, n_sweeps=2, n_temperatures=2, random_state=0),
}
N, N_RARE = 300, 24


def rows(n_rare=N_RARE):
    rng = np.random.default_rng(0)
    y = np.where(np.arange(N) < n_rare, "rare", "usual")
    return rng.normal(size=(N, 2)) + 4 * (y == "rare")[:, None], y


def fitted(name, X, y, **settings):
    model = MODELS[name].__class__(**MODELS[name].get_params() | settings)
    return model.fit(X, y, listener=None)


@pytest.mark.parametrize("name", MODELS)
def test_the_learned_frequencies_are_those_of_the_data(name):
    model = fitted(name, *rows())
    assert model.labels_.frequencies_ == pytest.approx([N_RARE / N, 1 - N_RARE / N])
    _, y = model.sample(400, random_state=0, return_y=True)
    assert (y == "rare").mean() == pytest.approx(N_RARE / N, abs=0.05)
    assert model.sample(y=["rare"] * 5 + ["usual"], random_state=0).shape == (6, 2)


@pytest.mark.parametrize("name", MODELS)
def test_classes_that_are_not_rare_are_learned_as_they_come(name):
    X, y = rows(n_rare=100)
    asked = (fitted(name, X, y, class_sampling=how) for how in ("auto", "data"))
    first, second = (model.sample(5, random_state=0) for model in asked)
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ["vae", "rbm"])
def test_weights_of_rows_count_beside_the_balance(name):
    X, y = rows()
    X = np.where(np.arange(N)[:, None] % 2, X, X + 50)
    model = fitted(name, X, y)
    weighed = MODELS[name].__class__(**MODELS[name].get_params())
    weighed.fit(X, y, sample_weight=np.arange(N) % 2, listener=None)
    assert weighed.sample(200, y="rare", random_state=0).max() < 30
    assert model.sample(200, y="rare", random_state=0).max() > 30
