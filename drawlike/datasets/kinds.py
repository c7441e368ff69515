"""What kind of data something is: decided once, by rules that a user can overrule."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import narwhals as nw
import numpy as np

from ..errors import DataError, SettingError, UnsupportedError

Kind = Literal["table", "array", "image", "sequence", "text"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CHANNELS = (1, 3, 4)  # grey, colour, colour with opacity


class _Form(NamedTuple):
    """What data look like: in words, the kind taken by default, the kinds to choose from."""

    words: str
    default: Kind | None
    choices: tuple[Kind, ...]


def decide_kind(X: Any, kind: str | None = None) -> Kind:
    """Give the kind of data that :func:`coerce` accepted.

    Raises
    ------
    DataError
        If the data could be of two kinds and ``kind`` does not say which, or says one
        that they cannot be.
    """
    if kind is not None and kind not in KINDS:
        raise SettingError(f"kind={kind!r} is not known: it is one of {', '.join(KINDS)}.")
    form = _form(X)
    if kind is None and form.default is None:
        options = " or ".join(f"kind={choice!r}" for choice in form.choices)
        raise DataError(
            f"{form.words} may be images (n, height, width) or sequences (n, steps, features). "
            f"Say which: {options}."
        )
    chosen = kind or form.default
    if chosen not in form.choices:
        raise DataError(
            f"{form.words} cannot be of kind={kind!r}, only of {' or '.join(form.choices)}."
            + (" Make it a frame, as pandas.DataFrame(X) does." if kind == "table" else "")
        )
    if chosen == "image" and getattr(X, "ndim", 0) == 4:
        channel_axis(tuple(X.shape))
    return chosen


def channel_axis(shape: tuple[int, ...]) -> int:
    """Give the axis of the channels of images of 4 dimensions (n, ...): 3, or else 1."""
    last, second = (shape[axis] in CHANNELS for axis in (3, 1))
    if last and second:
        raise DataError(
            f"Images of shape {shape} may have their channels last or second: both axes are 1, "
            "3 or 4 long. Give grey images as (n, height, width), others in a size where only "
            "the channels are 1, 3 or 4."
        )
    if not (last or second):
        raise DataError(
            f"Images of shape {shape} have no 1, 3 or 4 channels, neither last nor second: give "
            "(n, height, width, channels) or (n, channels, height, width)."
        )
    return 3 if last else 1


def is_frame(X: Any) -> bool:
    """Tell a pandas, polars, pyarrow or other eager frame."""
    return bool(nw.dependencies.is_into_dataframe(X))


def is_series(X: Any) -> bool:
    """Tell a column of such a frame."""
    return bool(nw.dependencies.is_into_series(X))


def is_tensor(X: Any) -> bool:
    """Tell a torch tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(X, torch.Tensor)


def coerce(X: Any, kind: str | None = None) -> Any:
    """Give a frame, series, tensor, array or list unchanged, and other arrays as ndarray.

    Raises
    ------
    UnsupportedError
        If it is nothing that data can be, with what to make of it.
    """
    for refused, advice in _REFUSED.items():
        if refused(X):
            raise UnsupportedError(f"{type(X).__name__} is not supported as data: {advice}")
    if is_frame(X) or is_series(X) or is_tensor(X):
        return X
    if isinstance(X, list | tuple) or (_ndim(X) == 1 and _dtype_kind(X) in "OU"):
        return _coerce_items(list(X), kind)
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise DataError(f"{type(X).__name__} cannot be read as an array: {error}.") from error
    if array.ndim == 0:
        raise UnsupportedError(f"{type(X).__name__} is not supported as data: {_ADVICE}")
    return array


def _coerce_items(items: list[Any], kind: str | None) -> Any:
    if items and all(isinstance(item, str) for item in items):
        return [str(item) for item in items]
    if kind != "image" and items and all(_ndim(item) == 2 or is_frame(item) for item in items):
        return items
    try:
        return np.asarray(items)
    except ValueError as error:
        shapes = Counter(np.shape(item) for item in items if hasattr(item, "shape"))
        seen = ", ".join(f"{shape} x {count}" for shape, count in shapes.most_common(4))
        raise DataError(
            f"The {len(items)} items of the list differ in shape ({seen or error}): give rows of "
            "one length, images of one size, or sequences as a list of 2-d arrays."
        ) from error


def _form(X: Any) -> _Form:
    if is_frame(X):
        return _Form("A frame", "table", ("table",))
    if is_series(X):
        return _series_form(X)
    if isinstance(X, list):
        texts = isinstance(X[0], str)
        one: Kind = "text" if texts else "sequence"
        words = "A list of strings" if texts else "A list of 2-d arrays"
        return _Form(words, one, (one,))
    return _array_form(X)


def _series_form(X: Any) -> _Form:
    values = nw.from_native(X, series_only=True).to_list()
    if not all(isinstance(value, str) for value in values):
        raise DataError(
            "A single column is data only when every value is a string. Make other columns a "
            "frame with X.to_frame(), and take missing texts out."
        )
    return _Form("A column of strings", "text", ("text",))


def _array_form(X: Any) -> _Form:
    letter, dtype = _dtype_kind(X), str(X.dtype).removeprefix("torch.")
    words = f"A {X.ndim}-d array of {dtype}, shape {tuple(X.shape)},"
    if letter == "c":
        raise DataError("Complex data not supported: give real and imaginary parts as columns.")
    if letter not in "biufO":
        raise DataError(f"{words} holds no numbers: make it a frame, as pandas.DataFrame(X) does.")
    if X.ndim == 1:
        raise DataError(
            f"Expected a 2-d array, got a 1-d array of {len(X)} values instead. Reshape your "
            "data: X.reshape(-1, 1) for one column, X.reshape(1, -1) for one row."
        )
    forms: dict[int, tuple[Kind | None, tuple[Kind, ...]]] = {
        2: ("array", ("array", "sequence")),
        3: ("image" if dtype == "uint8" else None, ("image", "sequence")),
        4: ("image", ("image",)),
    }
    if X.ndim not in forms:
        raise DataError(f"{words} has too many dimensions: data have 2, 3 or 4.")
    return _Form(words, *forms[X.ndim])


def _ndim(X: Any) -> int:
    return getattr(X, "ndim", 0)


def _dtype_kind(X: Any) -> str:
    if is_tensor(X):
        return "c" if X.is_complex() else "f" if X.is_floating_point() else "i"
    return np.dtype(X.dtype).kind


def _is_sparse(X: Any) -> bool:
    return hasattr(type(X), "toarray") or (is_tensor(X) and X.is_sparse)


_ADVICE = "give a frame, an array, a tensor or a list."
_REFUSED: dict[Callable[[Any], bool], str] = {
    lambda X: X is None: _ADVICE,
    lambda X: isinstance(X, str | bytes | Path): "to read a file, call drawlike.read(path).",
    _is_sparse: "sparse data must be dense; call X.toarray() (a tensor: X.to_dense()).",
    lambda X: isinstance(X, dict | set): "make it a frame, as pandas.DataFrame(X) does.",
    lambda X: isinstance(X, Iterator): (
        "it can be gone through once. Give fit(drawlike.stream(lambda: ...)) a function that opens "
        "it afresh, call partial_fit(chunk) in a loop, or make it a list."
    ),
    lambda X: (
        hasattr(type(X), "collect_schema") and hasattr(type(X), "collect")
    ): "call X.collect() first.",
    lambda X: isinstance(X, np.ma.MaskedArray): "call X.filled(numpy.nan) first.",
}
