"""Hyper-parameters: those left open are filled in, those that make no sense refused in words."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from ..errors import SettingError
from ..losses.penalties import PENALTIES

Filled = TypeVar("Filled", bound=NamedTuple)

# what is asked of a number beside being 0 or more, and how an error says it
Sense = tuple[Callable[[Any], bool], str]

NOT_NEGATIVE: Sense = (lambda value: True, "a number, 0 or more")
POSITIVE: Sense = (lambda value: value > 0, "a number above 0")
DECAY: Sense = (lambda value: value <= 1, "a decay from 0 to 1")


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


def check_numbers(
    model: Any, numbers: Mapping[str, Sense], may_be_open: Container[str] = ()
) -> None:
    """Refuse hyper-parameters that are not numbers of the sense they need, 0 or more.

    Those that ``may_be_open`` may be None.
    """
    for name, (makes_sense, expected) in numbers.items():
        value = getattr(model, name)
        is_left_open = value is None and name in may_be_open
        if not is_left_open and not (is_amount(value) and makes_sense(value)):
            raise SettingError(f"{name}={value!r}; use {expected}.")


def check_betas(betas: Any) -> None:
    """Refuse decays of an optimizer's moments that are none; None leaves them open."""
    if betas is not None and not _are_decays(betas):
        raise SettingError(f"betas={betas!r}; use two numbers, 0 or more and below 1.")


def check_penalty(penalty: Any) -> None:
    """Refuse what gives no weights to penalties on a critic's slope."""
    if not isinstance(penalty, Mapping | None):
        raise SettingError(f"penalty={penalty!r}; give names and weights, as {{'r1': 1.0}}.")
    for name, weight in (penalty or {}).items():
        if name not in PENALTIES:
            raise SettingError(f"penalty {name!r} is unknown; use {', '.join(PENALTIES)}.")
        if not is_amount(weight):
            raise SettingError(f"penalty {name!r} weighs {weight!r}; use a number, 0 or more.")


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


def filled_in(model: Any, defaults: Filled, *, besides: Container[str] = ()) -> Filled:
    """Give defaults, each replaced by the model's setting of that name where it has one.

    Settings ``besides`` these stay as the defaults have them.
    """
    names = (name for name in defaults._fields if name not in besides)
    given = {name: getattr(model, name) for name in names}
    return defaults._replace(**{name: v for name, v in given.items() if v is not None})


def check_limits(model: Any) -> None:
    """Refuse a patience or a limit in seconds that makes no sense."""
    check_counts(model, "patience")
    if model.max_seconds is not None:
        check_amounts(model, "max_seconds")


def _is_count(value: Any) -> bool:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_whole and bool(value > 0)


def _are_decays(betas: Any) -> bool:
    is_pair = isinstance(betas, list | tuple) and len(betas) == 2
    return is_pair and all(is_amount(beta) and beta < 1 for beta in betas)
