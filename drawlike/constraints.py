"""What every row of a table keeps: rules that are declared beside its columns.

Examples
--------
>>> from drawlike.constraints import Inequality, Range
>>> schema = {"constraints": [Inequality("start", "end"), Range("age", low=0, high=120)]}
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from .errors import SchemaError

__all__ = [
    "FixedCombinations",
    "Increment",
    "Inequality",
    "OneHot",
    "Range",
    "Unique",
    "Where",
]

Name = str | int


@dataclass(frozen=True)
class Constraint:
    """A rule for the rows of a table; see its subclasses."""

    kind: ClassVar[str]

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule speaks of."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Give what a schema file holds."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        usual = {item.name: item.default for item in fields(self)}
        asked = {name: value for name, value in given.items() if value != usual[name]}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asked.items()}
        return {"type": self.kind, **plain}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> "Constraint":
        """Read what :meth:`to_dict` gave.

        Raises
        ------
        SchemaError
            If it is of no known type, or has other fields than those of its type.
        """
        named = dict(given) if isinstance(given, Mapping) else {}
        kind = named.pop("type", None)
        if kind not in KINDS:
            raise SchemaError(
                f"a constraint is written as {given!r}; give it a type, one of {', '.join(KINDS)}"
            )
        known = [item.name for item in fields(KINDS[kind])]
        if set(named) - set(known):
            raise SchemaError(
                f"the constraint {dict(given)!r} has other fields than {', '.join(known)}; "
                "leave them out"
            )
        try:
            return KINDS[kind](**named)
        except TypeError as problem:
            raise SchemaError(
                f"the constraint {dict(given)!r} lacks fields; give {', '.join(known)}"
            ) from problem


@dataclass(frozen=True)
class Inequality(Constraint):
    """One number, date or time is never above another: ``low <= high``.

    ``high`` is learned and drawn as ``low`` plus a gap that is not negative. Where one of the two
    is missing the rule holds.

    Parameters
    ----------
    low, high : str
        Columns.
    strict : bool
        ``low < high``.
    """

    kind: ClassVar[str] = "inequality"

    low: Name
    high: Name
    strict: bool = False

    def __post_init__(self) -> None:
        if self.low == self.high:
            raise SchemaError(f"Inequality compares {self.low!r} with itself; name two columns")

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule speaks of."""
        return self.low, self.high


@dataclass(frozen=True)
class Range(Constraint):
    """A number, date or time keeps within bounds, which may be reached.

    Parameters
    ----------
    column : str
    low, high : number or str, optional
        Dates and times in ISO 8601, as in a schema. A bound that is not given is that of the rows.
    """

    kind: ClassVar[str] = "range"

    column: Name
    low: float | str | None = None
    high: float | str | None = None

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise SchemaError(f"Range of {self.column!r} has no bound; give low, high or both")

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule speaks of."""
        return (self.column,)


@dataclass(frozen=True)
class _Together(Constraint):
    """A rule for several columns, which are learned as one category."""

    columns: Sequence[Name]

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", _several(self, self.columns, 2))

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule speaks of."""
        return tuple(self.columns)


@dataclass(frozen=True)
class FixedCombinations(_Together):
    """Only combinations of values that the rows hold are drawn, such as a city and its country.

    The columns are learned as one category. A combination that few rows hold is rare, as a
    category is; a missing value counts as a value.

    Parameters
    ----------
    columns : list of str
        Two columns or more.
    """

    kind: ClassVar[str] = "fixed_combinations"


@dataclass(frozen=True)
class OneHot(_Together):
    """Of several columns of 0 and 1, or of booleans, one is 1 in every row.

    They are learned as one category.

    Parameters
    ----------
    columns : list of str
        Two columns or more.
    """

    kind: ClassVar[str] = "one_hot"


@dataclass(frozen=True)
class Increment(Constraint):
    """A number is a whole multiple of a step: prices in units of 5, hours in halves.

    Parameters
    ----------
    column : str
    step : number
        Above 0, with at most 6 digits after the point.
    """

    kind: ClassVar[str] = "increment"

    column: Name
    step: float

    def __post_init__(self) -> None:
        if isinstance(self.step, bool) or not isinstance(self.step, int | float) or self.step <= 0:
            raise SchemaError(
                f"Increment of {self.column!r} has the step {self.step!r}; give a number above 0"
            )

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule speaks of."""
        return (self.column,)


@dataclass(frozen=True)
class Unique(Constraint):
    """No two rows of a sample hold the same values in these columns; missing ones may repeat.

    A single column of whole numbers or text is an identifier: fresh ones are drawn. Other keys
    are drawn again where they repeat, as often as is worth trying.

    Parameters
    ----------
    columns : str or list of str
    """

    kind: ClassVar[str] = "unique"

    columns: Name | Sequence[Name]

    def __post_init__(self) -> None:
        listed = [self.columns] if isinstance(self.columns, Name) else self.columns
        object.__setattr__(self, "columns", _several(self, listed, 1))

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule speaks of."""
        return tuple(self.columns)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Where(Constraint):
    """A condition that every row meets. Rows that do not are drawn again, within bounds.

    Parameters
    ----------
    condition : str or callable
        A comparison of columns, ``"hours * rate <= pay and kind != 'none'"``: numbers, quoted
        texts, dates in ISO 8601, ``+ - * / %``, ``and or not in``; a name that is no word stands
        in backticks. A comparison with a missing value does not hold. Or a function of a frame
        that gives a boolean for each row, (n,); a model with such a one cannot be kept.
    """

    kind: ClassVar[str] = "where"

    condition: str | Callable[[Any], Any]

    def __post_init__(self) -> None:
        if not (isinstance(self.condition, str) or callable(self.condition)):
            raise SchemaError(
                f"Where is given {self.condition!r}; give a comparison as text, or a function"
            )

    @property
    def names(self) -> tuple[Name, ...]:
        """Columns that the rule must find: those of a text are found when it is read."""
        return ()

    def to_dict(self) -> dict[str, Any]:
        """Give what a schema file holds; a function cannot be in one."""
        if callable(self.condition):
            name = getattr(self.condition, "__name__", "a function")
            raise SchemaError(
                f"Where({name}) holds a function, which cannot be kept: loading a model runs no "
                "code. Write the condition as text, Where('low + 2 <= high')"
            )
        return super().to_dict()


KINDS: dict[str, type[Any]] = {
    rule.kind: rule
    for rule in (Inequality, Range, FixedCombinations, OneHot, Increment, Unique, Where)
}


def read_constraints(given: Any) -> tuple[Constraint, ...]:
    """Bring a list of constraints, or of what schema files hold, to constraints."""
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise SchemaError(f"the constraints are {given!r}; give a list of them")
    return tuple(c if isinstance(c, Constraint) else Constraint.from_dict(c) for c in given)


def _several(rule: Constraint, columns: Any, least: int) -> tuple[Name, ...]:
    if isinstance(columns, str) or not isinstance(columns, Sequence):
        raise SchemaError(f"{type(rule).__name__} is given {columns!r}; give a list of columns")
    if len(columns) < least or len(set(columns)) < len(columns):
        raise SchemaError(
            f"{type(rule).__name__} names the columns {list(columns)}; give {least} or more, each "
            "of them once"
        )
    return tuple(columns)
