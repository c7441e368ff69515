"""What the base class keeps: states between fits, settings on disk, stale names."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.exceptions import NotFittedError

from drawlike.errors import DataError, SettingError
from drawlike.models import GAN, RBM, VAE, Gaussian, GaussianMixture, TopK, load
from tests.scenarios import two_modes

X = two_modes(100)


def test_a_fit_that_fails_leaves_no_fitted_model():
    model = Gaussian().fit(X)
    with pytest.raises(DataError):
        model.fit(X, y=np.full(len(X), np.nan))
    with pytest.raises(NotFittedError):
        model.sample()
    assert model.fit(X).sample().shape == (1, 2)


def test_a_device_and_array_likes_are_kept(tmp_path):
    settings = [
        Gaussian(device=torch.device("cpu")),
        GaussianMixture(2, means_init=torch.zeros(2, 2, dtype=torch.float64), random_state=0),
        GaussianMixture(2, means_init=pd.DataFrame([[0.0, 0.0], [1.0, 1.0]]), random_state=0),
    ]
    for i, model in enumerate(settings):
        model.fit(X, listener=None).save(tmp_path / str(i))
        again = load(tmp_path / str(i))
        assert again.device == "auto"
        np.testing.assert_array_equal(
            again.sample(5, random_state=0), model.sample(5, random_state=0)
        )


def test_images_have_no_names_of_an_earlier_table():
    model = Gaussian().fit(pd.DataFrame({"a": X[:, 0]}))
    assert not hasattr(model.fit(np.zeros((5, 6, 6), np.uint8)), "feature_names_in_")


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (VAE(batch_size=0), "batch_size"),
        (VAE(validation_fraction=1.0), "validation_fraction"),
        (VAE(prior="gauss"), "prior"),
        (VAE(draw="median"), "draw"),
        (VAE(importance_samples=0), "importance_samples"),
        (GAN(n_latent=0), "n_latent"),
        (GAN(loss="wasserstein"), "loss"),
        (GAN(max_steps=0), "max_steps"),
        (TopK(k=2.5), "k=2.5"),
        (GaussianMixture(0), "n_components"),
        (GaussianMixture(warm_start="no"), "warm_start='no'; use True or False"),
        (RBM(2, persistent="no"), "persistent='no'"),
        (RBM(2, centered=0), "centered=0"),
        (TopK(replace="no"), "replace='no'"),
        (TopK(allow_copies="no"), "allow_copies='no'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(model, named):
    with pytest.raises(SettingError, match=named):
        model.fit(X, listener=None)
