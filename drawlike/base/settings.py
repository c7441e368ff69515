"""Hyper-parameters that make no sense are refused in words, before anything is learned."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import SettingError


def check_counts(model: Any, *names: str) -> None:
    """Refuse hyper-parameters that are not whole numbers, 1 or more."""
    for name in names:
        value = getattr(model, name)
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
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
