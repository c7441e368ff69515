"""Nested Python values as plain JSON and named arrays, and back."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import CorruptStoreError, StoreError

_Path = tuple[str, ...]
_Found = dict[str, np.ndarray]
_Arrays = Mapping[str, np.ndarray]

_PLAIN_KEY = re.compile(r"[\w-]+(\.[\w-]+)*", re.ASCII)
_TIME = re.compile(r"(datetime|timedelta)64\[(Y|M|W|D|h|m|s|ms|us|ns)\]")
_OBJECTS = {"str": np.str_, "object": np.object_}


def pack(tree: Any) -> tuple[Any, dict[str, np.ndarray]]:
    """Cut nested dicts and lists into JSON values and named arrays, for ``save``.

    Tuples become lists and numpy scalars Python's; arrays may hold numbers, booleans,
    strings and times.

    Raises
    ------
    StoreError
        If something else is in the tree; the message names its place.
    """
    arrays: _Found = {}
    return _pack(tree, (), arrays), arrays


def unpack(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """Put the arrays back into a tree that :func:`pack` made."""
    if isinstance(tree, list):
        return [unpack(item, arrays) for item in tree]
    if not isinstance(tree, dict):
        return tree
    tag = next(iter(tree), "")
    if not tag.startswith("$"):
        return {key: unpack(item, arrays) for key, item in tree.items()}
    try:
        return _UNPACKERS[tag](tree, arrays)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CorruptStoreError(
            f"An entry {tag!r} of the manifest cannot be read ({error!r}); use another copy."
        ) from None


def _pack(value: Any, path: _Path, arrays: _Found) -> Any:
    for types, packer in _PACKERS:
        if isinstance(value, types):
            return packer(value, path, arrays)
    raise StoreError(
        f"{_place(path)} is a {type(value).__name__}; only JSON values and numpy arrays "
        "can be stored."
    )


def _pack_dict(value: dict[Any, Any], path: _Path, arrays: _Found) -> Any:
    packed: dict[str, Any] = {}
    for position, (key, item) in enumerate(value.items()):
        if not isinstance(key, str):
            raise StoreError(f"{_place(path)} has the key {key!r}; keys must be strings.")
        # an array's name must be unique and plain, whatever a user calls a column
        part = key if _PLAIN_KEY.fullmatch(key) else f"#{position}"
        packed[key] = _pack(item, (*path, part), arrays)
    # a user's "$..." must not pass for one of our tags
    is_tagged = any(key.startswith("$") for key in packed)
    return {"$items": [[*pair] for pair in packed.items()]} if is_tagged else packed


def _pack_list(value: Any, path: _Path, arrays: _Found) -> Any:
    return [_pack(item, (*path, str(i)), arrays) for i, item in enumerate(value)]


def _pack_scalar(value: np.generic, path: _Path, arrays: _Found) -> Any:
    if value.dtype.kind in "mM":
        return {"$time": int(value.astype(np.int64)), "dtype": value.dtype.name}
    return _pack(value.item(), path, arrays)


def _pack_float(value: float, path: _Path, arrays: _Found) -> Any:
    return float(value) if math.isfinite(value) else {"$float": str(value)}


def _pack_array(value: np.ndarray, path: _Path, arrays: _Found) -> Any:
    if value.dtype.kind in "UO":
        cells = _pack_list(value.ravel().tolist(), path, arrays)
        dtype = "str" if value.dtype.kind == "U" else "object"
        return {"$cells": cells, "shape": list(value.shape), "dtype": dtype}
    name = "/".join(path) or "array"
    if value.dtype.kind in "mM":
        arrays[name] = value.astype(np.int64)
        return {"$array": name, "dtype": value.dtype.name}
    arrays[name] = value
    return {"$array": name}


def _place(path: _Path) -> str:
    return f"The value at {'/'.join(path)!r}" if path else "The value"


def _unpack_array(tree: dict[str, Any], arrays: _Arrays) -> np.ndarray:
    array = arrays[tree["$array"]]
    return array.view(_time(tree["dtype"])) if "dtype" in tree else array


def _unpack_cells(tree: dict[str, Any], arrays: _Arrays) -> np.ndarray:
    cells = unpack(tree["$cells"], arrays)
    array = np.empty(len(cells), object)
    array[:] = cells
    return array.astype(_OBJECTS[tree["dtype"]]).reshape(tree["shape"])


def _unpack_time(tree: dict[str, Any], arrays: _Arrays) -> np.generic:
    return np.array([tree["$time"]], np.int64).view(_time(tree["dtype"]))[0]


def _time(dtype: str) -> np.dtype[Any]:
    if not _TIME.fullmatch(dtype):
        raise ValueError(f"{dtype!r} is no dtype of times")
    return np.dtype(dtype)


_PACKERS: tuple[tuple[Any, Callable[[Any, _Path, _Found], Any]], ...] = (
    (np.generic, _pack_scalar),
    (float, _pack_float),
    (str | bool | int | None, lambda value, path, arrays: value),
    (dict, _pack_dict),
    (list | tuple, _pack_list),
    (np.ndarray, _pack_array),
)
_UNPACKERS: dict[str, Callable[[dict[str, Any], _Arrays], Any]] = {
    "$array": _unpack_array,
    "$cells": _unpack_cells,
    "$time": _unpack_time,
    "$float": lambda tree, arrays: float(tree["$float"]),
    "$items": lambda tree, arrays: {key: unpack(item, arrays) for key, item in tree["$items"]},
}
