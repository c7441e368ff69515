import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from drawlike.errors import DataError
from drawlike.report import Animation, ImageGrid, Strip, Strips
from drawlike.report.grid import checked, strip_image
from drawlike.report.images import MOST_PIXELS, animation_html, images_html, strips_html


def _decoded(html):
    data = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(text)))) for text in data]


@pytest.mark.parametrize("shape", [(4, 8, 6), (4, 8, 6, 3)])
def test_images_come_back_pixel_by_pixel(rng, shape):
    images = rng.integers(0, 256, shape).astype(np.uint8)
    assert np.array_equal(_decoded(images_html(ImageGrid(images))), images)


def test_partner_stands_right_after_its_image(rng):
    images, partners = rng.integers(0, 256, (2, 3, 8, 8)).astype(np.uint8)
    grid = ImageGrid(images, ("a", "b"), partners, ("x", "y"))
    html = images_html(grid)
    found = _decoded(html)
    assert np.array_equal(found[::2], images) and np.array_equal(found[1::2], partners)
    assert "a · x" in html and "nearest training row" in html


def test_large_images_are_made_smaller(rng):
    photo = rng.integers(0, 256, (1, 300, 200, 3)).astype(np.uint8)
    (small,) = _decoded(images_html(ImageGrid(photo)))
    assert small.shape == (MOST_PIXELS, MOST_PIXELS * 2 // 3, 3)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 4, 4)), np.zeros((4, 4), np.uint8), np.zeros((2, 3, 4, 5), np.uint8)],
)
def test_other_arrays_are_refused_with_their_shape(images):
    with pytest.raises(DataError, match=re.escape(str(images.shape))):
        checked(images)


def test_a_single_channel_is_grey():
    assert checked(np.zeros((2, 4, 5, 1), np.uint8)).shape == (2, 4, 5)


def test_strips_have_a_line_each_and_their_names(rng):
    images = rng.integers(0, 256, (3, 60, 60)).astype(np.uint8)
    html = strips_html(Strips((Strip("<first>", images), Strip("second", images[:1]))))
    lines = _decoded(html)
    np.testing.assert_array_equal(lines[0], np.asarray(strip_image(images)))
    assert len(lines) == 2
    assert "&lt;first&gt;" in html and "second" in html


def test_too_many_strips_are_left_out_with_a_note(rng):
    noise = rng.integers(0, 256, (10, 90, 90)).astype(np.uint8)
    html = strips_html(Strips(tuple(Strip(str(i), noise) for i in range(40))))
    shown = len(_decoded(html))
    assert 0 < shown < 40
    assert f"{40 - shown} more are in the file." in html


def test_an_animation_is_inside_the_page():
    html = animation_html(Animation(b"GIF89a", "a film"))
    assert f"data:image/gif;base64,{base64.b64encode(b'GIF89a').decode()}" in html
    assert 'alt="a film"' in html
