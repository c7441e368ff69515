"""How many rows each class should have, by imbalanced-learn's ``sampling_strategy``."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from sklearn.base import clone

from ..errors import SettingError
from .targets import Target

Direction = Literal["over", "under"]

_MEANT = {
    "over": {"auto": "not majority"},
    "under": {"auto": "not minority"},
}
_NAMED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "minority": lambda counts: counts == counts.min(),
    "majority": lambda counts: counts == counts.max(),
    "not minority": lambda counts: counts > counts.min(),
    "not majority": lambda counts: counts < counts.max(),
    "all": lambda counts: counts > 0,
}
_SENSELESS = {"over": "majority", "under": "minority"}


def sizes(strategy: Any, target: Target, direction: Direction) -> np.ndarray:
    """Rows that each class should have, (k,); classes that stay have what they had.

    Parameters
    ----------
    strategy : str, float, mapping or callable
        A name says which classes get as many rows as the largest class ("over") or the smallest
        one ("under"); "auto" stands for all but that one. A number is the wanted ratio of the
        smaller to the larger of two classes. A mapping gives the rows of each class it names, and
        a callable makes such a mapping of the labels.

    Raises
    ------
    SettingError
        If it names no strategy or class, or asks for fewer rows than "over" has, or more than
        "under" has.
    """
    if callable(strategy):
        strategy = strategy(target.classes[target.codes])
    if isinstance(strategy, str):
        wanted = _by_name(strategy, target.counts, direction)
    elif isinstance(strategy, Mapping):
        wanted = _by_class(strategy, target)
    elif isinstance(strategy, int | float | np.number) and not isinstance(strategy, bool):
        wanted = _by_ratio(float(strategy), target.counts, direction)
    else:
        raise SettingError(
            f"sampling_strategy={strategy!r}; give a name, a ratio, a mapping or a callable."
        )
    _refuse_wrong_direction(wanted, target, direction)
    return wanted


def told(wanted: np.ndarray, target: Target, direction: Direction) -> dict[Any, int]:
    """Rows to draw ("over") or to keep ("under") of each class that changes."""
    change = wanted - target.counts if direction == "over" else wanted
    is_changed = wanted != target.counts
    return {
        c.item() if hasattr(c, "item") else c: int(n)
        for c, n, asked in zip(target.classes, change, is_changed, strict=True)
        if asked
    }


def of_part(sampler: Any, target: Target, rows: np.ndarray) -> Any:
    """Copy a sampler for some of the rows: counts of rows that it asks for shrink as their classes do.

    None and a word stay what they are.
    """
    if sampler is None or isinstance(sampler, str):
        return sampler
    counts = np.bincount(target.codes[rows], minlength=len(target.classes))
    share = dict(zip(target.classes.tolist(), counts / target.counts, strict=True))
    counted = {
        name: {c: _shrunk(n, share.get(c)) for c, n in value.items()}
        for name, value in sampler.get_params(deep=True).items()
        if name.split("__")[-1] == "sampling_strategy" and isinstance(value, Mapping)
    }
    return clone(sampler).set_params(**counted)


def _shrunk(n: Any, share: float | None) -> Any:
    """Leave what is no count, or of no class, as it is, for whoever refuses it."""
    is_number = isinstance(n, int | float | np.integer | np.floating)
    if share is None or not is_number or float(n) % 1 or n <= 0:
        return n
    return max(1, round(float(n) * share))


def _by_name(name: str, counts: np.ndarray, direction: Direction) -> np.ndarray:
    name = _MEANT[direction].get(name, name)
    if name not in _NAMED or name == _SENSELESS[direction]:
        known = ["auto", *(n for n in _NAMED if n != _SENSELESS[direction])]
        raise SettingError(f"sampling_strategy={name!r}; use one of {', '.join(map(repr, known))}.")
    goal = counts.max() if direction == "over" else counts.min()
    return np.where(_NAMED[name](counts), goal, counts)


def _by_class(asked: Mapping[Any, int], target: Target) -> np.ndarray:
    unknown = [c for c in asked if c not in target.classes.tolist()]
    if unknown:
        raise SettingError(
            f"sampling_strategy names {unknown}; the classes are {target.classes.tolist()}."
        )
    wanted = target.counts.copy()
    for c, n in asked.items():
        if not isinstance(n, int | float | np.number) or not n >= 0 or n % 1 != 0:
            raise SettingError(f"sampling_strategy asks for {n!r} rows of {c!r}; give a count.")
        wanted[target.classes.tolist().index(c)] = n
    return wanted


def _by_ratio(ratio: float, counts: np.ndarray, direction: Direction) -> np.ndarray:
    if len(counts) != 2:
        raise SettingError(
            f"sampling_strategy={ratio} is a ratio of two classes, and there are {len(counts)}; "
            "give a mapping, {class: rows}."
        )
    if not 0 < ratio <= 1:
        raise SettingError(f"sampling_strategy={ratio}; a ratio is above 0 and at most 1.")
    wanted, small, large = counts.copy(), counts.argmin(), counts.argmax()
    if small == large:
        return wanted
    if direction == "over":
        wanted[small] = int(counts[large] * ratio)
    else:
        wanted[large] = int(counts[small] / ratio)
    return wanted


def _refuse_wrong_direction(wanted: np.ndarray, target: Target, direction: Direction) -> None:
    wrong = wanted < target.counts if direction == "over" else wanted > target.counts
    if wrong.any():
        i = int(wrong.argmax())
        word = "fewer" if direction == "over" else "more"
        raise SettingError(
            f"sampling_strategy asks for {wanted[i]} rows of class {target.name(i)!r}, {word} "
            f"than the {target.counts[i]} that it has; "
            f"{'under-sample' if direction == 'over' else 'over-sample'} this class instead."
        )
