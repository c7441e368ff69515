"""Dates, times and durations as whole ticks of their own unit, and as text."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from ..errors import SchemaError

_TICKS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_STEPS_IN_SECONDS = (86400, 3600, 60, 1)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")


def is_temporal(kind: pa.DataType) -> bool:
    """Tell whether values are dates, times or durations."""
    return pa.types.is_temporal(kind)


def ticks_per_unit(kind: pa.DataType) -> int:
    """Ticks in a second; a date's unit is the day, and its tick too."""
    return 1 if pa.types.is_date(kind) else _TICKS_PER_SECOND[kind.unit]


def to_ticks(values: pa.Array) -> np.ndarray:
    """Whole ticks since the epoch or midnight, (n,) int64; 0 where missing."""
    narrow = values.type.bit_width == 32
    whole = values.cast(pa.int32() if narrow else pa.int64())
    return whole.fill_null(0).to_numpy().astype(np.int64, copy=False)


def from_ticks(ticks: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Values of a type from its ticks."""
    narrow = kind.bit_width == 32
    return pa.array(ticks.astype(np.int32 if narrow else np.int64, copy=False)).cast(kind)


def natural_step(ticks: np.ndarray, kind: pa.DataType) -> int:
    """Ticks in the longest of day, hour, minute, second, ... that divides all values."""
    if pa.types.is_date(kind):
        return 1
    second = ticks_per_unit(kind)
    longer = [second * seconds for seconds in _STEPS_IN_SECONDS]
    shorter = [second // part for part in (10**3, 10**6, 10**9) if second % part == 0]
    return next(step for step in [*longer, *shorter] if not (ticks % step).any())


def bound_to_json(tick: int, kind: pa.DataType) -> str | float:
    """A bound for the schema file: ISO 8601 text, seconds for a duration."""
    return _rule(kind)[0](tick, kind)


def bound_from_json(bound: Any, kind: pa.DataType) -> int:
    """Ticks of a bound written by :func:`bound_to_json` or by a person.

    Raises
    ------
    SchemaError
        If it is not written as expected.
    """
    _, read, example = _rule(kind)
    try:
        return read(bound, kind)
    except (ValueError, TypeError, AttributeError) as problem:
        raise SchemaError(f"the bound {bound!r} cannot be read; write it as {example}") from problem


def _instant_to_json(tick: int, kind: pa.DataType) -> str:
    moment = np.array([tick]).astype(_dtype(kind))
    text = re.sub(r"\.0+$", "", str(np.datetime_as_string(moment)[0]))
    return text + "Z" if getattr(kind, "tz", None) else text


def _instant_from_json(bound: str, kind: pa.DataType) -> int:
    moment = np.datetime64(bound.removesuffix("Z"))
    return int(moment.astype(_dtype(kind)).astype(np.int64))


def _dtype(kind: pa.DataType) -> str:
    return "datetime64[D]" if pa.types.is_date(kind) else f"datetime64[{kind.unit}]"


def _clock_to_json(tick: int, kind: pa.DataType) -> str:
    minutes, seconds = divmod(tick, 60 * ticks_per_unit(kind))
    whole, part = divmod(seconds, ticks_per_unit(kind))
    digits = len(str(ticks_per_unit(kind))) - 1
    fraction = f".{part:0{digits}d}".rstrip("0") if part else ""
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{whole:02d}{fraction}"


def _clock_from_json(bound: str, kind: pa.DataType) -> int:
    match = _CLOCK.fullmatch(bound)
    if match is None:
        raise ValueError(bound)
    hours, minutes, seconds = match.groups(default="0")
    total = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return round(total * ticks_per_unit(kind))


def _seconds_to_json(tick: int, kind: pa.DataType) -> float:
    return tick / ticks_per_unit(kind)


def _seconds_from_json(bound: float, kind: pa.DataType) -> int:
    return round(float(bound) * ticks_per_unit(kind))


_Rule = tuple[Callable[[int, pa.DataType], Any], Callable[[Any, pa.DataType], int], str]


def _rule(kind: pa.DataType) -> _Rule:
    if pa.types.is_duration(kind):
        return _seconds_to_json, _seconds_from_json, "a number of seconds"
    if pa.types.is_time(kind):
        return _clock_to_json, _clock_from_json, '"HH:MM:SS"'
    return _instant_to_json, _instant_from_json, '"2024-01-31" or "2024-01-31T12:00:00"'
