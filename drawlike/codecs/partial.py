"""Rows of a table of which only some columns, or some cells, are known."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import softmax

from ..errors import DataError, UnsupportedError
from ..layout import Real
from .bins import Bins
from .building import build
from .cells import Cells, Name
from .columns import ColumnCodec
from .frames import Frame
from .numbers import Numbers
from .parts import matching, spelled, unknown_jacobian, unobserved
from .regions import Admitted, Wanted, admitted
from .ruled import RuledTable


class PartialTable(RuledTable):
    """What a table's codec does with rows that are known in part."""

    _kind: str

    def encode_some(self, columns: Mapping[Name, Any], n: int) -> np.ndarray:
        """Encode values (n,) of some columns; the others are NaN, (n, ``layout_.width``).

        Raises
        ------
        DataError
            If a value cannot be in its column, or was never seen in fit.
        """
        encoded = np.full((n, sum(part.block.width for part in self._parts if part.block)), np.nan)
        known = self.known(columns)
        for part, place in self._places():
            needs = part.relation.needs if part.relation else (part.column.name,)
            if part.codec and known.keys() >= set(needs):
                cells = part.relation.carried(known) if part.relation else known[part.column.name]
                encoded[:, place] = part.codec.encode(cells)
                encoded[unobserved(cells), place] = np.nan
                self._refuse_unseen(part, cells, known)
        return encoded

    def _refuse_unseen(self, part: Any, cells: Cells, known: Mapping[Name, Cells]) -> None:
        codec: ColumnCodec = part.codec
        lost = np.isinf(codec.log_jacobian(cells))
        if not lost.any():
            return
        gone, name = cells.missing[lost] > 0, part.column.name
        if gone.any():
            raise DataError(f"column {name!r} was never missing in the rows of fit: give a value")
        row = pa.array(lost)
        if part.relation:
            given = {n: known[n].values.filter(row)[0].as_py() for n in part.relation.needs}
            raise DataError(f"the rows of fit never held {given} together: give other values")
        value = cells.values.filter(row)[0].as_py()
        raise DataError(
            f"column {name!r} was never {value!r} in the rows of fit, or in few of them only: give "
            "another value"
        )

    def log_jacobian_but(self, raw: Any, known: Iterable[Name]) -> np.ndarray:
        """Log-Jacobian of all columns but the known ones, nats, (n,)."""
        frame, total = Frame(raw), np.zeros(len(raw))
        for part in self.open_relations(known):
            raise UnsupportedError(
                f"columns {', '.join(map(repr, part.relation.needs))} are encoded together, and "
                f"{list(known)} are given: give all of them, or none, where rows are scored"
            )
        for part in self._parts:
            if part.codec and part.column.name not in known and part.column.name in frame.names:
                cells = self._carried(part, frame)
                jacobian = part.codec.log_jacobian(cells)
                total += np.where(unobserved(cells), unknown_jacobian(part), jacobian)
        return total

    def admitted(self, column: Name, wanted: Wanted) -> Admitted:
        """Find what of a column lies in a set or a range.

        Raises
        ------
        DataError
            If a value cannot be in the column, or nothing in it is wanted.
        """
        part, place = next(each for each in self._places() if each[0].column.name == column)
        return admitted(part, place, wanted, is_tied=column in self._tied)

    def holds(self, raw: Any, asked: Admitted) -> np.ndarray:
        """Tell which rows of a table have what is wanted of a column, (n,)."""
        part = next(part for part in self._parts if part.column.name == asked.name)
        return asked.holds(matching(part, Frame(raw)))

    @property
    def names(self) -> list[Name]:
        """Names of the columns, in order."""
        return [part.column.name for part in self._parts]

    def column(self, raw: Any, name: Name) -> np.ndarray:
        """Plain values of a column, None where missing, (n,)."""
        _, cells = Frame(raw).read(name)
        return np.array(cells.values.to_pylist(), dtype=object)

    def decode_given(
        self, encoded: np.ndarray, columns: Mapping[Name, Any], rng: np.random.Generator
    ) -> Any:
        """Rows that hold exactly the values given."""
        return self.decode(encoded, rng, columns=columns)  # type: ignore[attr-defined]

    def choices(self) -> list[tuple[int, int]]:
        """Encoded columns of codes, and how many codes each has."""
        return [
            (place.start, len(part.codec.frequencies))
            for part, place in self._places()
            if part.block and not isinstance(part.block, Real)
        ]

    def categories(self, column: Name) -> np.ndarray:
        """Values that the codes of a column stand for, (k,), None if missing.

        Raises
        ------
        DataError
            If the column is not one of categories.
        """
        part = self.part(column)
        if self.is_combined(column):
            return self._combined(column)
        width = part.block.width if part.block else 0
        if width != 1 or isinstance(part.codec, Numbers | Bins):
            raise DataError(
                f"column {column!r} has no categories: it is {part.column.type}; "
                "use sample or predict"
            )
        codes = np.arange(len(part.codec.frequencies))
        cells = part.codec.decode(codes[:, None].astype(float), np.random.default_rng(0))
        return np.array(cells.values.to_pylist(), dtype=object)

    def is_combined(self, column: Name) -> bool:
        """Whether a column is encoded as a part of combinations of several."""
        return any(column in part.relation.columns for part in self.combinations())

    def _combined(self, column: Name) -> np.ndarray:
        """Values of a column in the combinations that are drawn, None if missing."""
        joint = next(p.relation for p in self.combinations() if column in p.relation.columns)
        values = spelled(self.part(column), joint.values_of(column)).values.to_pylist()
        return np.array([*dict.fromkeys(values)], dtype=object)

    def unknown(self, raw: Any) -> np.ndarray:
        """Which cells of a table are missing, (n, n_columns), in the order of fit."""
        frame = Frame(raw)
        return np.stack([matching(part, frame).missing > 0 for part in self._parts], 1)

    def codes_of_values(self) -> list[tuple[int, int, int]]:
        """Column (its number), encoded column and number of codes that are no missing cell.

        Only the columns with codes for missing cells are listed.
        """
        missing = [getattr(part.codec, "missing", ()) or () for part in self._parts]
        places = enumerate(zip(self._places(), missing, strict=True))
        return [
            (i, place.start, len(part.codec.frequencies) - len(kinds))
            for i, ((part, place), kinds) in places
            if part.block and kinds
        ]

    def measured(self) -> list["Number"]:
        """Columns of numbers that are encoded by themselves."""
        return [
            Number(part.column.name, place, part.codec)
            for part, place in self._places()
            if isinstance(part.codec, Numbers | Bins) and not part.relation
        ]

    def decode_means(
        self,
        means: Mapping[Name, np.ndarray],
        likeliest: np.ndarray,
        rng: np.random.Generator,
        columns: Mapping[Name, Any],
    ) -> Any:
        """Rows of numbers' means (n,), rounded as the columns are, and of the likeliest codes."""
        averaged = {name: self.part(name).codec.restored(mean) for name, mean in means.items()}
        return self.decode(likeliest, rng, columns={**columns, **averaged})  # type: ignore[attr-defined]

    def filled(self, raw: Any, rows: np.ndarray, decoded: Any) -> Any:
        """Put the cells of decoded rows where those of ``raw`` are missing; others stay."""
        frame, source = Frame(raw), Frame(decoded)
        forms, columns = {}, {}
        for name in frame.names:
            form, cells = frame.read(name)
            new_form, new = source.read(name)
            is_blank = len(rows) > 0 and not len(cells.observed)  # of no type of its own
            forms[name] = new_form if is_blank else form
            columns[name] = new if is_blank else _patched(cells, new, rows)
        self._mend(columns, raw)
        built = build(frame.kind, forms, columns)
        if frame.kind == "pandas":
            built.index = raw.index
        return built


