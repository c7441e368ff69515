"""Number columns: values that occur often become codes, the rest a real."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from ..layout import Mixed, Real
from .bins import Bins
from .categories import Categories, as_codes, missing_codes, missing_from
from .cells import MISSING, Cells, distinct, with_nulls
from .quantiles import PiecewiseLinear, identity, to_normal
from .rarity import fewest_rows
from .scales import Scale
from .tiles import tally

MAPS = {"normal": to_normal, "identity": identity}
NUMBERS = (*MAPS, "bins", "adaptive")  # the last: bins, unless all columns are plain numbers
_FEW = 20  # a column of so few values is a choice among them
_REPEATED = 5  # measurements only if they repeat
_MOST_ATOMS = 255
_ATOM_ROWS, _ATOM_SHARE = 5, 0.002
_ATOM_EXCESS = 8  # an atom is so many times as frequent as the values around it
_AROUND = 10


@dataclass(frozen=True)
class Numbers:
    """Code 0 for a number, then one for each atom and each way in which a cell can be missing."""

    tag: ClassVar[str] = "numbers"

    name: str
    scale: Scale
    curve: PiecewiseLinear
    atoms: np.ndarray
    missing: tuple[int, ...]
    frequencies: np.ndarray
    cell: float
    usual: float
    ends: tuple[float, float]
    counted: bool

    @classmethod
    def fit(
        cls,
        name: str,
        cells: Cells,
        scale: Scale,
        weight: np.ndarray | None,
        numbers: str,
        *,
        counted: bool,
    ) -> Self | None:
        """Learn atoms and the map of the rest; None if there is no rest."""
        measures = scale.measure(cells.observed)
        here = None if weight is None else weight[cells.missing == 0]
        distinct, counts, mass = tally(measures, here)
        atoms = find_atoms(counts, len(cells), _ATOM_EXCESS if scale.step else 0)
        rest = np.ones(len(distinct), bool)
        rest[atoms] = False
        if not rest.any():
            return None
        values, repeats = distinct[rest], counts[rest]
        curve = MAPS[numbers](values, repeats, _positive(mass[rest]), scale.cell)
        images = curve.forward(values)
        # without wider declared bounds a draw stays among the values that are no atoms
        bare = np.array(scale.limits) == distinct[[0, -1]]
        low, high = np.where(bare, images[[0, -1]], [-np.inf, np.inf]).tolist()
        missing = cells.missing_kinds()
        absent = np.bincount(cells.missing, weight, len(MISSING))[list(missing)]
        frequencies = np.concatenate([[mass[rest].sum()], mass[atoms], absent])
        return cls(
            name=name,
            scale=scale,
            curve=curve,
            atoms=distinct[atoms],
            missing=missing,
            frequencies=frequencies / frequencies.sum(),
            cell=_median(curve.width(values, scale.cell), repeats) if scale.step else 0.0,
            usual=_median(images, repeats),
            ends=(low, high),
            counted=counted,
        )

    @cached_property
    def block(self) -> Mixed | Real:
        """What the encoded columns mean."""
        if self._n_codes == 1:
            return Real(self.name, 1, (self.cell,))
        return Mixed(self.name, self._n_codes, self.cell, self.frequencies)

    @property
    def _n_codes(self) -> int:
        return len(self.frequencies)

    def encode(self, cells: Cells) -> np.ndarray:
        """(n, 2) code and value, (n, 1) value where every row is a number."""
        measures = self.scale.measure(cells.values)
        codes = self._codes(measures, cells)
        values = np.where(codes == 0, self.curve.forward(measures), np.nan)
        both = np.stack([codes, values], 1)
        return both[:, 2 - self.block.width :]

    def decode(self, encoded: np.ndarray, rng: np.random.Generator) -> Cells:
        """Round values to what can occur; an unobserved one becomes the median."""
        if self.block.width == 1:
            return Cells(self.restored(self._inner(encoded)), np.zeros(len(encoded), np.int8))
        codes = as_codes(encoded[:, 0], self.frequencies)
        missing = missing_from(codes, self.missing, 1 + len(self.atoms))
        measures = np.nan_to_num(self.measures(encoded))
        return Cells(with_nulls(self.restored(measures), missing), missing)

    def measures(self, encoded: np.ndarray) -> np.ndarray:
        """Measures of encoded columns in the units of the scale, NaN where missing, (n,)."""
        inner = self._inner(encoded)
        if self.block.width == 1:
            return inner
        codes = as_codes(encoded[:, 0], self.frequencies)
        table = np.concatenate([[0.0], self.atoms, np.full(len(self.missing), np.nan)])
        return np.where(codes == 0, inner, table[codes])

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest measure of a draw that is no atom."""
        ends, limits = np.array(self.ends), np.array(self.scale.limits)
        low, high = np.where(np.isfinite(ends), self.curve.inverse(ends), limits)
        return float(low), float(high)

    @property
    def median(self) -> float:
        """A middling measure, in the units of the scale."""
        return float(self.curve.inverse(np.array([self.usual]))[0])

    def restored(self, measures: np.ndarray) -> pa.Array:
        """Values of measures, as precise as the column is."""
        return self.scale.restore(measures)

    def _inner(self, encoded: np.ndarray) -> np.ndarray:
        values = np.where(np.isnan(encoded[:, -1]), self.usual, encoded[:, -1])
        # a clipped draw would be the lowest or highest row's own value
        return self.curve.inverse(np.clip(_reflected(values, *self.ends), *self.ends))

    def log_jacobian(self, cells: Cells) -> np.ndarray:
        """Log of dz/dx, or of the width that one counted value takes up, (n,)."""
        measures = self.scale.measure(cells.values)
        codes = self._codes(measures, cells)
        if self.scale.step:
            local = np.log(self.curve.width(measures, self.scale.cell))
            local -= 0.0 if self.counted else np.log(self.scale.cell)
        else:
            local = self.curve.log_slope(measures)
        return np.select([codes == 0, codes > 0], [local, 0.0], -np.inf)

    def _codes(self, measures: np.ndarray, cells: Cells) -> np.ndarray:
        codes = np.zeros(len(measures))
        if len(self.atoms):
            place = np.searchsorted(self.atoms, measures).clip(max=len(self.atoms) - 1)
            codes = np.where(self.atoms[place] == measures, 1.0 + place, 0.0)
        return missing_codes(codes, cells, self.missing, 1 + len(self.atoms))

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        nested = {"scale": self.scale.state(), "curve": self.curve.state()}
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**plain, **nested, "missing": list(self.missing), "ends": np.array(self.ends)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        changed = {
            "scale": Scale.from_state(state["scale"]),
            "curve": PiecewiseLinear.from_state(state["curve"]),
            "missing": tuple(state["missing"]),
            "ends": tuple(state["ends"].tolist()),
        }
        return cls(**{**state, **changed})


