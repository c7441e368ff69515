import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def csv(tmp_path):
    """Write text (or bytes) to a CSV file."""

    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def pictures(tmp_path):
    """Save arrays as images under their names in a folder."""

    def save(images, folder="pile"):
        for name, pixels in images.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.asarray(pixels)).save(path)
        return tmp_path / folder

    return save


@pytest.fixture
def grey(rng):
    """Five grey images, (5, 6, 9) uint8: neither square nor alike."""
    return rng.integers(0, 256, (5, 6, 9), dtype=np.uint8)


@pytest.fixture
def colour(rng):
    """Five colour images, (5, 6, 9, 3) uint8."""
    return rng.integers(0, 256, (5, 6, 9, 3), dtype=np.uint8)
