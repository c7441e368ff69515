"""The columns of a table, learned one after the other, those that rules tie together at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from ..constraints import Constraint, FixedCombinations, Increment, OneHot, Range, Unique
from ..errors import DataError, SchemaError
from ..events import Emitter
from .categories import Categories
from .cells import Cells, ColumnForm, Name, storage
from .columns import fit_column, read_cells
from .detection import NUMBERS
from .frames import Frame
from .inference import Overrides, as_schema, declared_of, describe_column
from .parts import CellsOf, Part, without_rare, without_words
from .rarity import fewest_rows
from .rules import Gap, Joint, breaks, find_relations, repeats
from .rules.relations import Asked
from .schema import Column

_SHOWN = 5  # rows that break a rule
_FINEST = 10**6  # parts of a unit
_Described = tuple[Column, ColumnForm, Cells]


class Learned:
    """Learns the parts of a table.

    Parameters
    ----------
    weight : ndarray, (n,) or None
    numbers : str
        How numbers are encoded.
    hidden : set of names
        Columns that are not encoded.
    """

    def __init__(
        self,
        frame: Frame,
        overrides: Overrides,
        weight: np.ndarray | None,
        numbers: str,
        hidden: set[Name],
    ) -> None:
        self.weight = None if weight is None else _checked_weight(weight, frame.height)
        self.frame, self.numbers, self.hidden = frame, numbers, hidden
        self.rules = as_schema(overrides).constraints
        self.declared = declared_of(overrides, frame)
        self.combinations: tuple[Joint, ...] = ()  # that are not encoded as such
        self._tied: dict[Name, _Described] = {}
        self._joints: dict[tuple[Name, ...], Joint] = {}

    def parts(self, events: Emitter) -> Iterator[Part]:
        """Learn and give a part for each column."""
        asked = self._relations()
        for step, name in enumerate(self.frame.names):
            events.progress(step, len(self.frame.names), unit="columns")
            part = self._part(name, asked)
            if part.column.note:
                events.warning(f"column {name!r}: {part.column.note}", name=str(name))
            yield part
        events.progress(len(self.frame.names), len(self.frame.names), unit="columns")

    def _relations(self) -> Asked:
        """Check the rows by the rules, and choose what is encoded together."""
        names = dict.fromkeys(name for rule in self.rules for name in rule.names)
        self._tied = {name: self._described(name) for name in names}
        told = CellsOf(self.frame, lambda name: _read(*self._described(name)))
        check_rows(self.rules, told, self.frame)
        free = set(names) - self.hidden
        measured = {name for name in free if self._tied[name][0].type in NUMBERS}
        asked = find_relations(self.rules, free, measured)
        self.combinations = tuple(
            Joint.fit(rule.names, told, self._fewest(rule.names))
            for rule in self.rules
            if isinstance(rule, FixedCombinations) and rule.names not in asked.together
        )
        return asked

    def _part(self, name: Name, asked: Asked) -> Part:
        column, form, cells = self._described(name)
        column = _ruled(column, self.rules, cells)
        if name in self.hidden:
            return Part(column, form, None)
        group = next((group for group in asked.together if name in group), None)
        if group:
            return self._together(name, column, form, group)
        if name in asked.below:
            part = self._above(column, form, asked.below[name])
            if part:
                return part
        codec = fit_column(column, cells, self.weight, self.numbers)
        return Part(column, without_rare(form, codec), codec)

    def _together(
        self, name: Name, column: Column, form: ColumnForm, group: tuple[Name, ...]
    ) -> Part:
        cells = {member: _read(*self._tied[member]) for member in group}
        fewest = self._fewest(group)
        if group not in self._joints:
            self._joints[group] = Joint.fit(group, cells, fewest)
        joint = self._joints[group]
        form = without_words(form, joint.rare_words(name))
        if name != group[0]:
            return Part(column, form, None, carrier=group[0])
        _refuse_all_rare(joint, fewest)
        shown, numbers = ", ".join(map(str, group)), joint.carried(cells)
        codec = Categories.fit(shown, numbers, self.weight, by_value=False, fewest=fewest)
        column = replace(column, note=_rare_note(column, joint, fewest))
        return Part(column, form, codec, joint)

    def _above(self, column: Column, form: ColumnForm, lows: tuple[Name, ...]) -> Part | None:
        cells = {name: _read(*self._tied[name]) for name in (*lows, column.name)}
        found = Gap.fit(column, lows, cells)
        if found is None:
            return None
        gap, described = found
        gaps = gap.carried(cells)
        known = (gaps.missing > 0) | np.asarray(gaps.values.is_valid())
        some = Cells(gaps.values.filter(pa.array(known)), gaps.missing[known])
        weight = None if self.weight is None else self.weight[known]
        return Part(column, form, fit_column(described, some, weight, self.numbers), gap)

    def _fewest(self, group: tuple[Name, ...]) -> int:
        """Rows that a combination needs: what the strictest of its columns asks for."""
        if any(isinstance(rule, OneHot) and rule.names == group for rule in self.rules):
            return 1
        n = self.frame.height
        plain = ("boolean", "integer", "date")
        columns = [self._tied[name][0] for name in group]
        asked = [fewest_rows(c.rare, n) for c in columns if c.type not in plain]
        return max(asked, default=1)

    def _described(self, name: Name) -> _Described:
        if name in self._tied:
            return self._tied[name]
        declared = self.declared.get(name)
        column, form, cells = describe_column(self.frame, name, declared)
        is_joined = any(name in getattr(rule, "columns", ()) for rule in self._joining())
        if is_joined and column.type in ("identifier", "text"):
            declared = replace(declared or Column(name), type="category")
            return describe_column(self.frame, name, declared)
        return column, form, cells

    def _joining(self) -> Iterable[Constraint]:
        return (rule for rule in self.rules if rule.kind in ("fixed_combinations", "one_hot"))


def check_rows(rules: Iterable[Constraint], cells: Mapping[Name, Cells], frame: Frame) -> None:
    """Refuse rows that break a rule.

    Raises
    ------
    DataError
        With the numbers of some of the rows.
    """
    for rule in rules:
        broken = breaks(rule, cells, frame.native, frame.height)
        if isinstance(rule, Unique):
            broken |= repeats(rule, cells)
        rows = np.flatnonzero(broken)
        if len(rows):
            listed = ", ".join(map(str, rows[:_SHOWN])) + (", ..." if len(rows) > _SHOWN else "")
            raise DataError(
                f"{len(rows)} of {frame.height} rows break {rule}: rows {listed} (counted from "
                "0). Mend or remove them, or leave the constraint out"
            )


def _read(column: Column, form: ColumnForm, cells: Cells) -> Cells:
    return read_cells(column, cells) if column.type in NUMBERS else cells


def _refuse_all_rare(joint: Joint, fewest: int) -> None:
    """Refuse columns of which every combination is rare."""
    if not joint.n_drawn:
        raise SchemaError(
            f"columns {', '.join(map(repr, joint.columns))}: none of their combinations is held by "
            f"{fewest} rows, so that none may be drawn; leave the rule out, or allow them with "
            'schema={"rare": "keep"}'
        )


def _rare_note(column: Column, joint: Joint, fewest: int) -> str | None:
    n_rare = len(joint.listed[0]) - joint.n_drawn
    if not n_rare:
        return column.note
    said = f"{n_rare} rare combinations with {', '.join(map(repr, joint.absorbed))}"
    said = f"{said} (fewer than {fewest} rows each) are never drawn; rare='keep' allows them"
    return said if column.note is None else f"{column.note}; {said}"


def _ruled(column: Column, rules: Iterable[Constraint], cells: Cells) -> Column:
    """Give a number the bounds and the step that its rules name."""
    for rule in rules:
        if isinstance(rule, Range) and rule.column == column.name and column.type in NUMBERS:
            bounds: dict[str, Any] = {"low": rule.low, "high": rule.high}
            column = replace(column, **{k: v for k, v in bounds.items() if v is not None})
        if isinstance(rule, Increment) and rule.column == column.name and column.type in NUMBERS:
            column = _stepped(column, rule, cells)
    return column


def _stepped(column: Column, rule: Increment, cells: Cells) -> Column:
    """Give a number the rule's step, on a grid that can write it."""
    step = Fraction(str(rule.step))
    if column.step is None or step.denominator > _FINEST:
        raise SchemaError(
            f"{rule}: it has more digits after the point than the {len(str(_FINEST)) - 1} that a "
            "grid can have, or its values have; round them first"
        )
    if storage(cells.values.type) == "integer" or column.decimals is None:
        return replace(column, step=step.numerator)  # whole multiples of p/q are those of p
    digits = next(d for d in range(7) if 10**d % step.denominator == 0)
    return replace(column, step=rule.step, decimals=max(column.decimals, digits))


def _checked_weight(weight: Any, n: int) -> np.ndarray:
    values = np.asarray(weight, np.float64)
    if values.shape != (n,) or not np.isfinite(values).all() or (values < 0).any():
        raise DataError(
            f"the weights have shape {values.shape}; expected {n} finite numbers, none negative"
        )
    if not values.any():
        raise DataError("all weights are zero; give at least one row a positive weight")
    return values
