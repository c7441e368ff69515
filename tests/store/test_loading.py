import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from drawlike.errors import CorruptStoreError, StoreError, UnknownVersionError
from drawlike.store import load, save, unpack

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture
def folder(tmp_path):
    """A saved folder, ready to be damaged."""
    folder = tmp_path / "model"
    save(folder, {"model": "Example"}, {"x": np.arange(6.0), "y": np.arange(3, dtype=np.int8)})
    return folder


def _edit(folder, **changes):
    path = folder / "manifest.json"
    header = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in header.items() if v is not ...}))


def _rewrite_arrays(folder, data):
    """Replace the arrays and mend the checksum, as an attacker would."""
    (folder / "arrays.safetensors").write_bytes(data)
    _edit(folder, sha256=hashlib.sha256(data).hexdigest())


def _arrays(**changes):
    entries = {"x": ("float64", [6]), "y": ("int8", [3])} | changes
    return {name: {"dtype": dtype, "shape": shape} for name, (dtype, shape) in entries.items()}


@pytest.mark.parametrize("version", [1])
def test_every_past_format_is_read(version):
    manifest, arrays = load(FIXTURES / f"store_v{version}")
    tree = unpack(manifest, arrays)
    assert tree["model"] == "Example"
    assert tree["settings"] == {
        "n_components": 3,
        "tol": 1e-3,
        "label": None,
        "stops": [True, False],
    }
    assert tree["limits"] == [-np.inf, 0.1, np.inf]
    assert tree["columns"]["收入"]["mean"].tolist() == [0.5, -1.25]
    assert tree["columns"]["$price"] == ["a", "ü"]
    assert tree["whole"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert tree["whole"].dtype == np.int32
    assert tree["mask"].tolist() == [True, False, True]
    assert tree["single"].dtype == np.float32
    assert tree["empty"].shape == (0, 4)
    assert tree["words"].tolist() == ["one", "two"]
    assert tree["mixed"].tolist() == ["one", None, 2]
    np.testing.assert_array_equal(tree["days"], np.array(["2020-02-29", "NaT"], "datetime64[D]"))
    assert tree["first"] == np.datetime64("2020-02-29T12:00:00", "s")


@pytest.mark.parametrize("version", [2, 0, -1, "1", 1.0, True, None, ...])
def test_an_unknown_version_is_refused(folder, version):
    _edit(folder, format_version=version)
    with pytest.raises(UnknownVersionError, match="install a newer drawlike"):
        load(folder)


def test_a_newer_format_is_not_overwritten(folder):
    _edit(folder, format_version=2)
    with pytest.raises(UnknownVersionError):
        save(folder, {}, {}, overwrite=True)


def test_no_folder_is_an_error(folder):
    with pytest.raises(StoreError, match="does not exist"):
        load(folder / "absent")
    with pytest.raises(StoreError, match="is a file, not a folder"):
        load(folder / "manifest.json")


@pytest.mark.parametrize("name", ["manifest.json", "arrays.safetensors"])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(CorruptStoreError, match=f"has no {name}"):
        load(folder)


@pytest.mark.parametrize("name", ["manifest.json", "arrays.safetensors"])
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_plain_file_is_refused(folder, tmp_path, name, kind):
    path = folder / name
    path.rename(tmp_path / name)
    make = {"link": lambda p: p.symlink_to(tmp_path / name), "pipe": os.mkfifo, "folder": os.mkdir}
    make[kind](path)
    with pytest.raises(CorruptStoreError, match="no plain file"):
        load(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: b"",
    ],
    ids=["cut", "longer", "flipped", "empty"],
)
def test_altered_arrays_are_refused(folder, damage):
    path = folder / "arrays.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorruptStoreError, match="does not match the checksum"):
        load(folder)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (_arrays(x=("float64", [7])), "does not add up"),
        (_arrays(x=("float32", [12])), "disagree on the array 'x'"),
        (_arrays(x=("float64", [2, 3])), "disagree on the array 'x'"),
        (_arrays(z=("float64", [0])), "disagree on the array 'z'"),
        (_arrays(x=("float64", [2**61])), "does not add up"),
        (_arrays(x=("float64", [2**40, 2**40, 2**40])), "does not add up"),
        ({"x": {"dtype": "float64", "shape": [6]}}, "does not add up"),
        ({"y": {"dtype": "int8", "shape": [51]}}, "disagree on the array 'x'"),
        (_arrays(x=("float64", [-6])), "malformed"),
        (_arrays(x=("float64", [6.0])), "malformed"),
        (_arrays(x=("float64", [True])), "malformed"),
        (_arrays(x=("float64", 6)), "malformed"),
        (_arrays(x=("object", [6])), "malformed"),
        (_arrays(x=(["float64"], [6])), "malformed"),
        ({"x": "float64"}, "malformed"),
        ({"x": {"dtype": "float64"}}, "malformed"),
        (["x", "y"], "malformed"),
        (_arrays(**{"../x": ("float64", [6])}), "malformed.* is no name"),
        (_arrays(**{"/etc/passwd": ("float64", [6])}), "malformed.* is no name"),
        (_arrays(**{"a//b": ("float64", [6])}), "malformed.* is no name"),
        (_arrays(**{"a\\b": ("float64", [6])}), "malformed.* is no name"),
        (_arrays(**{"": ("float64", [6])}), "malformed.* is no name"),
        (_arrays(**{"a" * 2000: ("float64", [6])}), "malformed.* is no name"),
    ],
)
def test_arrays_that_differ_from_the_manifest_are_refused(folder, arrays, message):
    _edit(folder, arrays=arrays)
    with pytest.raises(CorruptStoreError, match=message):
        load(folder)


