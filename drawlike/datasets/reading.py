"""One way to read any file: what it is decides who reads it."""

import inspect
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ..errors import DataError, SettingError, UnsupportedError
from ..events import SILENT, Emitter
from .arrays import read_idx, read_npy, read_npz
from .dataset import Dataset, as_dataset
from .frames import FRAMES, to_frame
from .idx import looks_like_idx
from .images import read_images
from .samples import SAMPLE_PREFIX, load_sample
from .sources import Loaded, close, existing, head, named, named_damage, sha256
from .tables import read_arrow, read_csv, read_parquet

if TYPE_CHECKING:
    from ..codecs.schema import Schema

READERS: dict[str, Callable[..., Loaded]] = {
    "CSV": read_csv,
    "Parquet": read_parquet,
    "Arrow": read_arrow,
    "IDX": read_idx,
    "NPZ": read_npz,
    "NPY": read_npy,
    "images": read_images,
}
SUFFIXES = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".data", ".test"), "CSV"),
    **dict.fromkeys((".parquet", ".pq"), "Parquet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "Arrow"),
    ".idx": "IDX",
    ".npz": "NPZ",
    ".npy": "NPY",
    ".zip": "images",
}
_STARTS = {
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"\xff\xff\xff\xff": "Arrow",
    b"FEA1": "Arrow",
    b"\x93NUMPY": "NPY",
    b"PK\x03\x04": "zip",
}
_ELSEWHERE = {
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "save the sheet as CSV"),
    **dict.fromkeys((".json", ".jsonl"), "load it with pandas.read_json and save it as Parquet"),
    **dict.fromkeys((".xml", ".html"), "export the table as CSV"),
    **dict.fromkeys(
        (".pkl", ".pickle", ".pt", ".joblib"), "opening it may run code; save the data as NPZ"
    ),
    **dict.fromkeys((".h5", ".hdf5", ".mat"), "save its arrays as NPZ"),
    **dict.fromkeys((".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst"), "unpack it first"),
    **dict.fromkeys((".png", ".jpg", ".jpeg"), "give the folder of the images, not one of them"),
    **dict.fromkeys((".wav", ".mp3", ".flac"), "sounds are not supported yet"),
}


def read(
    path: str | Path,
    *,
    label: str | None = None,
    kind: str | None = None,
    schema: "Schema | None" = None,
    frame: str = "pandas",
    events: Emitter = SILENT,
    **options: Any,
) -> Dataset:
    """Read a table, an array or a pile of images.

    Parameters
    ----------
    path
        CSV, Parquet, Arrow (Feather), IDX, NPZ, NPY, a folder or zip of PNG and JPEG images;
        CSV, IDX and NPY also as ``.gz``. ``"sample:digits"`` and the like need no file.
    label
        The column of a table, the array of an NPZ, or the column of ``labels.csv`` that holds
        the labels.
    kind, schema
        What the data are and what their columns mean, where detection should not decide.
    frame
        "pandas", "polars" or "arrow": what a table becomes.
    events
        Hears progress and what was guessed.
    **options
        CSV: ``header`` (True, False, "auto"), ``names``, ``delimiter``, ``encoding``,
        ``decimal``, ``na_values``, ``keep_default_na``, ``skip_rows``. IDX and NPY:
        ``labels``. NPZ: ``key``. Images: ``size``, ``mode``, ``labels``.

    Raises
    ------
    DataError
        If the file is missing, damaged, empty or not what its name says.
    SettingError
        If an option is not known to what reads this file.
    """
    if frame not in FRAMES:
        raise SettingError(f"frame={frame!r} is not known: it is one of {', '.join(FRAMES)}.")
    if str(path).startswith(SAMPLE_PREFIX):
        return load_sample(str(path).removeprefix(SAMPLE_PREFIX))
    path = existing(path)
    form = format_of(path)
    reader = READERS[form]
    _check_options(form, options)
    with named(path):
        loaded = reader(path, label=label, events=events.at("read"), **options)
        X = to_frame(loaded.X, frame) if isinstance(loaded.X, pa.Table) else loaded.X
        data = as_dataset(X, loaded.y, loaded.label, kind, schema)
    source = {"path": str(path), "sha256": sha256(path), "rows": len(data), **loaded.notes}
    return replace(data, source={**source, "options": options} if options else source)


def format_of(path: Path) -> str:
    """Give the format of a file or folder, from its content and its suffix, which must agree."""
    if path.is_dir():
        return "images"
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty: it has no bytes. Export or download it again.")
    packed = path.name.lower().endswith(".gz")
    suffix = Path(path.name[: -len(".gz")] if packed else path.name).suffix.lower()
    if suffix in _ELSEWHERE:
        raise UnsupportedError(f"{path.name} is not read as it is: {_ELSEWHERE[suffix]}.")
    said, found = SUFFIXES.get(suffix), _format_inside(path)
    if said and said != (found or "CSV"):
        names = [key for key, value in SUFFIXES.items() if value == found]
        if not names:
            raise DataError(
                f"{path} is named as {said}, and it does not begin so: it is damaged, or it is "
                "something else. Text must be named .csv."
            )
        raise DataError(
            f"{path} is named as {said}, and inside it is {found}: rename it {names[0]}."
        )
    if packed and found not in (None, "IDX", "NPY"):
        raise DataError(f"{path} is a {found} file inside a gzip: unpack it first (gunzip).")
    return found or "CSV"


def _format_inside(path: Path) -> str | None:
    """Tell a format by its first bytes; None for text and for what is unknown."""
    start = head(path, 8)
    if looks_like_idx(start):
        return "IDX"
    found = next((form for mark, form in _STARTS.items() if start.startswith(mark)), None)
    if found != "zip":
        return found
    with named_damage(path), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    return "NPZ" if names and all(name.endswith(".npy") for name in names) else "images"


def _check_options(form: str, options: dict[str, Any]) -> None:
    """Refuse options that the reader of a format does not have."""
    signature = inspect.signature(READERS[form])
    known = [name for name in signature.parameters if name not in ("path", "label", "events")]
    for name in options:
        if name not in known:
            raise SettingError(
                f"read() has no option {name!r} for {form}.{close(name, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )
