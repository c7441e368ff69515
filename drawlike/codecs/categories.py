"""Columns of codes: each distinct value stored once, and constants."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from ..layout import Choice
from .cells import MISSING, Cells, pack, unpack


@dataclass(frozen=True)
class Categories:
    """Values as codes, then a code for every way in which a cell can be missing.

    Values that too few rows hold have no code, so that no model learns or draws them. Known to
    the codec that met them are their words (``rare``); no store keeps them.
    """

    tag: ClassVar[str] = "categories"

    name: str
    values: pa.Array
    missing: tuple[int, ...]
    frequencies: np.ndarray
    by_value: bool = False
    rare: pa.Array | None = field(default=None, compare=False)

    @cached_property
    def block(self) -> Choice:
        """What the encoded column means."""
        n_ordered = len(self.values) if self.by_value else 0
        return Choice(self.name, len(self.frequencies), self.frequencies, n_ordered)

    @classmethod
    def fit(
        cls,
        name: str,
        cells: Cells,
        weight: np.ndarray | None,
        *,
        by_value: bool,
        fewest: int = 1,
    ) -> Self:
        """Order the codes by value, or by falling frequency and then by value.

        A value gets a code where ``fewest`` rows hold it.
        """
        values, rare = _parted(cells.values, fewest)
        listed = values.dictionary_encode()
        codes = listed.indices.fill_null(len(listed.dictionary)).to_numpy(zero_copy_only=False)
        mass = np.bincount(codes, weight, len(listed.dictionary) + 1)[:-1]
        columns = {"mass": mass, "value": listed.dictionary}
        first = [] if by_value else [("mass", "descending")]
        order = pc.sort_indices(pa.table(columns), [*first, ("value", "ascending")])
        missing = cells.missing_kinds()
        absent = np.bincount(cells.missing, weight, len(MISSING))[list(missing)]
        ordered = np.concatenate([mass[order.to_numpy()], absent])
        values = listed.dictionary.take(order)
        shares = ordered / max(ordered.sum(), np.finfo(float).tiny)
        return cls(name, values, missing, shares, by_value, rare)

    def encode(self, cells: Cells) -> np.ndarray:
        """Codes, (n, 1); NaN for a value or a way of missing never seen in fit."""
        found = pc.index_in(cells.values.cast(self.values.type), value_set=self.values)
        codes = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.float64)
        codes[codes < 0] = np.nan
        return missing_codes(codes, cells, self.missing, len(self.values))[:, None]

    def is_rare(self, cells: Cells) -> np.ndarray:
        """Which cells hold a value that was left out for its rarity, (n,)."""
        if self.rare is None:
            return np.zeros(len(cells), bool)
        found = pc.is_in(cells.values.cast(self.values.type), value_set=self.rare)
        return found.to_numpy(zero_copy_only=False)

    def decode(self, encoded: np.ndarray, rng: np.random.Generator) -> Cells:
        """Values of codes; an unobserved code is drawn by how frequent each is."""
        codes = self.drawn(encoded, rng)
        positions = pa.array(codes, mask=codes >= len(self.values))
        missing = missing_from(codes, self.missing, len(self.values))
        return Cells(self.values.take(positions), missing)

    def drawn(self, encoded: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Codes, (n,); an unobserved one is drawn."""
        return as_codes(_drawn(encoded[:, 0], self.frequencies, rng), self.frequencies)

    def log_jacobian(self, cells: Cells) -> np.ndarray:
        """0 for known values, -inf for those never seen, (n,)."""
        return np.where(np.isnan(self.encode(cells)[:, 0]), -np.inf, 0.0)

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        return {
            "name": self.name,
            "values": pack(self.values),
            "missing": list(self.missing),
            "frequencies": self.frequencies,
            "by_value": self.by_value,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        changed = {"values": unpack(state["values"]), "missing": tuple(state["missing"])}
        return cls(**{**state, **changed})


def _parted(values: pa.Array, fewest: int) -> tuple[pa.Array, pa.Array | None]:
    """Values of which the rare ones are null, and the rare ones, None without any."""
    counted = pc.value_counts(values.drop_null())
    few = pc.less(counted.field("counts"), fewest)
    if not pc.any(few).as_py():
        return values, None
    rare = counted.field("values").filter(few)
    lost = pc.is_in(values, value_set=rare)
    return pc.if_else(lost, pa.scalar(None, values.type), values), rare


@dataclass(frozen=True)
class Constant:
    """A column that never varies: nothing to encode, and always the same to decode."""

    tag: ClassVar[str] = "constant"
    block: ClassVar[None] = None

    value: pa.Array
    missing: int

    @classmethod
    def fit(cls, cells: Cells) -> Self:
        """Keep the only value, or the only way of missing."""
        return cls(cells.values[:1], int(cells.missing[0]))

    def encode(self, cells: Cells) -> np.ndarray:
        """No columns, (n, 0)."""
        return np.empty((len(cells), 0))

    def decode(self, encoded: np.ndarray, rng: np.random.Generator) -> Cells:
        """Repeat the value."""
        repeated = self.value.take(pa.array(np.zeros(len(encoded), np.int64)))
        return Cells(repeated, np.full(len(encoded), self.missing, np.int8))

    def log_jacobian(self, cells: Cells) -> np.ndarray:
        """0 where the value is the known one, else -inf, (n,)."""
        if self.missing:
            return np.where(cells.missing > 0, 0.0, -np.inf)
        same = pc.equal(cells.values.cast(self.value.type), self.value[0]).fill_null(False)
        return np.where(same.to_numpy(zero_copy_only=False), 0.0, -np.inf)

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        return {"value": pack(self.value), "missing": self.missing}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        return cls(unpack(state["value"]), state["missing"])


def missing_codes(
    codes: np.ndarray, cells: Cells, known: tuple[int, ...], first: int
) -> np.ndarray:
    """Write codes from ``first`` on where cells are missing; in place, (n,)."""
    # a way of missing never seen counts as the usual one, if any was seen
    table = np.full(len(MISSING), first if known else np.nan)
    table[list(known)] = first + np.arange(len(known))
    absent = cells.missing > 0
    codes[absent] = table[cells.missing[absent]]
    return codes


def missing_from(codes: np.ndarray, known: tuple[int, ...], first: int) -> np.ndarray:
    """Ways of missing of codes, (n,) int8, 0 where a value is there."""
    table = np.concatenate([np.zeros(first), known]).astype(np.int8)
    return table[codes]


def _drawn(codes: np.ndarray, frequencies: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gaps = np.isnan(codes)
    if not gaps.any():
        return codes
    drawn = codes.copy()
    drawn[gaps] = rng.choice(len(frequencies), int(gaps.sum()), p=frequencies)
    return drawn


def as_codes(encoded: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Whole codes within range from whatever a model drew, (n,); NaN is the most frequent."""
    out = np.empty(len(encoded), np.int64)
    _round(np.asarray(encoded, np.float64), int(frequencies.argmax()), len(frequencies) - 1, out)
    return out


@njit(cache=True, nogil=True)
def _round(encoded: np.ndarray, usual: int, last: int, out: np.ndarray) -> None:
    for r in range(len(encoded)):
        code = encoded[r]
        out[r] = usual if np.isnan(code) else int(min(max(np.rint(code), 0.0), last))
