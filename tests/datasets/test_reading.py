import gc
import gzip
import os

import numpy as np
import pytest

from drawlike.datasets import read
from drawlike.errors import DataError, DrawlikeError
from tests.datasets.bad_inputs import BAD


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_bad_inputs_are_explained_in_one_paragraph(tmp_path, bad):
    with pytest.raises(DrawlikeError, match=bad.words) as caught:
        bad.attempt(tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    assert message.endswith((".", "?", ")"))


def test_an_address_is_not_downloaded():
    with pytest.raises(DataError, match="download it"):
        read("https://example.org/a.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_that_may_not_be_read(csv):
    path = csv("a,b\n1,2\n")
    path.chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        read(path)


def test_content_decides_where_the_name_is_silent(tmp_path, grey):
    np.save(tmp_path / "a.npy", grey)
    (tmp_path / "a.npy").rename(tmp_path / "images")
    assert np.array_equal(read(tmp_path / "images").X, grey)
    (tmp_path / "table").write_text("a,b\n1,2\n")
    assert read(tmp_path / "table").X.shape == (1, 2)


def test_a_home_folder_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert read("~/a.csv").X.shape == (1, 2)


def test_no_file_stays_open(tmp_path, csv, recwarn):
    read(csv("a,b\n1,2\n"))
    read(csv(gzip.compress(b"a, b\n1, 2\n"), "a.csv.gz"))
    with pytest.raises(DataError):
        read(csv("a, b\n1, 2, 3\n"))
    gc.collect()
    assert not [warning for warning in recwarn if warning.category is ResourceWarning]


def test_kind_and_schema_are_passed_on(tmp_path, rng):
    np.save(tmp_path / "a.npy", rng.normal(size=(3, 4, 5)))
    assert read(tmp_path / "a.npy", kind="image").kind == "image"
