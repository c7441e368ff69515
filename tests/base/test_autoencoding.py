"""Draws of z stand where the network that decodes them stands."""

import numpy as np
import pytest
import torch

from drawlike.models import VAE
from tests.scenarios import shapes

SMALL = {"max_steps": 5, "hidden": (8,), "n_latent": 2, "random_state": 0}


class Elsewhere(VAE):
    """Learns here, and then has its networks on a device that holds no data."""

    _device = torch.device("meta")


@pytest.mark.parametrize("prior", ["fitted", "normal"])
def test_draws_of_the_prior_are_of_the_networks_device_and_dtype(prior):
    model = VAE(**SMALL, prior=prior, device="cpu").fit(shapes(60)[0], listener=None)
    z = model._prior_draw(torch.zeros(3, 0, dtype=torch.float64), np.random.default_rng(0))
    assert (z.device.type, z.dtype, z.shape) == ("cpu", torch.float32, (3, 2))


def test_a_fitted_prior_draws_for_a_network_on_another_device():
    model = VAE(**SMALL).fit(shapes(60)[0], listener=None)
    model.__class__ = Elsewhere
    assert model._prior_draw(torch.zeros(3, 0), np.random.default_rng(0)).device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("prior", ["fitted", "normal"])
def test_images_are_restored_on_a_gpu(prior):
    X = shapes(60)[0]
    model = VAE(**SMALL, prior=prior, device="cuda").fit(X, listener=None)
    assert model.denoise(X[:2]).shape == X[:2].shape
    assert model.inpaint(X[:2], mask=np.eye(*X.shape[1:], dtype=bool)).shape == X[:2].shape
    assert model.upscale(X[:2, ::2, ::2]).shape == X[:2].shape
