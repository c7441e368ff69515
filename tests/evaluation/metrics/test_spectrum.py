"""Power by frequency: known waves, and images too smooth or too rough."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from drawlike.evaluation.metric import NotComputedError
from drawlike.evaluation.metrics.spectrum import bands, radial_power
from tests.evaluation.cases import case_of, measured

SIDE = 16


def images(rng, n=200, blur=1.0, grain=0.0):
    """Patterns of one size, as grey levels, of differing strength."""
    waves = rng.normal(size=(n, 2 * SIDE, 2 * SIDE))
    waves = gaussian_filter(waves, (0, blur, blur))[:, :SIDE, :SIDE]
    waves *= rng.uniform(0.5, 1, (n, 1, 1)) / waves.std()
    waves += grain * rng.normal(size=waves.shape)
    return (127 + 40 * waves).clip(0, 255).astype(np.uint8)


def told(rng, synthetic):
    return measured("power spectrum", case_of(images(rng), images(rng), synthetic))


def test_a_wave_has_its_power_in_its_band():
    x = np.arange(SIDE)
    wave = np.cos(2 * np.pi * 3 * x / SIDE)[None, :] * np.ones((SIDE, 1))
    power = radial_power(np.float64(wave[None, None] + 5))
    frequency, ring = bands(SIDE, SIDE)
    assert power.shape == (1, 8)
    assert power.argmax() == 2
    assert np.delete(power, 2) == pytest.approx(0, abs=1e-20)
    assert frequency[2] == pytest.approx(3 / SIDE, rel=0.15)
    # Parseval: all of the wave's variance, which is one half a pixel
    assert power[0, 2] * (ring == 2).sum() == pytest.approx(0.5 * SIDE * SIDE)


@pytest.mark.parametrize("shape", [(4, 9), (28, 28), (31, 64)])
def test_noise_is_equally_strong_in_all_bands(rng, shape):
    power = radial_power(rng.normal(size=(600, 2, *shape)))
    np.testing.assert_allclose(power.mean(0), 1, rtol=0.12)
    frequency, _ = bands(*shape)
    assert (np.diff(frequency) > 0).all() and frequency[-1] <= 0.5


def test_fresh_images_have_the_same_spectrum(rng):
    fresh = told(rng, images(rng))
    assert fresh.chance > 0.001
    spectrum = fresh.details["spectrum"]
    assert ((spectrum.ratio > spectrum.low) & (spectrum.ratio < spectrum.high)).mean() > 0.6


def test_blurred_images_lack_fine_detail(rng):
    blurred = gaussian_filter(images(rng).astype(float), (0, 0.6, 0.6)).astype(np.uint8)
    found = told(rng, blurred)
    assert found.chance < 1e-6
    assert found.value > 3 * found.real
    assert found.note.en.startswith("fine detail below ")
    assert "too weak" in found.note.en
    assert "过弱" in found.note.zh


def test_grain_is_too_strong_a_detail(rng):
    found = told(rng, images(rng, grain=0.5))
    assert found.chance < 1e-6
    assert "fine detail" in found.note.en
    assert "too strong" in found.note.en


def test_contrast_lost_at_every_size_is_said(rng):
    pale = (127 + 0.5 * (images(rng) - 127.0)).astype(np.uint8)
    note = told(rng, pale).note.en
    assert note.startswith("detail of every size is too weak: its power is 0.2")


def test_tiny_images_say_why_they_have_no_spectrum(rng):
    sets = [rng.integers(0, 255, (40, 3, 8), np.uint8) for _ in range(3)]
    with pytest.raises(NotComputedError, match="the images are too small"):
        measured("power spectrum", case_of(*sets, kind="image"))
