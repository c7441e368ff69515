"""Arrays and their labels from IDX, NPZ and NPY files."""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import DataError
from ..events import SILENT, Emitter
from .idx import labels_beside, load_idx
from .sources import Loaded, close, existing, named_damage, open_stream, refuse_absurd, sha256

DATA_KEYS = ("X", "x", "X_train", "x_train", "data", "images", "features", "arr_0")
LABEL_KEYS = ("y", "Y", "labels", "label", "targets", "target", "arr_1")


def read_idx(
    path: Path,
    *,
    label: str | None,
    events: Emitter,
    labels: str | Path | Literal[False] | None = None,
) -> Loaded:
    """Read an IDX file, packed or not, and the labels beside it.

    The labels of ``train-images-idx3-ubyte.gz`` are in ``train-labels-idx1-ubyte``, with or
    without ``.gz``; ``labels`` names another file, or is False for none.
    """
    X = load_idx(path, events)
    if X.ndim == 1:
        raise DataError(
            f"{path} holds one value a row: these are labels. Read the file of the images "
            "(...-images-idx3-ubyte), and the labels beside it are found."
        )
    if labels is False:
        return Loaded(X, label=label)
    found = labels_beside(path) if labels is None else existing(labels)
    if found is None:
        events.warning(f"There is no labels file beside {path}: the data have no labels.")
        return Loaded(X, label=label)
    return Loaded(X, load_idx(found), label, _notes(found))


def read_npz(path: Path, *, label: str | None, events: Emitter, key: str | None = None) -> Loaded:
    """Read the array called ``key``, and the labels called ``label``, of an NPZ file.

    By default the data are the first of ``DATA_KEYS`` or the only array; the labels go by
    the same name with y for x, or are the first of ``LABEL_KEYS``.
    """
    with named_damage(path), _named_content(path):
        with zipfile.ZipFile(path) as archive:
            refuse_absurd(sum(info.file_size for info in archive.infolist()), f"Unpacking {path}")
        with np.load(path, allow_pickle=False) as arrays:
            names = list(arrays.files)
            data_key = _data_key(key, names, path)
            label_key = _label_key(label, data_key, names, path)
            X = arrays[data_key]
            y = None if label_key is None else arrays[label_key]
    events.progress(1, 1, unit="files")
    return Loaded(X, y, notes={"arrays": [data_key] if y is None else [data_key, label_key]})


def read_npy(
    path: Path, *, label: str | None, events: Emitter, labels: str | Path | None = None
) -> Loaded:
    """Read an NPY file, and the labels from another one that ``labels`` names."""
    X = _load_npy(path, events)
    if labels is None:
        return Loaded(X, label=label)
    found = existing(labels)
    return Loaded(X, _load_npy(found), label, _notes(found))


def _notes(labels: Path) -> dict[str, str]:
    return {"labels_path": str(labels), "labels_sha256": sha256(labels)}


def _load_npy(path: Path, events: Emitter = SILENT) -> np.ndarray:
    with named_damage(path), _named_content(path), open_stream(path, events) as stream:
        return np.asarray(np.load(stream, allow_pickle=False))


@contextmanager
def _named_content(path: Path) -> Iterator[None]:
    """Name the file in what NumPy and zip say of its content."""
    try:
        yield
    except DataError:
        raise
    except (ValueError, MemoryError, zipfile.BadZipFile, RuntimeError) as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{path} holds Python objects, which may run code when they are read: it is not "
                "opened. Save numbers or texts, as array.astype(float) or array.astype(str)."
            ) from error
        raise DataError(
            f"{path} cannot be read: {error}. It is truncated, damaged or locked: save it again "
            "with numpy.savez or numpy.save."
        ) from error


def _data_key(key: str | None, names: list[str], path: Path) -> str:
    if key is not None:
        return _known(key, names, path)
    if len(names) == 1:
        return names[0]
    found = [name for name in DATA_KEYS if name in names]
    if not found:
        raise DataError(f"{path} holds {_listed(names)}: say which are the data, as key='...'.")
    return found[0]


def _label_key(label: str | None, data_key: str, names: list[str], path: Path) -> str | None:
    if label is not None:
        return _known(label, names, path)
    partner = re.sub("^[xX]", "y", data_key.replace("images", "labels"))
    found = [name for name in (partner, *LABEL_KEYS) if name in names and name != data_key]
    return found[0] if found else None


def _known(name: str, names: list[str], path: Path) -> str:
    if name in names:
        return name
    raise DataError(f"{path} holds no array {name!r}.{close(name, names)} Has: {_listed(names)}.")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:20]) or "no arrays"
