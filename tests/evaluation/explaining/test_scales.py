import numpy as np
from scipy.ndimage import gaussian_filter

from drawlike.evaluation.case import Case, Reality
from drawlike.evaluation.explaining.scales import coverage_by_scale, worst_scale
from drawlike.evaluation.inputs.features import WAVELENGTH, Extractor
from tests.evaluation.cases import case_of

SIDE = 32


def images(rng, n=150):
    """Bright blobs, and stripes of a pixel's width of differing direction and strength."""
    blobs = gaussian_filter(rng.normal(size=(n, SIDE, SIDE)), (0, 4, 4))
    y, x = np.mgrid[:SIDE, :SIDE]
    angle, strength = rng.uniform(0, np.pi, (n, 1, 1)), rng.uniform(0, 40, (n, 1, 1))
    stripes = np.sin(2 * np.pi / WAVELENGTH * (x * np.cos(angle) + y * np.sin(angle)))
    return (127 + 500 * blobs + strength * stripes).clip(0, 255).astype(np.uint8)


def scales(rng, synthetic):
    return coverage_by_scale(case_of(images(rng), images(rng), synthetic))


def test_the_sizes_are_those_of_the_pyramid(rng):
    pixels = rng.random((20, 1, 28, 28)).astype(np.float32)
    extractor = Extractor.fit(pixels)
    parts = extractor.by_size(pixels)
    assert list(parts) == [0, 4, 8, 16]
    together = sum(part.shape[1] for part in parts.values())
    assert together == extractor.features(pixels).shape[1]


def test_fresh_images_are_covered_at_every_size(rng):
    found = scales(rng, images(rng))
    assert [scale.name.en for scale in found][:2] == [
        "shape and brightness",
        "detail of about 4 pixels",
    ]
    assert all(scale.synthetic > 0.85 * scale.real for scale in found)


def test_the_size_whose_variety_is_lost_is_named(rng):
    """Stripes of one direction and strength; the blobs are as they were."""
    same = images(rng)
    found = scales(rng, gaussian_filter(same.astype(float), (0, 1.2, 1.2)).astype(np.uint8))
    worst = worst_scale(found)
    assert worst.en.startswith("detail of about 4 pixels is covered worst: ")
    assert worst.zh.startswith("约 4 像素的细节的覆盖最差")
    blobs = found[0]
    assert blobs.synthetic > 0.8 * blobs.real


def test_without_a_holdout_there_is_nothing_to_compare_with(rng):
    case = case_of(images(rng), images(rng), images(rng))
    found = coverage_by_scale(Case(Reality(case.train, None), case.synthetic))
    assert all(np.isnan(scale.real) for scale in found)
    assert worst_scale(found).en == ""
