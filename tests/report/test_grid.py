import numpy as np
import pytest
from PIL import Image

from drawlike.errors import DataError
from drawlike.report import Strip, image_grid, write_png_grid, write_png_strips
from drawlike.report.grid import SEAM, strip_image


def test_grid_holds_every_pixel_enlarged_without_smoothing(rng):
    images = rng.integers(0, 200, (6, 5, 4)).astype(np.uint8)
    pixels = np.asarray(image_grid(images, columns=3, scale=2))
    assert pixels.shape == (2 * (10 + SEAM) + SEAM, 3 * (8 + SEAM) + SEAM)
    second = pixels[SEAM : SEAM + 10 : 2, 8 + 2 * SEAM : 16 + 2 * SEAM : 2]
    assert np.array_equal(second, images[1])
    assert set(np.unique(pixels)) == {*np.unique(images), 255}


def test_partner_lies_beside_its_image():
    images, partners = np.full((2, 4, 4, 3), 10, np.uint8), np.full((2, 4, 4, 3), 90, np.uint8)
    pixels = np.asarray(image_grid(images, partners=partners, columns=1, scale=1))
    row = pixels[4 * SEAM, :, 0].tolist()
    assert row == [255] * 4 * SEAM + [10] * 4 + [255] * SEAM + [90] * 4 + [255] * 4 * SEAM


def test_partners_of_another_size_are_refused():
    with pytest.raises(DataError, match="partner of its size"):
        image_grid(np.zeros((2, 4, 4), np.uint8), partners=np.zeros((1, 4, 4), np.uint8))


def test_written_grid_is_the_grid(tmp_path, rng):
    images = rng.integers(0, 256, (9, 8, 8)).astype(np.uint8)
    write_png_grid(images, tmp_path / "grid.png")
    written = np.asarray(Image.open(tmp_path / "grid.png"))
    assert np.array_equal(written, np.asarray(image_grid(images)))


def test_the_first_images_of_a_strip_stand_apart():
    images = np.repeat(np.array([10, 90, 90], np.uint8), 64 * 64).reshape(3, 64, 64)
    row = np.asarray(strip_image(images, lead=1))[SEAM].tolist()
    seam, gap = [255] * SEAM, [255] * 6 * SEAM
    assert row == seam + [10] * 64 + gap + [90] * 64 + seam + [90] * 64 + seam


def test_written_strips_lie_under_each_other(tmp_path, rng):
    strips = [Strip(str(n), rng.integers(0, 256, (n, 60, 70)).astype(np.uint8)) for n in (2, 3)]
    write_png_strips(strips, tmp_path / "strips.png")
    written = np.asarray(Image.open(tmp_path / "strips.png"))
    first, second = (np.asarray(strip_image(strip.images)) for strip in strips)
    np.testing.assert_array_equal(written[: len(first), : first.shape[1]], first)
    np.testing.assert_array_equal(written[len(first) :], second)
