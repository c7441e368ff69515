"""Bounds, decimals and steps of number columns, seen or declared."""

import math
from typing import Any

import numpy as np
import pyarrow as pa

from ..errors import DataError, SchemaError
from . import times
from .cells import Cells, Name, storage
from .cells import distinct as distinct_values
from .scales import EXACT, bound_to_tick, find_decimals, find_step, to_floats, to_ticks
from .spelling import reading

Facts = dict[str, Any]


def number_facts(column: Facts, cells: Cells) -> Facts:
    """Give the fields ``low``, ``high``, ``decimals`` and ``step`` of a number column.

    Raises
    ------
    DataError
        If a value is infinite.
    SchemaError
        If values contradict what is declared.
    """
    values = readable(column["name"], column["type"], column["format"], cells)
    distinct = distinct_values(values)
    decimals = _decimals(column, distinct) if storage(distinct.type) == "float" else 0
    if decimals is None:
        floats = to_floats(distinct)
        ends = {"low": floats.min().item(), "high": floats.max().item()}
        return {"step": None, **_within(column, ends, ends, distinct.type, None)}
    ticks, per_unit = to_ticks(distinct, decimals)
    found = {"low": int(ticks.min()), "high": int(ticks.max())}
    written = {end: _written(tick, distinct.type, per_unit) for end, tick in found.items()}
    shown = decimals if column["type"] == "real" and storage(distinct.type) == "float" else None
    step = _step(column, ticks, distinct.type, per_unit)
    bounds = _within(column, found, written, distinct.type, per_unit)
    return {"decimals": shown, "step": step, **bounds}


def readable(name: Name, kind: str, written: str | None, cells: Cells) -> pa.Array:
    """Read numbers or times, (n,), refusing infinities and texts of another spelling."""
    values = cells.values
    if storage(values.type) == "float":
        infinite = np.flatnonzero(np.isinf(to_floats(values)))
        if len(infinite):
            raise DataError(
                f"column {name!r} is infinite in row {infinite[0]}; replace infinities by "
                "a number or a missing value"
            )
    spelling = reading(kind, written, values.type)
    if spelling is None:
        return values
    read = spelling.read(values)
    if read.null_count > values.null_count:
        row = np.flatnonzero(np.asarray(read.is_null()) & ~np.asarray(values.is_null()))[0]
        raise SchemaError(
            f"column {name!r} holds {values[int(row)].as_py()!r} in row {row}, expected {kind} "
            f"values written as {written}; mend the value, or declare another type or format"
        )
    return read


def _decimals(column: Facts, distinct: pa.Array) -> int | None:
    """Digits after the point; None for continuous columns and beyond what floats resolve."""
    floats = to_floats(distinct)
    broken = floats[floats != np.rint(floats)]
    if column["type"] == "integer" and len(broken):
        raise SchemaError(
            f"column {column['name']!r} is declared integer but holds {broken[0]}; "
            "declare it 'real', or round it first"
        )
    whole = 0 if column["type"] == "integer" else column["decimals"]
    decimals = find_decimals(distinct.to_numpy()) if whole is None else whole
    resolved = decimals is not None and np.abs(floats).max() * 10**decimals < EXACT
    return decimals if resolved else None


def _step(column: Facts, ticks: np.ndarray, kind: pa.DataType, per_unit: int) -> float:
    step: float = column["step"] or _plain(find_step(ticks, kind), per_unit)
    if step < 0 or round(step * per_unit) < 1:
        raise SchemaError(
            f"column {column['name']!r} has the step {step}, finer than its values can be; "
            f"give a multiple of {1 / per_unit:g}, or leave it out"
        )
    return step


def _within(
    column: Facts, seen: Facts, written: Facts, kind: pa.DataType, per_unit: int | None
) -> Facts:
    """Take declared bounds, if the values keep within them, else those of the values."""
    bounds = {}
    for end, sign, toward in (("low", 1, math.ceil), ("high", -1, math.floor)):
        declared = column[end]
        bounds[end] = written[end] if declared is None else declared
        try:
            limit = (
                bound_to_tick(bounds[end], kind, per_unit, toward)
                if per_unit
                else float(bounds[end])
            )
        except (SchemaError, TypeError, ValueError) as problem:
            raise SchemaError(f"column {column['name']!r}, {end}: {problem}") from problem
        if sign * seen[end] < sign * limit:
            raise SchemaError(
                f"column {column['name']!r} is declared to have {end} = {declared}, but holds "
                f"{written[end]}; correct the bound, or clean the column"
            )
    return bounds


def _written(tick: int, kind: pa.DataType, per_unit: int) -> Any:
    return times.bound_to_json(tick, kind) if times.is_temporal(kind) else _plain(tick, per_unit)


def _plain(tick: int, per_unit: int) -> float:
    return tick / per_unit if tick % per_unit else tick // per_unit
