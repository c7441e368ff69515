"""Which rules are kept by the way in which columns are encoded."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, ClassVar, NamedTuple, Protocol

from ...constraints import Constraint, FixedCombinations, Inequality, OneHot
from ..cells import Cells, Name
from .gap import Gap
from .joint import Joint


class Relation(Protocol):
    """Columns that are encoded together, in the place of one of them."""

    tag: ClassVar[str]

    @property
    def carrier(self) -> Name:
        """The column in whose place they are encoded."""
        ...

    @property
    def needs(self) -> tuple[Name, ...]:
        """All columns that the encoding reads."""
        ...

    @property
    def absorbed(self) -> tuple[Name, ...]:
        """Columns that have no encoding of their own."""
        ...

    def carried(self, cells: Mapping[Name, Cells]) -> Cells:
        """What is encoded, from the cells of the columns, (n,)."""
        ...

    def restored(self, carried: Cells, cells: Mapping[Name, Cells]) -> dict[Name, Cells]:
        """Cells of the columns, from what was encoded and the cells of others, (n,)."""
        ...

    def state(self) -> dict[str, Any]:
        """Nested JSON values and arrays."""
        ...


RELATIONS: dict[str, Any] = {kind.tag: kind for kind in (Gap, Joint)}


class Asked(NamedTuple):
    """Relations that a table's rules ask for: columns together, and what lies below a column."""

    together: tuple[tuple[Name, ...], ...]
    below: dict[Name, tuple[Name, ...]]


def find_relations(rules: Iterable[Constraint], together: set[Name], measured: set[Name]) -> Asked:
    """Choose the rules that can be kept by construction; the others are kept by redrawing.

    ``together`` are columns that may be in a combination, ``measured`` those that have gaps. A
    column is in one combination, and inequalities do not go round in a circle.
    """
    rules = list(rules)
    groups: list[tuple[Name, ...]] = []
    for rule in rules:
        if isinstance(rule, FixedCombinations | OneHot) and together.issuperset(rule.names):
            groups.append(rule.names)
            together = together - set(rule.names)
    taken = {name for group in groups for name in group}
    below: dict[Name, tuple[Name, ...]] = {}
    for rule in rules:
        if isinstance(rule, Inequality) and measured.issuperset(rule.names):
            more = {**below, rule.high: (*below.get(rule.high, ()), rule.low)}
            if rule.high not in taken and _ordered(more) is not None:
                below = more
    return Asked(tuple(groups), below)


def in_order(parts: Iterable[Any]) -> tuple[Any, ...]:
    """Parts with a relation, each after those that its columns are restored by."""
    carried = {part.column.name: part for part in parts}
    maker = {
        made: name for name, part in carried.items() for made in (name, *part.relation.absorbed)
    }
    after = {
        name: tuple({maker[n] for n in part.relation.needs if n in maker} - {name})
        for name, part in carried.items()
    }
    return tuple(carried[name] for name in _ordered(after) or ())


def _ordered(below: Mapping[Name, tuple[Name, ...]]) -> tuple[Name, ...] | None:
    """Columns, each after those below it; None where they go round in a circle."""
    try:
        return tuple(TopologicalSorter(below).static_order())
    except CycleError:
        return None
