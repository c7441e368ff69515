import numpy as np
import pytest

from drawlike.datasets import read
from drawlike.errors import DataError


@pytest.fixture
def X(rng):
    return rng.normal(size=(7, 3))


@pytest.mark.parametrize(
    ("data_key", "label_key"),
    [("X", "y"), ("x_train", "y_train"), ("data", "target"), ("images", "labels"), ("a", None)],
)
def test_npz_keys(tmp_path, X, data_key, label_key):
    y = np.arange(7)
    np.savez(tmp_path / "a.npz", **{data_key: X, **({label_key: y} if label_key else {})})
    data = read(tmp_path / "a.npz")
    assert data.kind == "array"
    assert np.array_equal(data.X, X)
    assert (data.y is None) if label_key is None else np.array_equal(data.y, y)


def test_npz_keys_that_are_given(tmp_path, X):
    np.savez(tmp_path / "a.npz", X=X, y=np.zeros(7), x_test=X[:2], y_test=[4, 5], other=["a", "b"])
    assert read(tmp_path / "a.npz", key="x_test").y.tolist() == [4, 5]
    assert read(tmp_path / "a.npz", key="x_test", label="other").y.tolist() == ["a", "b"]
    with pytest.raises(DataError, match="no array 'x_tst'. Did you mean 'x_test'"):
        read(tmp_path / "a.npz", key="x_tst")


def test_npz_in_which_nothing_is_the_data(tmp_path, X):
    np.savez(tmp_path / "a.npz", one=X, two=X)
    with pytest.raises(DataError, match="holds one, two: say which are the data"):
        read(tmp_path / "a.npz")


def test_labels_that_do_not_fit(tmp_path, X):
    np.savez(tmp_path / "a.npz", X=X, y=np.zeros(6))
    with pytest.raises(DataError, match="X has 7 rows and y has 6 labels"):
        read(tmp_path / "a.npz")


def test_npy_and_its_labels(tmp_path, X):
    np.save(tmp_path / "a.npy", X)
    np.save(tmp_path / "b.npy", np.arange(7))
    data = read(tmp_path / "a.npy", labels=tmp_path / "b.npy")
    assert np.array_equal(data.X, X)
    assert data.y.tolist() == list(range(7))
    assert len(data.source["labels_sha256"]) == 64


def test_three_dimensions_need_a_kind(tmp_path, rng):
    np.savez(tmp_path / "a.npz", X=rng.normal(size=(4, 5, 6)))
    with pytest.raises(DataError, match="kind='image' or kind='sequence'"):
        read(tmp_path / "a.npz")
    assert read(tmp_path / "a.npz", kind="sequence").kind == "sequence"


def test_cifar(data_folder):
    data = read(data_folder / "cifar10/cifar10_1900.npz")
    assert (data.kind, data.X.shape, data.X.dtype) == ("image", (1500, 32, 32, 3), np.uint8)
    assert np.bincount(data.y).tolist() == [150] * 10
