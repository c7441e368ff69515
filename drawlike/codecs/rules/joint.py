"""Several columns as one category of their combinations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from ..cells import Cells, Name, pack, unpack


@dataclass(frozen=True)
class Joint:
    """Combinations of values that rows hold, by number; a missing cell is a value.

    ``listed`` has a cell a combination for each column, those that are drawn first. Only these
    are kept in a store.
    """

    tag: ClassVar[str] = "joint"

    columns: tuple[Name, ...]
    listed: tuple[Cells, ...]
    n_drawn: int

    @property
    def carrier(self) -> Name:
        """The column in whose place the combination is encoded."""
        return self.columns[0]

    @property
    def needs(self) -> tuple[Name, ...]:
        """Columns of the combination."""
        return self.columns

    @property
    def absorbed(self) -> tuple[Name, ...]:
        """Columns that are not encoded by themselves."""
        return self.columns[1:]

    @classmethod
    def fit(cls, columns: tuple[Name, ...], cells: Mapping[Name, Cells], fewest: int) -> Self:
        """List the combinations; those of fewer rows than ``fewest`` come last."""
        keys = [_keys(cells[name], _words(cells[name])) for name in columns]
        grouped = pd.DataFrame(dict(enumerate(keys))).groupby(list(range(len(keys)))).ngroup()
        _, first, counts = np.unique(grouped, return_index=True, return_counts=True)
        order = np.argsort(counts < fewest, kind="stable")
        listed = tuple(_take(cells[name], first[order]) for name in columns)
        return cls(columns, listed, int((counts >= fewest).sum()))

    def carried(self, cells: Mapping[Name, Cells]) -> Cells:
        """Numbers of the rows' combinations, null where one is unknown, (n,)."""
        words = [_words(listed) for listed in self.listed]
        known = [_keys(listed, w) for listed, w in zip(self.listed, words, strict=True)]
        asked = [_keys(cells[name], w) for name, w in zip(self.columns, words, strict=True)]
        table = pd.MultiIndex.from_arrays(known)
        numbers = table.get_indexer(pd.MultiIndex.from_arrays(asked))
        absent = numbers < 0
        return Cells(
            pa.array(numbers.astype(np.int64), mask=absent), np.zeros(len(absent), np.int8)
        )

    def is_new(self, cells: Mapping[Name, Cells]) -> np.ndarray:
        """Tell which rows hold a combination that is not drawn, (n,)."""
        numbers = self.carried(cells).values.fill_null(self.n_drawn)
        return numbers.to_numpy() >= self.n_drawn

    def rare_words(self, name: Name) -> pa.Array:
        """Values of a column that are in no combination that is drawn."""
        values = self.listed[self.columns.index(name)].values
        drawn = values[: self.n_drawn]
        return values.filter(pa.compute.invert(pa.compute.is_in(values, value_set=drawn))).unique()

    def values_of(self, column: Name) -> Cells:
        """Cells of a column, one a combination that is drawn."""
        return _take(self.listed[self.columns.index(column)], np.arange(self.n_drawn))

    def restored(self, carried: Cells, cells: Mapping[Name, Cells]) -> dict[Name, Cells]:
        """Cells of the columns from numbers of combinations."""
        numbers = carried.values.to_numpy(zero_copy_only=False)
        return {
            name: _take(listed, numbers)
            for name, listed in zip(self.columns, self.listed, strict=True)
        }

    def matching(self, known: Mapping[Name, Cells]) -> np.ndarray:
        """Which combinations agree with the known cells of each row, (n, n_drawn)."""
        fits = None
        for name, listed in zip(self.columns, self.listed, strict=True):
            if name in known:
                words = _words(listed)
                there, asked = _keys(listed, words)[: self.n_drawn], _keys(known[name], words)
                same = there == asked[:, None]
                fits = same if fits is None else fits & same
        assert fits is not None
        return fits

    def completing(self, known: Mapping[Name, Cells], n: int) -> np.ndarray:
        """Which combinations agree with the known cells of n rows and miss no other, (n, n_drawn)."""
        fits = self.matching(known) if known else np.ones((n, self.n_drawn), bool)
        for name, listed in zip(self.columns, self.listed, strict=True):
            if name not in known:
                fits = fits & (listed.missing[: self.n_drawn] == 0)
        return fits

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        drawn = [_take(cells, np.arange(self.n_drawn)) for cells in self.listed]
        return {
            "columns": list(self.columns),
            "listed": [{"values": pack(c.values), "missing": c.missing} for c in drawn],
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Restore what :meth:`state` gave."""
        listed = tuple(
            Cells(unpack(cells["values"]), np.asarray(cells["missing"], np.int8))
            for cells in state["listed"]
        )
        return cls(tuple(state["columns"]), listed, len(listed[0]))


def _words(cells: Cells) -> pa.Array:
    return cells.observed.unique()


def _keys(cells: Cells, words: pa.Array) -> np.ndarray:
    """Number of each cell among the words, -1 for another, their count for a missing cell, (n,)."""
    values = cells.values if cells.values.type == words.type else cells.values.cast(words.type)
    found = pa.compute.index_in(values, value_set=words).fill_null(-1)
    keys = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(cells.missing > 0, len(words), keys)


def _take(cells: Cells, rows: np.ndarray) -> Cells:
    return Cells(cells.values.take(pa.array(rows)), cells.missing[rows])
