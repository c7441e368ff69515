"""A number, date or time as a gap above others."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from ...errors import SchemaError
from .. import times
from ..cells import Cells, Name, with_nulls
from ..ranges import number_facts
from ..scales import Scale, to_floats
from ..schema import Column

_COUNTED = ("integer", "date")


@dataclass(frozen=True)
class Gap:
    """What a column lies above the largest of some others, in the units of its scale.

    Where these are missing the gap is unobserved, and a draw counts it from ``usual``.
    """

    tag: ClassVar[str] = "gap"
    absorbed: ClassVar[tuple[Name, ...]] = ()

    carrier: Name
    lows: tuple[Name, ...]
    scale: Scale
    decimals: int | None
    usual: float
    counted: bool

    @property
    def needs(self) -> tuple[Name, ...]:
        """Columns that the gap is reckoned from."""
        return (*self.lows, self.carrier)

    @classmethod
    def fit(
        cls, column: Column, lows: tuple[Name, ...], cells: Mapping[Name, Cells]
    ) -> tuple[Self, Column] | None:
        """Give the gap and what it is as a column; None where no row has one."""
        high = cells[column.name]
        scale = Scale.fit(
            high.observed, column.decimals, column.step, low=column.low, high=column.high
        )
        counted = column.type in _COUNTED
        decimals = None if not scale.step or counted else _digits(scale)
        blank = cls(column.name, lows, scale, decimals, 0.0, counted)
        base = blank._base(cells)
        found = cls(column.name, lows, scale, decimals, float(np.nanmedian(base)), counted)
        gaps = found.carried(cells)
        if not len(gaps.observed):
            return None
        kind = "integer" if counted else "real"
        declared = Column(column.name, kind, nullable=bool(gaps.missing.any()))
        facts = number_facts({**declared.__dict__}, gaps)
        return found, Column(**{**declared.__dict__, **facts})

    def carried(self, cells: Mapping[Name, Cells]) -> Cells:
        """Gaps, null and not missing where they are unobserved, (n,)."""
        high = cells[self.carrier]
        gap = self._measure(self.carrier, high) - self._base(cells)
        absent = np.isnan(gap)
        gap = np.where(absent, 0.0, gap)
        if self.counted:
            gap = np.rint(gap)
        elif self.decimals is not None:
            gap = np.round(gap, self.decimals)
        kind = pa.int64() if self.counted else pa.float64()
        return Cells(pa.array(gap, mask=absent).cast(kind), high.missing)

    def restored(self, carried: Cells, cells: Mapping[Name, Cells]) -> dict[Name, Cells]:
        """Cells of the column from gaps and the columns below it."""
        base = self._base(cells)
        base = np.where(np.isnan(base), self.usual, base)
        measures = base + to_floats(carried.values)
        low, high = self.scale.limits
        values = self.scale.restore(_within(measures, np.maximum(base, low), high))
        if self.scale.step:  # the grid of the columns below may be finer
            below = self.scale.measure(values) < base - self.scale.cell * 1e-6
            values = self.scale.restore(self.scale.measure(values) + below * self.scale.cell)
        missing = carried.missing
        return {self.carrier: Cells(with_nulls(values, missing), missing)}

    def _base(self, cells: Mapping[Name, Cells]) -> np.ndarray:
        """Largest measure of the columns below, NaN where all are missing, (n,)."""
        measures = [self._measure(name, cells[name]) for name in self.lows]
        return np.fmax.reduce(measures)

    def _measure(self, name: Name, cells: Cells) -> np.ndarray:
        """Measures on the column's scale, NaN where missing, (n,)."""
        values = cells.values
        if times.is_temporal(self.scale.type):
            try:
                measures = self.scale.measure(values.cast(self.scale.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as problem:
                raise SchemaError(
                    f"columns {name!r} ({values.type}) and {self.carrier!r} ({self.scale.type}) "
                    "have times that cannot be compared; convert them to the same type"
                ) from problem
        else:
            measures = to_floats(values) - self.scale.zero
        return np.where(cells.missing > 0, np.nan, measures)

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**plain, "lows": list(self.lows), "scale": self.scale.state()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        scale = Scale.from_state(state["scale"])
        return cls(**{**state, "lows": tuple(state["lows"]), "scale": scale})


def _digits(scale: Scale) -> int:
    return len(str(scale.per_unit)) - 1  # ticks in a unit are powers of ten


def _within(values: np.ndarray, low: np.ndarray, high: float) -> np.ndarray:
    """Values of which those beyond an end come back from it."""
    room = np.maximum(high - low, np.finfo(float).tiny)
    above, below = np.maximum(values - high, 0.0), np.maximum(low - values, 0.0)
    with np.errstate(invalid="ignore"):
        back = np.where(above > 0, high - np.fmod(above, room), low + np.fmod(below, room))
    return np.where((above > 0) | (below > 0), back, values)