def fit_numbers(
    name: str,
    cells: Cells,
    scale: Scale,
    weight: np.ndarray | None,
    numbers: str,
    *,
    counted: bool,
) -> Numbers | Bins | Categories:
    """A choice where the values are few, else numbers or bins."""
    if _is_choice(cells, counted=counted):
        fewest = 1 if counted else fewest_rows(None, len(cells))  # as atoms are
        return Categories.fit(name, cells, weight, by_value=True, fewest=fewest)
    fitted: Numbers | Bins | None
    if numbers == "bins":
        fitted = Bins.fit(name, cells, scale, weight, counted=counted)
    else:
        fitted = Numbers.fit(name, cells, scale, weight, numbers, counted=counted)
    return fitted or Categories.fit(name, cells, weight, by_value=True)


def find_atoms(counts: np.ndarray, n_rows: int, excess: float) -> np.ndarray:
    """Positions of values that occur often, and ``excess`` times as often as those around them.

    A continuous column needs no excess: there a value that comes again is an atom by itself.
    """
    often = np.flatnonzero(counts >= max(_ATOM_ROWS, _ATOM_SHARE * n_rows))
    near = often[:, None] + np.delete(np.arange(-_AROUND, _AROUND + 1), _AROUND)
    outside = (near < 0) | (near >= len(counts))
    around = np.where(outside, np.nan, counts[np.clip(near, 0, len(counts) - 1)])
    alone = outside.all(1)
    around[alone] = np.inf
    often = often[counts[often] >= excess * np.nanmedian(around, axis=1)]
    return np.sort(often[np.argsort(-counts[often], kind="stable")][:_MOST_ATOMS])


def _is_choice(cells: Cells, *, counted: bool) -> bool:
    n_distinct = len(distinct(cells.values))
    repeated = counted or len(cells.observed) >= _REPEATED * n_distinct
    return n_distinct <= _FEW and repeated


def _reflected(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Values of which those beyond an end come back from it."""
    beyond = ((values < low) | (values > high)) & np.isfinite(values)
    if not beyond.any():
        return values
    width, out = high - low, values.copy()
    if np.isfinite(width):
        at = np.mod(values[beyond] - low, 2 * width or 1.0)
        out[beyond] = low + np.minimum(at, 2 * width - at)
    else:
        out[beyond] = 2 * (low if np.isfinite(low) else high) - values[beyond]
    return out


def _positive(weights: np.ndarray) -> np.ndarray:
    return weights if weights.any() else np.ones_like(weights)


def _median(values: np.ndarray, counts: np.ndarray) -> float:
    order = np.argsort(values)
    below = np.cumsum(counts[order])
    return float(values[order][np.searchsorted(below, below[-1] / 2)])
