"""The labels of a pile of images: the folders they lie in, or a table of names."""

import io
import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np

from ..errors import DataError
from ..events import SILENT
from .dialect import Asked, detect_dialect, parse
from .piles import LABELS_FILE, Pile
from .sources import close, existing, sha256

_LABEL_COLUMNS = ("label", "labels", "class", "target", "y")


def find_labels(
    pile: Pile,
    names: list[str],
    labels: str | Path | Literal[False] | None,
    column: str | None,
) -> tuple[np.ndarray | None, dict[str, Any]]:
    """Give the label of every image, (n,), or None, and notes on where they come from."""
    if labels is False:
        return None, {}
    if labels is not None:
        path = existing(labels)
        notes = {"labels_path": str(path), "labels_sha256": sha256(path)}
        return _from_table(path.read_bytes(), str(path), names, column), notes
    inside = [name for name in pile.names if PurePosixPath(name).name == LABELS_FILE]
    if inside:
        where = f"{inside[0]} in {pile.path}"
        return _from_table(pile.read(inside[0]), where, names, column), {}
    if column is not None:
        raise DataError(
            f"label={column!r} names a column of {LABELS_FILE}, and {pile.path} has no such file. "
            "Give labels='path.csv', or leave label out: folders are classes."
        )
    return _from_folders(pile.path, names), {}


def _from_folders(path: Path, names: list[str]) -> np.ndarray | None:
    folders = [PurePosixPath("/", name).parent for name in names]
    root = os.path.commonpath(folders)
    below = [folder.relative_to(root).parts for folder in folders]
    depths = {len(parts) for parts in below}
    if depths == {0}:
        return None
    if depths != {1}:
        deep = names[below.index(max(below, key=len))]
        raise DataError(
            f"The images in {path} do not lie one folder deep, as {deep}: give a folder with one "
            "folder for each class, or all images in one folder. labels=False ignores folders."
        )
    return _typed([parts[0] for parts in below])


def _from_table(content: bytes, where: str, names: list[str], column: str | None) -> np.ndarray:
    header, rows = _rows(content, where)
    keys = _keys(names)
    key = _name_column(header, rows, keys, where)
    value = _label_column(header, key, column, where)
    found = {keys[row[key]]: row[value] for row in rows if row[key] in keys}
    absent = [name for name in names if name not in found]
    if absent:
        raise DataError(
            f"{where} has no label for {len(absent)} of {len(names)} images, as {absent[0]}: add "
            "them, or take those images away."
        )
    return _typed([found[name] for name in names])


def _rows(content: bytes, where: str) -> tuple[tuple[str, ...], list[list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")
    dialect = detect_dialect(text, Asked(), SILENT)
    rows = []
    for line, row in parse(io.StringIO(text, newline=""), dialect.delimiter, dialect.padded):
        if line > dialect.skipped:
            if len(row) != len(dialect.names):
                raise DataError(
                    f"{where}, line {line} has {len(row)} cells where {len(dialect.names)} are "
                    "expected: mend that line."
                )
            rows.append(row)
    return dialect.names, rows


def _keys(names: list[str]) -> Mapping[str, str]:
    """Map what a table may call an image (path, file name or stem) to its name."""
    keys: dict[str, str] = {}
    for name in names:
        path = PurePosixPath(name)
        for key in (path.stem, path.name, str(path.with_suffix("")), name):
            keys[key] = name if keys.get(key, name) == name else ""  # two images: no key
    return {key: name for key, name in keys.items() if name}


def _name_column(
    header: tuple[str, ...], rows: list[list[str]], keys: Mapping[str, str], where: str
) -> int:
    hits = [sum(row[index] in keys for row in rows) for index in range(len(header))]
    if not any(hits):
        raise DataError(
            f"No column of {where} ({', '.join(header)}) holds the names of the images, as "
            f"{next(iter(keys.values()))}: one column names the file, another its label."
        )
    return hits.index(max(hits))


def _label_column(header: tuple[str, ...], key: int, column: str | None, where: str) -> int:
    others = [index for index in range(len(header)) if index != key]
    known = {header[index]: index for index in others}
    if column is not None:
        if column not in known:
            near = close(column, list(known))
            raise DataError(f"{where} has no column {column!r}.{near} Has: {', '.join(known)}.")
        return known[column]
    usual = [index for name, index in known.items() if name.lower() in _LABEL_COLUMNS]
    if len(others) != 1 and len(usual) != 1:
        raise DataError(
            f"{where} has the columns {', '.join(header)}: say which one is the label, as "
            "label='...'."
        )
    return (others if len(others) == 1 else usual)[0]


def _typed(labels: list[str]) -> np.ndarray:
    """Give whole numbers where all labels are that, else texts."""
    array = np.array(labels)
    try:
        return array.astype(np.int64)
    except ValueError:
        return array
