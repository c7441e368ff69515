"""One way to write: what the data are and the path's suffix decide how."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from ..errors import DataError, UnsupportedError
from .atomic import new_file
from .csv_text import save_csv
from .dataset import Dataset, as_labels
from .frames import UNNAMED, to_arrow
from .idx import fitting, labels_name, save_idx
from .image_files import save_folder, save_zip
from .kinds import coerce, is_frame, is_tensor

LABEL_COLUMN = "y"  # how labels beside the rows are called in a file of columns

Save = Callable[[Any, "np.ndarray | None", Path], None]


def write(data: Any, path: str | Path, *, y: Any = None, overwrite: bool = False) -> Path:
    """Write a table, an array or images to the format that the path's suffix names.

    Parameters
    ----------
    data
        A Dataset, a frame, an array or a tensor.
    path
        Tables: ``.csv``, ``.tsv``, ``.parquet``, ``.arrow``, ``.feather``. Arrays:
        ``.npz``, ``.npy``, ``.idx`` or MNIST's ``...-images-idx3-ubyte``; of two dimensions
        also what tables take. Images: also ``.zip``, or no suffix for a folder of PNG files.
        CSV, IDX and NPY also with ``.gz``. CSV has no types: texts that look like numbers or
        missing values are read as such, and Parquet keeps all.
    y
        Labels: a column "y", the array "y" of an NPZ, the labels file beside an IDX file, or
        a folder for each class.
    overwrite
        Whether to replace what is there; a folder only if it holds nothing but PNG files.

    Returns
    -------
    Path
        Where the data are.

    Raises
    ------
    DataError
        If the path is taken, or the disk refuses: nothing is left half-written then.
    UnsupportedError
        If such data do not go into such a file.
    """
    if isinstance(data, Dataset):
        if y is not None and data.labels is not None:
            raise DataError("The Dataset has labels of its own: give no y beside it.")
        data, y = data.X, data.y if y is None else y
    X = _plain(data)
    labels = None if y is None else as_labels(y, len(X))
    target = Path(path).expanduser()
    save = _saver(X, target)
    for each in _targets(target, labels) if save is _save_idx else [target]:
        _refuse_taken(each, overwrite, as_folder=save is save_folder)
    save(X, labels, target)
    return target


def _plain(data: Any) -> Any:
    """Give a frame or a NumPy array."""
    X = coerce(data)
    if is_tensor(X):
        return X.detach().cpu().numpy()
    if isinstance(X, np.ndarray) and X.dtype.hasobject:
        raise UnsupportedError("An array of Python objects is not written: make it a frame.")
    if not is_frame(X) and not isinstance(X, np.ndarray):
        raise UnsupportedError(
            f"{type(X).__name__}: texts and sequences are not written yet. Give a frame or array."
        )
    return X


def _saver(X: Any, target: Path) -> Save:
    """Choose by the sort of data, then by the suffix."""
    name = target.name.lower().removesuffix(".gz")
    suffix = ".idx" if name.endswith("-ubyte") else Path(name).suffix
    savers = TABLE_FILES if is_frame(X) else ARRAY_FILES
    if not is_frame(X):
        savers = savers | (TABLE_FILES if X.ndim == 2 else IMAGE_FILES)
    is_packed = target.name.lower().endswith(".gz")
    if suffix not in savers or (is_packed and suffix not in GZIPPED):
        sort = "A table is" if is_frame(X) else f"An array of {X.ndim} dimensions is"
        known = ", ".join(key or "a folder (no suffix)" for key in savers)
        raise UnsupportedError(
            f"{sort} not written to {target.name!r}: its suffix may be {known}; "
            f"{', '.join(GZIPPED)} also with .gz."
        )
    return savers[suffix]


def _targets(target: Path, y: np.ndarray | None) -> list[Path]:
    """Give the files that IDX is written to: it keeps labels in a second one."""
    name = labels_name(target.name) if y is not None else None
    return [target, target.with_name(name)] if name else [target]


def _refuse_taken(target: Path, overwrite: bool, *, as_folder: bool) -> None:
    if not target.exists():
        return
    if not overwrite:
        raise DataError(f"{target} is there already: give another path, or overwrite=True.")
    if target.is_dir() != as_folder:
        sort = "folder" if target.is_dir() else "file"
        raise DataError(f"{target} is a {sort}, and it is not replaced: give another path.")


def _save_csv(delimiter: str, X: Any, y: np.ndarray | None, target: Path) -> None:
    has_dates = not nw.dependencies.is_pandas_dataframe(X)
    _save_table(partial(save_csv, delimiter=delimiter, has_dates=has_dates), X, y, target)


def _save_table(
    save: Callable[[pa.Table, BinaryIO], None], X: Any, y: np.ndarray | None, target: Path
) -> None:
    table = to_arrow(X) if is_frame(X) else _columns(X)
    if y is not None:
        if LABEL_COLUMN in table.column_names:
            raise DataError(f"The table has a column {LABEL_COLUMN!r} already: rename it first.")
        table = table.append_column(LABEL_COLUMN, pa.array(y))
    with new_file(target) as stream:
        save(table, stream)


def _columns(X: np.ndarray) -> pa.Table:
    return pa.table({UNNAMED.format(i): np.ascontiguousarray(X[:, i]) for i in range(X.shape[1])})


def _save_npz(X: np.ndarray, y: np.ndarray | None, target: Path) -> None:
    arrays = {"X": X} if y is None else {"X": X, "y": _without_objects(y)}
    with new_file(target) as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def _save_npy(X: np.ndarray, y: np.ndarray | None, target: Path) -> None:
    if y is not None:
        raise UnsupportedError("NPY files hold one array: write .npz to keep the labels.")
    with new_file(target) as stream:
        np.save(stream, X, allow_pickle=False)


def _save_idx(X: np.ndarray, y: np.ndarray | None, target: Path) -> None:
    images, labels = fitting(X), None if y is None else fitting(_without_objects(y))
    name = labels_name(target.name)
    if labels is not None and name is None:
        raise DataError(
            f"{target.name} has no 'images' in its name, after which the file of the labels is "
            "named: call it ...-images-idx3-ubyte, or write .npz."
        )
    with new_file(target) as stream:
        save_idx(images, stream)
        if labels is not None and name is not None:
            with new_file(target.with_name(name)) as beside:
                save_idx(labels, beside)


def _without_objects(y: np.ndarray) -> np.ndarray:
    plain = np.array(y.tolist()) if y.dtype.hasobject else y
    if plain.dtype.hasobject:
        raise DataError("Some labels are missing or of several types: give one type of label.")
    return plain


TABLE_FILES: dict[str, Save] = {
    ".csv": partial(_save_csv, ","),
    ".tsv": partial(_save_csv, "\t"),
    ".parquet": partial(_save_table, pyarrow.parquet.write_table),
    ".arrow": partial(_save_table, pyarrow.feather.write_feather),
    ".feather": partial(_save_table, pyarrow.feather.write_feather),
}
ARRAY_FILES: dict[str, Save] = {".npz": _save_npz, ".npy": _save_npy, ".idx": _save_idx}
IMAGE_FILES: dict[str, Save] = {".zip": save_zip, "": save_folder}
GZIPPED = (".csv", ".tsv", ".npy", ".idx")
