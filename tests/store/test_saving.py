import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from drawlike.errors import StoreError
from drawlike.store import load, save


@pytest.fixture
def full_disk():
    """Refuse, as a full disk does, every file of more than 2,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _saved(folder, version):
    save(folder, {"version": version}, {"x": np.full(3, version)})
    return folder


def _version(folder):
    manifest, arrays = load(folder)
    assert (arrays["x"] == manifest["version"]).all()
    return manifest["version"]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12).reshape(3, 4)[:, ::2],
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3, dtype=">i4"),
        np.zeros((0, 4), np.float32),
        np.array(2.5, np.float16),
        np.array([True, False]),
    ],
    ids=["strided", "fortran", "big-endian", "empty", "scalar", "bool"],
)
def test_arrays_come_back(tmp_path, array):
    save(tmp_path, {}, {"x": array})
    back = load(tmp_path)[1]["x"]
    assert back.dtype.name == array.dtype.name
    np.testing.assert_array_equal(back, array)
    assert back.flags.writeable


def test_other_files_and_folders_stay(tmp_path):
    folder = tmp_path / "deep" / "model"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text("kept")
    _saved(folder, 1)
    save(folder, {"version": 2}, {"x": np.full(3, 2)}, overwrite=True)
    assert _version(folder) == 2
    names = {path.name for path in folder.iterdir()}
    assert names == {"events.jsonl", "manifest.json", "arrays.safetensors"}


def test_a_model_is_replaced_only_when_told(tmp_path):
    _saved(tmp_path, 1)
    with pytest.raises(StoreError, match="overwrite=True"):
        _saved(tmp_path, 2)
    assert _version(tmp_path) == 1


def test_files_of_others_are_never_replaced(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(StoreError, match="not drawlike's"):
        save(tmp_path, {}, {}, overwrite=True)
    assert (tmp_path / "manifest.json").read_text() == '{"name": "a web page"}'


def test_a_file_in_the_way_is_an_error(tmp_path):
    path = tmp_path / "model"
    path.write_text("")
    with pytest.raises(StoreError, match="is a file"):
        save(path, {}, {})
    with pytest.raises(StoreError, match="could not be written"):
        save(path / "inner", {}, {})


@pytest.mark.parametrize(
    ("manifest", "arrays", "message"),
    [
        ({"a": float("nan")}, {}, "no plain JSON"),
        ({"a": object()}, {}, "no plain JSON"),
        ({}, {"x": np.zeros(2, complex)}, "dtype complex128"),
        ({}, {"x": np.array(["a"])}, "dtype <U1"),
        ({}, {"x": np.array([None])}, "dtype object"),
        ({}, {"../x": np.zeros(2)}, "is no name"),
        ({}, {"/x": np.zeros(2)}, "is no name"),
        ({}, {"": np.zeros(2)}, "is no name"),
        ({}, {"__metadata__": np.zeros(2)}, "is no name"),
    ],
)
def test_what_cannot_be_stored_leaves_the_old_model(tmp_path, manifest, arrays, message):
    old, new = _saved(tmp_path / "old", 1), tmp_path / "new"
    for folder in (old, new):
        with pytest.raises(StoreError, match=message):
            save(folder, manifest, arrays, overwrite=True)
    assert _version(old) == 1
    assert not new.exists()


@pytest.mark.parametrize(
    ("manifest", "arrays"), [({}, {"x": np.zeros(9999)}), ({"text": "a" * 9999}, {})]
)
def test_a_full_disk_leaves_the_old_model_and_no_rubbish(tmp_path, full_disk, manifest, arrays):
    old, new = _saved(tmp_path / "old", 1), tmp_path / "new"
    for folder in (old, new):
        with pytest.raises(StoreError, match=r"could not be written .*File too large.* untouched"):
            save(folder, manifest, arrays, overwrite=True)
    assert _version(old) == 1
    assert len(list(old.iterdir())) == 2
    assert not new.exists()


def test_a_write_cut_before_its_last_renaming_is_complete(tmp_path):
    old, new = _saved(tmp_path / "old", 1), _saved(tmp_path / "new", 2)
    shutil.copy(new / "manifest.json", old)
    shutil.copy(new / "arrays.safetensors", old / "arrays.safetensors.new")
    assert _version(old) == 2
    with pytest.raises(StoreError):  # a failed write must not take it away
        save(old, {"a": object()}, {}, overwrite=True)
    assert _version(old) == 2
    save(old, {"version": 3}, {"x": np.full(3, 3)}, overwrite=True)
    assert _version(old) == 3


def test_a_write_cut_before_its_commit_is_ignored(tmp_path):
    old, new = _saved(tmp_path / "old", 1), _saved(tmp_path / "new", 2)
    shutil.copy(new / "manifest.json", old / "manifest.json.new")
    shutil.copy(new / "arrays.safetensors", old / "arrays.safetensors.new")
    assert _version(old) == 1


def test_a_killed_writer_leaves_a_whole_model(tmp_path):
    _saved(tmp_path, 0)
    code = (
        "import sys, numpy as np\n"
        "from drawlike.store import save\n"
        "for version in range(1, 10**6):\n"
        "    x = np.full(100_000, version)\n"
        "    save(sys.argv[1], {'version': version}, {'x': x}, overwrite=True)\n"
        "    print(flush=True)\n"
    )
    for delay in (0.0, 0.003, 0.011):
        command = [sys.executable, "-c", code, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            time.sleep(delay)
            os.kill(writer.pid, signal.SIGKILL)
        assert _version(tmp_path) > 0
