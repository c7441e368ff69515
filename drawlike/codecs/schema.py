"""What each column of a table is: detected, shown, written to a file, changed by the user."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any, Self

from ..constraints import Constraint, read_constraints
from ..errors import SchemaError
from .cells import Name
from .rarity import KEEP, Fewest

TYPES = (
    "real",
    "integer",
    "category",
    "boolean",
    "datetime",
    "date",
    "time",
    "duration",
    "identifier",
    "text",
    "constant",
)
_VERSION = 1
_KINDS: dict[str, tuple[Any, str]] = {
    "nullable": (bool, "true or false"),
    "low": (float | int | str, "a number, or a date or time as text"),
    "high": (float | int | str, "a number, or a date or time as text"),
    "decimals": (int, "a whole number"),
    "step": (float | int, "a number"),
    "format": (str, 'text such as "%Y-%m-%d"'),
    "rare": (int | str, 'a number of rows, or "keep"'),
}


@dataclass(frozen=True)
class Column:
    """One column of a table; a field that is None is left to detection.

    Parameters
    ----------
    type : str, optional
        One of ``TYPES``: how the column is modelled.
    dtype : str, optional
        How the frame stores it; shown, not asked for.
    nullable : bool, optional
        Whether cells may be missing; False refuses tables in which they are.
    low, high : number or str, optional
        Bounds that no drawn value leaves: dates and times in ISO 8601, durations in seconds.
    decimals : int, optional
        Digits after the point of every drawn value.
    step : number, optional
        Drawn values are whole multiples of it away from the lowest value: days for dates,
        seconds for other times.
    format : str, optional
        How text spells the value, ``"%Y-%m-%d"`` or ``"%.2f"``; for identifiers their pattern.
    rare : int or "keep", optional
        Rows that must hold a category for it to be drawn, by default 5, and in a table of fewer
        than 50 rows one in ten. A rarer one is unobserved to a model, which draws the others in
        its place; a row that holds it has no density. ``"keep"`` draws all.
    n_distinct : int, optional
        Number of distinct values seen; shown, not asked for.
    note : str, optional
        What a person should know before fitting; shown, not asked for.
    """

    name: Name
    type: str | None = None
    dtype: str | None = None
    nullable: bool | None = None
    low: float | str | None = None
    high: float | str | None = None
    decimals: int | None = None
    step: float | None = None
    format: str | None = None
    rare: Fewest = None
    n_distinct: int | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        if self.type is not None and self.type not in TYPES:
            raise SchemaError(
                f"column {self.name!r} has the type {self.type!r}; "
                f"{nearest(str(self.type), TYPES)}use one of {', '.join(TYPES)}"
            )
        for field, (kinds, expected) in _KINDS.items():
            value = getattr(self, field)
            if value is not None and not isinstance(value, kinds):
                raise SchemaError(
                    f"column {self.name!r} has {field} = {value!r}; expected {expected}"
                )
        check_rare(self.rare, f"column {self.name!r}")

    def to_dict(self) -> dict[str, Any]:
        """Give the fields that are set."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """Read fields, refusing unknown ones."""
        known = [item.name for item in fields(cls)]
        for key in given:
            if key not in known:
                raise SchemaError(
                    f"column {given.get('name')!r} has an unknown field {key!r}; "
                    f"{nearest(str(key), known)}use some of {', '.join(known)}"
                )
        if not isinstance(given.get("name"), str | int):
            raise SchemaError(f"a column of the schema has no name: {dict(given)!r}; add one")
        return cls(**given)


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in order, or overrides for some of them.

    ``rare`` is that of :class:`Column`, for all columns that do not say; ``constraints`` are what
    every row keeps, see :mod:`drawlike.constraints`.

    Examples
    --------
    >>> import pandas as pd
    >>> from drawlike.codecs import infer_schema
    >>> schema = infer_schema(pd.DataFrame({"age": range(30, 60), "code": ["x", "y"] * 15}))
    >>> [(column.name, column.type) for column in schema.columns]
    [('age', 'integer'), ('code', 'category')]
    """

    columns: tuple[Column, ...] = ()
    rare: Fewest = None
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        check_rare(self.rare, "the schema")
        if len({column.name for column in self.columns}) < len(self.columns):
            raise SchemaError(f"the schema names a column twice: {self.names}; keep one of each")

    @property
    def names(self) -> list[Name]:
        """Names of the columns, in order."""
        return [column.name for column in self.columns]

    def get(self, name: Name) -> Column | None:
        """Give the column of that name, None if the schema does not speak of it."""
        return next((column for column in self.columns if column.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Give nested JSON values."""
        columns = [column.to_dict() for column in self.columns]
        return {"version": _VERSION, **self._of_all(), "columns": columns}

    def to_json(self) -> str:
        """Write the schema, a line a column, for a person to read and edit."""
        lines = [json.dumps(column.to_dict(), ensure_ascii=False) for column in self.columns]
        listed = ",\n    ".join(lines)
        facts = {"version": _VERSION, **self._of_all()}
        head = "".join(
            f'  "{key}": {json.dumps(value, ensure_ascii=False)},\n' for key, value in facts.items()
        )
        return f'{{\n{head}  "columns": [\n    {listed}\n  ]\n}}\n'

    def _of_all(self) -> dict[str, Any]:
        """What is declared of the whole table."""
        rare = {} if self.rare is None else {"rare": self.rare}
        rules = [rule.to_dict() for rule in self.constraints]
        return {**rare, "constraints": rules} if rules else rare

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_dict` gave."""
        columns = given.get("columns", []) if isinstance(given, Mapping) else None
        if not isinstance(columns, list) or not all(isinstance(c, Mapping) for c in columns):
            raise SchemaError('a schema needs "columns": [{"name": ..., "type": ...}, ...]')
        if given.get("version", _VERSION) != _VERSION:
            raise SchemaError(
                f"the schema has version {given['version']!r}, this library reads {_VERSION}; "
                "update drawlike or infer the schema again"
            )
        if unknown := set(given) - {"version", "columns", "rare", "constraints"}:
            raise SchemaError(
                f"the schema has unknown fields {sorted(unknown)}; use some of version, columns, "
                "rare, constraints"
            )
        listed = tuple(Column.from_dict(column) for column in columns)
        return cls(listed, given.get("rare"), read_constraints(given.get("constraints", [])))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read the text of a schema file.

        Raises
        ------
        SchemaError
            If it is not JSON (with the line), or names an unknown field or type.
        """
        try:
            return cls.from_dict(json.loads(text))
        except json.JSONDecodeError as problem:
            raise SchemaError(
                f"the schema is not valid JSON: line {problem.lineno}, column {problem.colno}: "
                f"{problem.msg}; mend it, or infer the schema again"
            ) from problem

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read the text of a schema file in TOML: ``[[columns]]``, ``[[constraints]]``.

        Raises
        ------
        SchemaError
            If it is not TOML (with the line), or names an unknown field or type.
        """
        try:
            return cls.from_dict(tomllib.loads(text))
        except tomllib.TOMLDecodeError as problem:
            raise SchemaError(f"the schema is not valid TOML: {problem}; mend it") from problem


def check_rare(rare: Fewest, where: str) -> None:
    """Refuse a threshold that is no number of rows."""
    if rare is not None and rare != KEEP and (isinstance(rare, bool | str) or rare < 1):
        raise SchemaError(
            f"{where} has rare = {rare!r}; give the fewest rows that a category needs to be "
            f'drawn, 1 or more, or "{KEEP}" for all'
        )


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that is most like one; empty if none is."""
    match = get_close_matches(word, list(known), 1)
    return f"did you mean {match[0]!r}? " if match else ""
