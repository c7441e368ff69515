"""Number columns as codes: values that repeat stand alone, the others share bins."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numba import njit

from ..layout import Binned
from .categories import as_codes, missing_codes, missing_from
from .cells import MISSING, Cells, with_nulls
from .quantiles import PiecewiseLinear
from .scales import Scale
from .tiles import is_heavy, tally, tiled

_HAIR = 1e-5
_PLACES = 20  # in each bin, over which a mean is taken


@dataclass(frozen=True)
class Bins:
    """Codes in the order of the values, then one for each way in which a cell can be missing.

    The measures from the lowest to the highest value are tiled by bins, and ``curve`` maps a
    measure to the bin's number plus the place in it, from 0 to 1, as the rows are spread. In a
    column with a step a value that repeats fills a bin by itself. In a continuous one it is an
    atom, a code without a place. ``codes`` are those of the bins and then of the ``atoms``.
    ``groups`` (n_codes,) are those that a code belongs to, if bins are so fine that a model is
    to tell the group first.
    """

    tag: ClassVar[str] = "bins"

    name: str
    scale: Scale
    curve: PiecewiseLinear
    atoms: np.ndarray
    codes: np.ndarray
    missing: tuple[int, ...]
    frequencies: np.ndarray
    beyond: tuple[float, float]
    counted: bool
    groups: np.ndarray | None = None

    @classmethod
    def fit(
        cls, name: str, cells: Cells, scale: Scale, weight: np.ndarray | None, *, counted: bool
    ) -> Self | None:
        """Learn bins and atoms; None if there are atoms only."""
        measures = scale.measure(cells.observed)
        here = None if weight is None else weight[cells.missing == 0]
        distinct, counts, mass = tally(measures, here)
        heavy = is_heavy(counts, len(cells))
        alone = heavy if not scale.step else np.zeros(len(distinct), bool)
        rest = ~alone
        if rest.sum() < 2 and not (scale.step and rest.any()):
            return None
        tiles = tiled(distinct[rest], counts[rest], mass[rest], heavy[rest], scale.cell)
        atoms = distinct[alone]
        codes = np.argsort(np.argsort(np.concatenate([tiles.means, atoms]), kind="stable"))
        missing = cells.missing_kinds()
        absent = np.bincount(cells.missing, weight, len(MISSING))[list(missing)]
        shares = np.empty(len(codes))
        shares[codes] = np.concatenate([tiles.mass, mass[alone]])
        frequencies = np.concatenate([shares, absent])
        return cls(
            name=name,
            scale=scale,
            curve=tiles.curve,
            atoms=atoms,
            codes=codes,
            missing=missing,
            frequencies=frequencies / frequencies.sum(),
            beyond=tiles.beyond,
            counted=counted,
            groups=None if tiles.groups is None else _grouped(tiles.groups, codes, len(missing)),
        )

    @cached_property
    def block(self) -> Binned:
        """What the encoded columns mean."""
        has_place = np.zeros(len(self.frequencies), bool)
        has_place[self.codes[: self._n_bins]] = True
        return Binned(
            name=self.name,
            n_codes=len(self.frequencies),
            n_ordered=len(self.codes),
            has_place=has_place,
            frequencies=self.frequencies,
            groups=self.groups,
        )

    @property
    def _n_bins(self) -> int:
        return len(self.codes) - len(self.atoms)

    def encode(self, cells: Cells) -> np.ndarray:
        """(n, 2) code and place in the bin; the place is NaN where there is none."""
        measures = self.scale.measure(cells.values)
        at = self.curve.forward(measures).clip(0, self._n_bins)
        number = np.minimum(at.astype(np.int64), self._n_bins - 1)
        codes = self.codes[number].astype(np.float64)
        places = at - number
        if len(self.atoms):
            found = np.searchsorted(self.atoms, measures).clip(max=len(self.atoms) - 1)
            is_atom = self.atoms[found] == measures
            codes = np.where(is_atom, self.codes[self._n_bins + found], codes)
            places[is_atom] = np.nan
        places[cells.missing > 0] = np.nan
        return np.stack([missing_codes(codes, cells, self.missing, len(self.codes)), places], 1)

    def decode(self, encoded: np.ndarray, rng: np.random.Generator) -> Cells:
        """Round values to what can occur; an unobserved place becomes the middle of its bin."""
        values = self.restored(np.nan_to_num(self.measures(encoded), copy=False))
        if not self.missing:
            return Cells(values, np.zeros(len(values), np.int8))
        codes = as_codes(encoded[:, 0], self.frequencies)
        missing = missing_from(codes, self.missing, len(self.codes))
        return Cells(with_nulls(values, missing), missing)

    def measures(self, encoded: np.ndarray) -> np.ndarray:
        """Measures of encoded columns in the units of the scale, NaN where missing, (n,)."""
        usual, out = int(self.frequencies.argmax()), np.empty(len(encoded))
        encoded = np.asarray(encoded, np.float64)
        _measure(encoded, usual, self._table, self.curve.z, self.curve.x, out)
        return out

    @cached_property
    def _table(self) -> np.ndarray:
        """Of each code its bin's number and first knot there, -1 if none, and an atom's measure.

        (n_codes, 3), NaN where there is none.
        """
        table = np.full((len(self.frequencies), 3), np.nan)
        number = np.arange(self._n_bins)
        table[:, 1] = -1
        table[self.codes[: self._n_bins], 0] = number
        first = np.searchsorted(self.curve.z, number, side="right") - 1
        table[self.codes[: self._n_bins], 1] = np.clip(first, 0, len(self.curve.z) - 2)
        table[self.codes[self._n_bins :], 2] = self.atoms
        return table

    @cached_property
    def mean_measures(self) -> np.ndarray:
        """Mean measure of each code, NaN where missing, (n_codes,)."""
        places = (np.arange(_PLACES) + 0.5) / _PLACES
        codes = np.repeat(np.arange(len(self.frequencies)), _PLACES)
        measures = self.measures(np.stack([codes, np.tile(places, len(self.frequencies))], 1))
        mean: np.ndarray = measures.reshape(-1, _PLACES).mean(1)
        return mean

    @property
    def median(self) -> float:
        """A middling measure, in the units of the scale."""
        return float(self.curve.inverse(np.array([self._n_bins / 2]))[0])

    def restored(self, measures: np.ndarray) -> pa.Array:
        """Values of measures, as precise as the column is."""
        return self.scale.restore(measures)

    def log_jacobian(self, cells: Cells) -> np.ndarray:
        """Log of the density of a place in its bin, or of the share that a value has in it, (n,).

        A value beyond those of fit has the share of its end bin that one row more would have,
        spread as an exponential law goes on from the density at the end.
        """
        measures, cell = self.scale.measure(cells.values), self.scale.cell
        low, high = self.curve.x[[0, -1]]
        far = np.maximum(low - measures, measures - high)
        inside = far <= 0
        slope = np.exp(self.curve.log_slope(measures))
        if self.scale.step:
            local = np.log(
                self.curve.width(np.clip(measures, low + cell / 2, high - cell / 2), cell)
            )
            beyond = np.log(-np.expm1(-slope * cell)) - slope * (far - cell / 2)
            shift = 0.0 if self.counted else -np.log(cell)
        else:
            local, beyond, shift = np.log(slope), np.log(slope) - slope * far, 0.0
        number = self.curve.forward(measures)
        rows_low, rows_high = self.beyond
        more = np.where(measures < (low + high) / 2, rows_low, rows_high)
        at_end = (number < 1) | (number >= self._n_bins - 1)
        local = local + np.where(at_end, np.log1p(-more), 0.0)
        value = np.where(inside, local, np.log(more) + beyond) + shift
        codes = self.encode(cells)
        return np.where(np.isnan(codes[:, 0]), -np.inf, np.where(np.isnan(codes[:, 1]), 0.0, value))

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        nested = {"scale": self.scale.state(), "curve": self.curve.state()}
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        lists = {"missing": list(self.missing), "beyond": list(self.beyond)}
        return {**plain, **nested, **lists}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        changed = {
            "scale": Scale.from_state(state["scale"]),
            "curve": PiecewiseLinear.from_state(state["curve"]),
            "missing": tuple(state["missing"]),
            "beyond": tuple(state["beyond"]),
        }
        return cls(**{**state, **changed})


def _grouped(of_bins: np.ndarray, codes: np.ndarray, n_missing: int) -> np.ndarray:
    """Group of each code: those of bins, and one each for atoms and ways of missing."""
    groups = np.arange(len(codes) + n_missing) + len(of_bins)
    groups[codes[: len(of_bins)]] = of_bins
    _, first, which = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[which]


@njit(cache=True, nogil=True)
def _measure(  # noqa: PLR0917
    encoded: np.ndarray,
    usual: int,
    table: np.ndarray,
    knots: np.ndarray,
    images: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write measures of codes and places (n, 2); an unobserved code is the ``usual`` one."""
    for r in range(len(encoded)):
        code, place = usual, encoded[r, 1]
        if not np.isnan(encoded[r, 0]):
            code = min(max(int(np.rint(encoded[r, 0])), 0), len(table) - 1)
        if table[code, 1] < 0:
            out[r] = table[code, 2]
            continue
        # between two values that stand alone, knots are a hair apart
        t = table[code, 0] + (0.5 if np.isnan(place) else min(max(place, _HAIR), 1 - _HAIR))
        k = int(table[code, 1])
        while k + 2 < len(knots) and knots[k + 1] <= t:
            k += 1
        share = (t - knots[k]) / (knots[k + 1] - knots[k])
        out[r] = images[k] + share * (images[k + 1] - images[k])
