import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from drawlike.errors import DataError
from drawlike.report import ImageGrid
from drawlike.report.images import MOST_PIXELS, checked, images_html


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
