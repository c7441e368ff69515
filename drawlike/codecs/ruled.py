"""The rules of a fitted table: which rows keep them, and what their columns are encoded by."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..constraints import Constraint, Inequality, Unique
from ..errors import DataError
from .cells import Cells, Name
from .frames import Frame, to_cells
from .parts import CellsOf, matching, read
from .rules import Gap, Joint, breaks, repeats


class RuledTable:
    """What a table's codec knows of the constraints of its schema."""

    _parts: list[Any]
    _related: tuple[Any, ...]
    _tied: set[Any]
    _rules: tuple[Constraint, ...]
    _combinations: tuple[Joint, ...]

    def _places(self) -> Iterable[tuple[Any, slice]]:
        raise NotImplementedError

    def part(self, name: Name) -> Any:
        """The part of a column."""
        return next(part for part in self._parts if part.column.name == name)

    def _carried(self, part: Any, frame: Frame) -> Cells:
        """What the encoding of a part tells, from the columns of a frame."""
        if part.relation is None:
            return matching(part, frame)
        cells = {name: matching(self.part(name), frame) for name in part.relation.needs}
        carried: Cells = part.relation.carried(cells)
        return carried

    def places(self, column: Name) -> slice:
        """Where a column is in the encoded rows."""
        carrier = self.part(column).carrier
        name = column if carrier is None else carrier
        return next(place for part, place in self._places() if part.column.name == name)

    def known(self, columns: Mapping[Name, Any]) -> dict[Name, Cells]:
        """Cells of given values, (n,), refused where they break a rule among themselves."""
        parts = [part for part in self._parts if part.column.name in columns and part.is_encoded]
        known = {
            part.column.name: read(part, _cells_of(part, columns[part.column.name]))
            for part in parts
        }
        for rule in self._rules:
            is_row_rule = rule.names and not isinstance(rule, Unique)
            if is_row_rule and known.keys() >= set(rule.names):
                n = len(known[rule.names[0]])
                broken = breaks(rule, known, None, n)
                if broken.any():
                    raise DataError(
                        f"the values given break {rule} in row {broken.argmax()}; give values "
                        "that keep it"
                    )
        return known

    @property
    def has_rules(self) -> bool:
        """Whether the schema has constraints."""
        return bool(self._rules)

    @property
    def rules(self) -> tuple[Constraint, ...]:
        """The constraints of the schema."""
        return self._rules

    @property
    def has_keys(self) -> bool:
        """Whether rows may not repeat in some columns."""
        return any(isinstance(rule, Unique) for rule in self._rules)

    def broken(self, raw: Any) -> np.ndarray:
        """Tell which rows of a table break a constraint by themselves, (n,)."""
        frame = Frame(raw)
        cells = self._cells(frame)
        out = np.zeros(frame.height, bool)
        for rule in self._rules:
            out |= breaks(rule, cells, frame.native, frame.height)
        together = [p.relation for p in self._related if isinstance(p.relation, Joint)]
        for joint in (*together, *self._combinations):
            out |= joint.is_new(cells)
        return out

    def _cells(self, frame: Frame) -> CellsOf:
        return CellsOf(frame, lambda name: matching(self.part(name), frame))

    def repeated(self, raw: Any) -> np.ndarray:
        """Tell which rows of a table hold the unique key of an earlier one, (n,)."""
        frame = Frame(raw)
        cells = self._cells(frame)
        out = np.zeros(frame.height, bool)
        for rule in self._rules:
            if isinstance(rule, Unique):
                out |= repeats(rule, cells)
        return out

    def cells(self, raw: Any, name: Name) -> Cells:
        """Cells of a column of a table, texts read as what they spell."""
        return matching(self.part(name), Frame(raw))

    def telling(self, column: Name) -> list[slice]:
        """Where in the encoded rows stands what a column is restored from."""
        part = self.part(column)
        if part.carrier is not None:
            return [self.places(part.carrier)]
        lows = part.relation.lows if isinstance(part.relation, Gap) else ()
        return [self.places(column), *(place for low in lows for place in self.telling(low))]

    def open_relations(self, columns: Iterable[Name]) -> list[Any]:
        """Parts that are known by some of their columns only."""
        given = set(columns)
        return [
            part
            for part in self._related
            if given.intersection(_telling(part)) and not given.issuperset(part.relation.needs)
        ]

    def combinations(self) -> list[Any]:
        """Parts that encode a combination of columns."""
        return [part for part in self._related if isinstance(part.relation, Joint)]

    def _mend(self, columns: dict[Name, Cells], raw: Any) -> None:
        """Bring filled cells up to, or down to, the ones that they may not be beyond; in place."""
        frame = Frame(raw)
        for rule in self._rules:
            if not isinstance(rule, Inequality) or not set(rule.names) <= set(columns):
                continue
            cells = {name: read(self.part(name), columns[name]) for name in rule.names}
            beyond = breaks(rule, cells, None, frame.height)
            was_missing = frame.read(rule.low)[1].missing > 0
            for name, by, rows in (
                (rule.low, rule.high, beyond & was_missing),
                (rule.high, rule.low, beyond & ~was_missing),
            ):
                columns[name] = _replaced(columns[name], columns[by], rows)


def _telling(part: Any) -> tuple[Name, ...]:
    """Columns that tell something of what a part encodes: of a gap the column above."""
    return (part.column.name,) if isinstance(part.relation, Gap) else part.relation.needs


def _replaced(cells: Cells, others: Cells, rows: np.ndarray) -> Cells:
    """Cells with those of another column in some rows."""
    if not rows.any():
        return cells
    values = others.values.cast(cells.values.type, safe=False)
    return Cells(pc.if_else(pa.array(rows), values, cells.values), cells.missing)


def _cells_of(part: Any, values: Any) -> Cells:
    try:
        return to_cells(values, part.form)
    except DataError as problem:
        given = repr(values[0]) if len(values) == 1 else "some of the values"
        raise DataError(
            f"column {part.column.name!r} is {part.column.type}, which {given} does not fit; "
            "give another value"
        ) from problem
