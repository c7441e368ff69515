"""Which rows break a rule."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ...constraints import Constraint, Increment, Inequality, OneHot, Range, Unique, Where
from ...errors import DataError, SchemaError, UnsupportedError
from .. import times
from ..cells import Cells, Name, storage
from ..scales import to_floats
from .condition import Condition

_HAIR = 1e-9  # of a value, where floats cannot be exact multiples of a step

Known = Mapping[Name, Cells]


def breaks(rule: Constraint, cells: Known, raw: Any, n: int) -> np.ndarray:
    """Tell which rows break a rule by themselves, (n,).

    Parameters
    ----------
    cells : mapping
        Cells of the columns, texts read as the numbers or times that they spell.
    raw : frame
        The rows, for functions.
    """
    if isinstance(rule, Where) and callable(rule.condition):
        return _told(rule, raw, n)
    if isinstance(rule, Where):
        return ~Condition.read(str(rule.condition)).holds(cells, n)
    check = _CHECKS.get(type(rule))
    return np.zeros(n, bool) if check is None else check(rule, cells)


def repeats(rule: Unique, cells: Known) -> np.ndarray:
    """Tell which rows hold the key of an earlier row, (n,); keys with a missing cell do not."""
    parts = [cells[name] for name in rule.names]
    codes = [pc.fill_null(p.values.dictionary_encode().indices, -1).to_numpy() for p in parts]
    whole = np.all([p.missing == 0 for p in parts], axis=0)
    repeated = pd.DataFrame(dict(enumerate(codes))).duplicated().to_numpy()
    return whole & repeated


def _inequality(rule: Inequality, cells: Known) -> np.ndarray:
    low, high = (cells[name].values for name in rule.names)
    if pa.types.is_floating(low.type) and pa.types.is_floating(high.type):
        narrow = low.type if low.type.bit_width < high.type.bit_width else high.type
        low, high = low.cast(narrow), high.cast(narrow)
    try:
        above = pc.greater_equal(low, high) if rule.strict else pc.greater(low, high)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
        raise SchemaError(
            f"{rule}: its columns hold {low.type} and {high.type}, which cannot be compared; "
            "convert them to the same type"
        ) from problem
    return _true(above)


def _range(rule: Range, cells: Known) -> np.ndarray:
    values = cells[rule.column].values
    out = np.zeros(len(values), bool)
    measures = _measures(rule, values)
    for bound, beyond in ((rule.low, np.less), (rule.high, np.greater)):
        if bound is not None:
            out |= beyond(measures, _bound(rule, bound, values.type))
    return out & (cells[rule.column].missing == 0)


def _measures(rule: Range, values: pa.Array) -> np.ndarray:
    if times.is_temporal(values.type):
        return times.to_ticks(values)
    if storage(values.type) not in ("integer", "float"):
        raise SchemaError(f"{rule}: the column holds {values.type} values, which have no bounds")
    return to_floats(values)


def _bound(rule: Range, bound: Any, kind: pa.DataType) -> float:
    if times.is_temporal(kind):
        return times.bound_from_json(bound, kind)
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        raise SchemaError(f"{rule}: the bound {bound!r} is no number; give one")
    return bound


def _one_hot(rule: OneHot, cells: Known) -> np.ndarray:
    hot = np.zeros(len(cells[rule.names[0]]), np.int64)
    odd = np.zeros(len(hot), bool)
    for name in rule.names:
        column = cells[name]
        values = column.values
        if storage(values.type) not in ("boolean", "integer", "float"):
            raise SchemaError(f"{rule}: column {name!r} holds {values.type}; give 0 and 1")
        numbers = to_floats(values.cast(pa.float64()))
        odd |= (column.missing > 0) | ((numbers != 0) & (numbers != 1))
        hot += numbers == 1
    return odd | (hot != 1)


def _increment(rule: Increment, cells: Known) -> np.ndarray:
    values = cells[rule.column].values
    if storage(values.type) not in ("integer", "float"):
        raise SchemaError(
            f"{rule}: the column holds {values.type} values; a step of times is the schema's step"
        )
    numbers = to_floats(values)
    off = np.abs(numbers - np.rint(numbers / rule.step) * rule.step)
    return (off > _HAIR * np.maximum(1.0, np.abs(numbers))) & (cells[rule.column].missing == 0)


def _told(rule: Where, raw: Any, n: int) -> np.ndarray:
    """Ask a function which rows meet its condition, and give the others."""
    assert callable(rule.condition)
    if len(raw) != n:
        raise UnsupportedError(
            f"{rule} holds a function, which needs the rows in memory, and they are a stream; "
            "write the condition as text, Where('low + 2 <= high')"
        )
    told = rule.condition(raw)
    holds = np.asarray(told.to_numpy() if hasattr(told, "to_numpy") else told)
    if holds.shape != (n,) or holds.dtype.kind not in "bO":
        raise DataError(
            f"{rule} gave {holds.dtype} of shape {holds.shape} for {n} rows; give a boolean a row"
        )
    return ~holds.astype(bool)


def _true(mask: pa.Array) -> np.ndarray:
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


_CHECKS: dict[type, Callable[..., np.ndarray]] = {
    Inequality: _inequality,
    Range: _range,
    OneHot: _one_hot,
    Increment: _increment,
}
