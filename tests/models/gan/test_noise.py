"""A GAN's latent vectors: drawn, decoded, and the way from one to another."""

import numpy as np
import pytest

from drawlike import GAN
from tests.scenarios import two_modes


@pytest.fixture(scope="module")
def fitted():
    model = GAN(latent="normal", n_latent=6, n_signs=2, hidden=(16,), max_steps=20, random_state=0)
    return model.fit(two_modes(200), (two_modes(200)[:, 0] > 0), listener=None)


def test_rows_of_drawn_latent_vectors_are_samples(fitted):
    z = fitted.draw_latent(3000, random_state=1)
    assert z.shape == (3000, fitted.n_latent_) == (3000, 8)
    assert set(np.unique(z[:, 6:])) == {-1.0, 1.0}
    decoded = fitted.decode(z, np.full(3000, True))
    drawn = fitted.sample(3000, np.full(3000, True), random_state=2)
    spread = drawn.std(0)
    assert (np.abs(decoded.mean(0) - drawn.mean(0)) < 0.1 * spread).all()
    np.testing.assert_allclose(decoded.std(0), spread, rtol=0.1)
    np.testing.assert_array_equal(z, fitted.draw_latent(3000, random_state=1))


def test_a_path_keeps_its_distance_from_zero(fitted):
    a, b = fitted.draw_latent(2, random_state=0)
    path = fitted.latent_path(a, b, 9)
    np.testing.assert_allclose(path[[0, -1]], [a, b], atol=1e-6)
    length = np.linalg.norm(path, axis=1)
    assert length.min() > 0.9 * min(length[0], length[-1])
    assert set(np.unique(path[:, 6:])) == {-1.0, 1.0}
    np.testing.assert_allclose(fitted.latent_path(a, a, 3), [a] * 3, atol=1e-6)


def test_signs_do_not_bend_a_path(fitted):
    a, b = np.array([3.0, 0, 0, 0, 0, 0, 1, 1]), np.array([0, 3.0, 0, 0, 0, 0, -1, -1])
    path = fitted.latent_path(a, b, 5)
    np.testing.assert_allclose(np.linalg.norm(path[:, :6], axis=1), 3)
    np.testing.assert_allclose(path[2, :2], 3 / np.sqrt(2))
    np.testing.assert_array_equal(path[:, 6:], [[1, 1]] * 2 + [[-1, -1]] * 3)


def test_a_mixture_has_no_latent_vectors_to_give():
    assert not hasattr(GAN(), "decode")
    model = GAN(hidden=(8,), max_steps=5, random_state=0).fit(two_modes(60), listener=None)
    assert not hasattr(model, "decode") and not hasattr(model, "draw_latent")
