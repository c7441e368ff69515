"""Numbers and times as float64 measures, and rounded back to the values that can occur."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from . import times
from .cells import pack, storage, unpack

EXACT = 2**53  # whole numbers beyond it are not exact in float64
_MOST_DECIMALS = 6
_GLANCE = 1000  # values that most often tell enough
_MANY = 20  # so many distinct values share a divisor by design and not by chance


@dataclass(frozen=True)
class Scale:
    """Measures in units (1, days for dates, seconds for times) of values on a grid of ticks.

    ``zero`` is the tick at measure 0, ``origin`` the lowest tick seen, ``step`` the ticks from
    one value to the next; bounds are ticks. Without a step the column is continuous, and its
    bounds are measures.
    """

    type: pa.DataType
    per_unit: int = 1
    zero: int = 0
    origin: int = 0
    step: int = 0
    low: float = -math.inf
    high: float = math.inf

    @classmethod
    def fit(
        cls, values: pa.Array, decimals: int | None, step: float | None, low: Any, high: Any
    ) -> Self:
        """Fit observed values; ``step`` in units, bounds as the schema writes them."""
        kind = values.type
        if step is None:
            return cls(kind, low=float(low), high=float(high))
        ticks, per_unit = to_ticks(values, decimals)
        origin, top = int(ticks.min()), int(ticks.max())
        far = times.is_temporal(kind) or max(-origin, top) > EXACT
        zero = origin if far and storage(kind) != "float" else 0
        first = bound_to_tick(low, kind, per_unit, math.ceil)
        last = bound_to_tick(high, kind, per_unit, math.floor)
        return cls(kind, per_unit, zero, origin, max(1, round(step * per_unit)), first, last)

    @property
    def cell(self) -> float:
        """Units between neighbouring values, 0 when continuous."""
        return self.step / self.per_unit

    @property
    def limits(self) -> tuple[float, float]:
        """Measures of the bounds."""
        if not self.step:
            return self.low, self.high
        return (self.low - self.zero) / self.per_unit, (self.high - self.zero) / self.per_unit

    def measure(self, values: pa.Array) -> np.ndarray:
        """Measures in units, (n,) float64; 0 where missing."""
        if storage(values.type) in ("float", "null"):
            return to_floats(values) - self.zero
        if times.is_temporal(self.type):
            ticks = times.to_ticks(values.cast(self.type, safe=False))
            return _difference(ticks, self.zero) / self.per_unit
        whole = values.cast(self.type) if self.zero else values
        return _difference(whole.fill_null(0).to_numpy(), self.zero)

    def restore(self, measures: np.ndarray) -> pa.Array:
        """Values from measures, rounded to the grid, within the bounds."""
        if not self.step:
            return pa.array(np.clip(measures, self.low, self.high)).cast(self.type)
        shift = self.origin - self.zero
        count = np.rint((measures * self.per_unit - shift) / self.step)
        first = -int((self.origin - self.low) // self.step)
        last = int((self.high - self.origin) // self.step)
        count = np.clip(count, first, last)
        if storage(self.type) == "float":
            return pa.array((self.origin + count * self.step) / self.per_unit).cast(self.type)
        ticks = self._ticks(count, first, last)
        if times.is_temporal(self.type):
            return times.from_ticks(np.asarray(ticks, np.int64), self.type)
        return pa.array(ticks, self.type)

    def _ticks(self, count: np.ndarray, first: int, last: int) -> np.ndarray | list[int]:
        if max(-first, last) * self.step < EXACT and self.high < 2**63:
            return self.origin + count.astype(np.int64) * self.step
        # beyond the exact floats Python's own integers keep within the bounds
        whole = (min(max(int(c), first), last) for c in count)
        return [self.origin + c * self.step for c in whole]

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        return {**asdict(self), "type": pack(pa.nulls(0, self.type))}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        return cls(**{**state, "type": unpack(state["type"]).type})


def to_ticks(values: pa.Array, decimals: int | None) -> tuple[np.ndarray, int]:
    """Whole ticks of observed values, (n,), and how many make a unit."""
    if times.is_temporal(values.type):
        return times.to_ticks(values), times.ticks_per_unit(values.type)
    if storage(values.type) == "integer":
        return values.to_numpy(zero_copy_only=False), 1
    per_unit = 10 ** (decimals or 0)
    return np.rint(to_floats(values) * per_unit).astype(np.int64), per_unit


def to_floats(values: pa.Array) -> np.ndarray:
    """Floats of any width as float64, (n,); 0 where missing."""
    if values.null_count:
        values = values.cast(pa.float64()).fill_null(0.0)
    return values.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)


def find_decimals(distinct: np.ndarray) -> int | None:
    """Fewest digits after the point that write all floats, None beyond six."""
    largest = float(np.abs(distinct).max())
    for decimals in range(_MOST_DECIMALS + 1):
        per_unit = 10**decimals
        # a float type too coarse for these digits would agree with any of them
        if largest * per_unit >= EXACT or 4 * np.spacing(np.abs(distinct).max()) > 1 / per_unit:
            return None
        if _writes(distinct[:_GLANCE], per_unit) and _writes(distinct, per_unit):
            return decimals
    return None


def _writes(values: np.ndarray, per_unit: int) -> bool:
    written = (np.rint(values.astype(np.float64) * per_unit) / per_unit).astype(values.dtype)
    return np.array_equal(written, values)


def find_step(ticks: np.ndarray, kind: pa.DataType) -> int:
    """Ticks from one possible value to the next, judged by the distinct values."""
    if len(ticks) >= _MANY:
        return int(np.gcd.reduce(np.diff(np.sort(ticks))))
    return times.natural_step(ticks, kind) if times.is_temporal(kind) else 1


def bound_to_tick(bound: Any, kind: pa.DataType, per_unit: int, toward: Any) -> int:
    """Tick of a bound as the schema writes it."""
    if times.is_temporal(kind):
        return times.bound_from_json(bound, kind)
    if isinstance(bound, int):
        return bound * per_unit
    near = round(float(bound) * per_unit)
    return near if math.isclose(near, bound * per_unit) else toward(bound * per_unit)


def _difference(ticks: np.ndarray, zero: int) -> np.ndarray:
    """Exact difference as float64, also where it overflows the integer type."""
    if not zero:
        return ticks.astype(np.float64)
    start = np.array(zero, ticks.dtype)
    above, below = (ticks - start).view(np.uint64), (start - ticks).view(np.uint64)
    return np.where(ticks >= start, above.astype(np.float64), -below.astype(np.float64))
