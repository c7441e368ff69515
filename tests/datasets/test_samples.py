import numpy as np
import pytest

from drawlike.datasets import load_sample, read
from drawlike.errors import SettingError


def test_digits():
    data = load_sample("digits")
    assert (data.kind, data.X.shape, data.X.dtype) == ("image", (1797, 8, 8), np.uint8)
    assert (data.X.min(), data.X.max()) == (0, 16)
    assert sorted(set(data.labels)) == list(range(10))


@pytest.mark.parametrize(
    ("name", "rows", "columns", "label", "classes"),
    [
        ("breast_cancer", 569, 31, "diagnosis", {"malignant", "benign"}),
        ("wine", 178, 14, "cultivar", {"class_0", "class_1", "class_2"}),
    ],
)
def test_tables(name, rows, columns, label, classes):
    data = load_sample(name)
    assert data.X.shape == (rows, columns)
    assert data.label == label
    assert str(data.X[label].dtype) == "category"
    assert set(data.labels) == classes


def test_samples_can_be_read():
    data = read("sample:wine")
    assert data.X.equals(load_sample("wine").X)
    assert data.source["path"] == "sample:wine"
    assert read(data.source["path"]).source == data.source


def test_an_unknown_sample():
    with pytest.raises(SettingError, match="no sample 'wein'. Did you mean 'wine'"):
        load_sample("wein")
