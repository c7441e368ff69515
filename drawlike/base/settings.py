"""Hyper-parameters that make no sense are refused in words, before anything is learned."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import SettingError


def check_counts(model: Any, *names: str) -> None:
    """Refuse hyper-parameters that are not whole numbers, 1 or more."""
    for name in names:
        value = getattr(model, name)
        if not _is_count(value):
            raise SettingError(f"{name}={value!r}; use a whole number, 1 or more.")


def check_truths(model: Any, *names: str) -> None:
    """Refuse hyper-parameters that are neither True nor False: any text would count as True."""
    for name in names:
        value = getattr(model, name)
        if not isinstance(value, bool | np.bool_):
            raise SettingError(f"{name}={value!r}; use True or False.")


def check_amounts(model: Any, *names: str) -> None:
    """Refuse hyper-parameters that are not finite numbers, 0 or more."""
    for name in names:
        value = getattr(model, name)
        if not is_amount(value):
            raise SettingError(f"{name}={value!r}; use a number, 0 or more.")


def is_amount(value: Any) -> bool:
    """Tell whether a value is a finite number, 0 or more."""
    is_number = isinstance(value, int | float | np.integer | np.floating)
    return is_number and bool(0 <= value < np.inf)


def check_known(model: Any, **known: Iterable[str]) -> None:
    """Refuse hyper-parameters that are none of the words they may be."""
    for name, words in known.items():
        value = getattr(model, name)
        if value not in words:
            raise SettingError(f"{name}={value!r} is unknown; use one of {', '.join(words)}.")


def check_widths(name: str, widths: Any, *, least: int = 0) -> None:
    """Refuse what is no list of layers' widths, ``least`` of them at least."""
    is_list = isinstance(widths, Sequence) and not isinstance(widths, str)
    if not (is_list and all(_is_count(width) for width in widths)):
        raise SettingError(f"{name}={widths!r}; use a list of whole numbers, 1 or more.")
    if len(widths) < least:
        raise SettingError(f"{name} is empty; give the width of one hidden layer at least.")


def check_limits(model: Any) -> None:
    """Refuse a patience or a limit in seconds that makes no sense."""
    check_counts(model, "patience")
    if model.max_seconds is not None:
        check_amounts(model, "max_seconds")


def _is_count(value: Any) -> bool:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_whole and bool(value > 0)
