import numpy as np
import pytest

from drawlike.evaluation.inputs.features import FILTERS, SHA256, Extractor


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (1, 28, 28), (4, 9, 70), (1, 2, 3)])
def test_images_of_any_size_have_features(rng, shape):
    pixels = rng.random((20, *shape)).astype(np.float32)
    features = Extractor.fit(pixels).features(pixels)
    assert features.var(0).sum() == pytest.approx(1, rel=1e-4)
    assert np.isfinite(features).all()


def test_filters_are_the_ones_that_the_report_names():
    assert SHA256.startswith("ee2e98c67ff22f16")
    np.testing.assert_allclose(np.square(FILTERS).sum((1, 2, 3)), 1, rtol=1e-6)


def test_filters_do_not_see_brightness():
    np.testing.assert_allclose(FILTERS.sum((2, 3)), 0, atol=1e-6)


def test_features_of_an_image_do_not_depend_on_its_company(rng):
    pixels = rng.random((300, 1, 12, 12)).astype(np.float32)
    extractor = Extractor.fit(pixels)
    alone = extractor.features(pixels[150:151])
    np.testing.assert_allclose(alone[0], extractor.features(pixels)[150], atol=1e-5)


def test_blur_moves_features_further_than_a_shade_of_noise(rng):
    pixels = rng.random((40, 1, 16, 16)).astype(np.float32)
    extractor = Extractor.fit(pixels)
    blurred = (pixels + np.roll(pixels, 1, -1) + np.roll(pixels, 1, -2)) / 3
    noisy = pixels + 0.01 * rng.standard_normal(pixels.shape).astype(np.float32)
    origin = extractor.features(pixels)
    moved = [np.abs(extractor.features(x) - origin).mean() for x in (blurred, noisy)]
    assert moved[0] > 5 * moved[1]


def test_thumbnails_of_small_images_are_the_images(rng):
    pixels = rng.random((5, 3, 8, 9)).astype(np.float32)
    np.testing.assert_allclose(
        Extractor.fit(pixels).thumbnails(pixels), pixels.reshape(5, -1), atol=1e-6
    )