@dataclass(frozen=True)
class Number:
    """A column of numbers, and where it is encoded; means are of what is not missing.

    Where all is missing, it is the usual measure.
    """

    name: Name
    place: slice
    codec: Numbers | Bins

    def mean_of_draws(self, drawn: np.ndarray) -> np.ndarray:
        """Mean of the measures of draws (n, times, width), (n,)."""
        measures = self.codec.measures(drawn.reshape(-1, drawn.shape[2])).reshape(drawn.shape[:2])
        seen = ~np.isnan(measures)
        mean = np.where(seen, measures, 0.0).sum(1) / np.maximum(seen.sum(1), 1)
        return np.where(seen.any(1), mean, self.codec.median)

    def mean_of_codes(self, log_prob: np.ndarray) -> np.ndarray:
        """Mean of the measures of codes with log-probabilities (n, k), (n,)."""
        assert isinstance(self.codec, Bins)
        measures = self.codec.mean_measures
        seen = np.flatnonzero(~np.isnan(measures))
        mean: np.ndarray = softmax(log_prob[:, seen], axis=1) @ measures[seen]
        return mean


def _patched(cells: Cells, new: Cells, rows: np.ndarray) -> Cells:
    """Cells in which the missing ones of some rows are replaced by the new ones, in order."""
    gaps = cells.missing > 0
    if not gaps.any():
        return cells
    position = np.zeros(len(cells), np.int64)
    position[rows] = np.arange(len(rows))
    values = new.values.take(pa.array(position)).cast(cells.values.type, safe=False)
    missing = np.where(gaps, new.missing[position], 0).astype(np.int8)
    return Cells(pc.if_else(pa.array(gaps), values, cells.values), missing)
