import numpy as np
import pytest
from PIL import Image

from drawlike.errors import DataError
from drawlike.report import (
    Text,
    category_histogram,
    image_grid,
    number_histogram,
    write_histograms_png,
    write_png_grid,
)
from drawlike.report.pictures import SEAM


def _colours(picture):
    return {colour for _, colour in picture.convert("RGB").getcolors(1 << 20)}


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


def test_histograms_show_both_sides_and_are_the_same_every_time(tmp_path, rng):
    histograms = [
        number_histogram("age", rng.normal(size=500), rng.normal(size=500)),
        category_histogram(Text("colour", "颜色"), ["red", "blue"], ["red"]),
        number_histogram(
            "a very long name " * 9, np.r_[np.zeros(50), rng.normal(size=50)], rng.normal(size=9)
        ),
    ]
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    for path in paths:
        write_histograms_png(histograms, path, columns=2)
    picture = Image.open(paths[0])
    assert {(37, 112, 181), (187, 82, 12)} <= _colours(picture)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_picture_in_chinese_differs(tmp_path):
    histograms = [category_histogram(Text("colour", "颜色"), ["red"], ["red"])]
    write_histograms_png(histograms, tmp_path / "en.png")
    write_histograms_png(histograms, tmp_path / "zh.png", language="zh")
    assert (tmp_path / "en.png").read_bytes() != (tmp_path / "zh.png").read_bytes()


def test_more_histograms_make_a_taller_picture(tmp_path):
    histograms = [category_histogram("c", ["a"], ["a"])] * 5
    write_histograms_png(histograms[:2], tmp_path / "two.png", columns=2)
    write_histograms_png(histograms, tmp_path / "five.png", columns=2)
    two, five = (Image.open(tmp_path / name) for name in ("two.png", "five.png"))
    assert five.width == two.width and five.height > 2 * two.height
