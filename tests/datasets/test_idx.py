import gzip
import struct

import numpy as np
import pytest

from drawlike.datasets import read
from drawlike.datasets.idx import load_idx, save_idx
from drawlike.errors import DataError
from drawlike.events import Emitter, History

IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def save(path, array):
    with (gzip.open if path.suffix == ".gz" else open)(path, "wb") as stream:
        save_idx(array, stream)


@pytest.mark.parametrize("dtype", ["u1", "i1", "i2", "i4", "f4", "f8"])
def test_every_type_comes_back(tmp_path, dtype):
    array = np.array([[1, 2, 3], [100, 0, 7]], dtype)
    save(tmp_path / "a.idx", array)
    back = load_idx(tmp_path / "a.idx")
    assert back.dtype == array.dtype
    assert np.array_equal(back, array)


def test_the_bytes_are_those_of_mnist(tmp_path):
    save(tmp_path / "a.idx", np.array([[[1, 2]]], np.uint8))
    expected = struct.pack(">BBBBIII", 0, 0, 8, 3, 1, 1, 2) + bytes([1, 2])
    assert (tmp_path / "a.idx").read_bytes() == expected


@pytest.mark.parametrize("images_end", ["", ".gz"])
@pytest.mark.parametrize("labels_end", ["", ".gz"])
def test_labels_are_found_beside(tmp_path, grey, images_end, labels_end):
    save(tmp_path / (IMAGES + images_end), grey)
    save(tmp_path / (LABELS + labels_end), np.arange(5, dtype=np.uint8))
    data = read(tmp_path / (IMAGES + images_end))
    assert data.kind == "image"
    assert np.array_equal(data.X, grey)
    assert data.y.tolist() == [0, 1, 2, 3, 4]


def test_labels_can_be_left_out_or_named(tmp_path, grey):
    save(tmp_path / IMAGES, grey)
    save(tmp_path / LABELS, np.arange(5, dtype=np.uint8))
    save(tmp_path / "others", np.full(5, 9, np.uint8))
    assert read(tmp_path / IMAGES, labels=False).y is None
    assert read(tmp_path / IMAGES, labels=tmp_path / "others").y.tolist() == [9] * 5


def test_missing_labels_are_told(tmp_path, grey):
    save(tmp_path / IMAGES, grey)
    heard = History()
    assert read(tmp_path / IMAGES, events=Emitter(heard)).y is None
    assert any("no labels file" in (event.message or "") for event in heard)


def test_labels_of_another_length(tmp_path, grey):
    save(tmp_path / IMAGES, grey)
    save(tmp_path / LABELS, np.arange(4, dtype=np.uint8))
    with pytest.raises(DataError, match="5 rows and y has 4 labels"):
        read(tmp_path / IMAGES)


def test_mnist(data_folder):
    heard = History()
    data = read(data_folder / "mnist/t10k-images-idx3-ubyte.gz", events=Emitter(heard))
    assert (data.kind, data.X.shape, data.X.dtype) == ("image", (10_000, 28, 28), np.uint8)
    assert data.y[:5].tolist() == [7, 2, 1, 0, 4]
    assert [(e.step == e.total, e.unit) for e in heard][-1] == (True, "bytes")