@pytest.mark.parametrize(
    "changes", [{"content": ...}, {"content": [1]}, {"sha256": ...}, {"sha256": 5}, {"arrays": ...}]
)
def test_a_manifest_without_its_parts_is_refused(folder, changes):
    _edit(folder, **changes)
    with pytest.raises(CorruptStoreError, match="malformed"):
        load(folder)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xff" * 8,
        (2**62).to_bytes(8, "little") + b"{}",
        (100).to_bytes(8, "little") + b"{}",
        (59 - 8).to_bytes(8, "little") + b"{" * 51,
    ],
    ids=["empty", "negative", "absurd", "beyond the file", "no JSON"],
)
def test_a_hostile_header_of_the_arrays_is_refused(folder, header):
    _rewrite_arrays(folder, header)
    with pytest.raises(CorruptStoreError, match=r"does not add up|cannot be read"):
        load(folder)


def test_overlapping_arrays_are_refused(folder):
    entry = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}
    header = json.dumps({"x": entry, "y": entry}).encode()
    _rewrite_arrays(folder, len(header).to_bytes(8, "little") + header + b"\0" * 16)
    _edit(folder, arrays=_arrays(x=("float64", [1]), y=("float64", [1])))
    with pytest.raises(CorruptStoreError, match="cannot be read"):
        load(folder)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not JSON",
        b"[1, 2]",
        b"{}",
        b'"drawlike"',
        b'{"format": "other", "format_version": 1}',
        b'{"format": "drawlike", "format_version": 1, "content": {"a": NaN}}',
        b'{"format": "drawlike", "format_version": 1, "content": {"a": -Infinity}}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
        b'{"a": "\xff\xfe"}',
    ],
)
def test_a_manifest_that_is_no_drawlike_json_is_refused(folder, text):
    (folder / "manifest.json").write_bytes(text)
    with pytest.raises(CorruptStoreError, match="no valid JSON|not the manifest"):
        load(folder)


def test_a_huge_manifest_is_refused_unread(folder):
    with (folder / "manifest.json").open("r+b") as file:
        file.truncate(10**12)  # sparse: takes no space
    with pytest.raises(CorruptStoreError, match="is larger than"):
        load(folder)


def test_loading_runs_no_code_from_the_folder(folder):
    for name in ("manifest.py", "sitecustomize.py", "json.py", "__init__.py", "model.pkl"):
        (folder / name).write_text("raise SystemExit('ran code')")
    code = (
        "import sys\n"
        "from drawlike.store import load\n"
        "load(sys.argv[1])\n"  # whatever is imported late is imported now
        "def refuse(event, details):\n"
        "    if event in ('exec', 'compile', 'import', 'pickle.find_class', 'os.system'):\n"
        "        raise SystemExit(f'{event}: {details}')\n"
        "sys.addaudithook(refuse)\n"
        "load(sys.argv[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
