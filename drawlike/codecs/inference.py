"""What a table's columns are, detected; what a person declares of them wins."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..constraints import Unique, read_constraints
from ..errors import SchemaError
from ..events import SILENT, Emitter
from .cells import Cells, ColumnForm, Name, storage
from .detection import describe
from .frames import Frame
from .rarity import KEEP
from .schema import Column, Schema, nearest

Overrides = Schema | Mapping[Name, Any] | None


def infer_schema(frame: Any, overrides: Overrides = None, events: Emitter = SILENT) -> Schema:
    """Detect what each column of a table is.

    Parameters
    ----------
    frame : pandas, polars or pyarrow frame
    overrides : Schema or mapping, optional
        What you know better, a column: a type, ``{"zip": "category"}``, or some fields,
        ``{"age": {"low": 0, "high": 120}}``. ``{"rare": "keep"}``, or a number of rows, stands
        for all columns, ``{"constraints": [...]}`` for rows.

    Raises
    ------
    SchemaError
        If the overrides name an unknown column, or a type that the values do not allow.
    """
    table = frame if isinstance(frame, Frame) else Frame(frame)
    schema, declared = as_schema(overrides), declared_of(overrides, table)
    found = []
    for step, name in enumerate(table.names):
        events.progress(step, len(table.names), unit="columns")
        found.append(describe_column(table, name, declared.get(name))[0])
    events.progress(len(table.names), len(table.names), unit="columns")
    return Schema(tuple(found), schema.rare, schema.constraints)


def describe_column(
    table: Frame, name: Name, declared: Column | None
) -> tuple[Column, ColumnForm, Cells]:
    """Read one column and detect what it is; what is declared wins."""
    form, cells = table.read(name)
    return Column(**describe(declared or Column(name), form, cells)), form, cells


def as_overrides(overrides: Overrides, names: Iterable[Name]) -> dict[Name, Column]:
    """Bring overrides of any form to a column a name, refusing names that the table lacks."""
    schema, listed = as_schema(overrides), list(names)
    columns = {column.name: column for column in schema.columns}
    ruled = (name for rule in schema.constraints for name in rule.names)
    for name in (*columns, *ruled):
        if name not in listed:
            shown = [str(known) for known in listed]
            raise SchemaError(
                f"the schema names a column {name!r} that the table does not have; "
                f"{nearest(str(name), shown)}the table has {', '.join(shown)}"
            )
    if schema.rare is None:
        return columns
    all_columns = (columns.get(name, Column(name)) for name in listed)
    return {c.name: c if c.rare else replace(c, rare=schema.rare) for c in all_columns}


def declared_of(overrides: Overrides, frame: Frame) -> dict[Name, Column]:
    """What is declared of columns, single keys of whole numbers or texts as identifiers."""
    rules, found = as_schema(overrides).constraints, as_overrides(overrides, frame.names)
    for rule in rules:
        if isinstance(rule, Unique) and len(rule.names) == 1:
            name = rule.names[0]
            column = found.get(name, Column(name))
            if column.type is None and _may_name_rows(frame, name):
                found[name] = replace(column, type="identifier")
    return found


def _may_name_rows(frame: Frame, name: Name) -> bool:
    form, cells = frame.read(name)
    return form.categories is None and storage(cells.values.type) in ("integer", "string")


def as_schema(overrides: Overrides) -> Schema:
    """Bring overrides of any form to a schema."""
    if isinstance(overrides, Schema):
        return overrides
    given = dict(overrides or {})
    # no column is declared by a list, a number, or a type that is called "keep"
    rare = given.pop("rare") if given.get("rare") == KEEP or _is_count(given.get("rare")) else None
    rules = given.pop("constraints") if _is_list(given.get("constraints")) else ()
    columns = tuple(_as_column(name, value) for name, value in given.items())
    return Schema(columns, rare, read_constraints(rules))


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _as_column(name: Name, given: Any) -> Column:
    if isinstance(given, Column):
        return replace(given, name=name)
    if isinstance(given, str):
        return Column(name, given)
    if isinstance(given, Mapping):
        return Column.from_dict({**given, "name": name})
    raise SchemaError(
        f"column {name!r} is declared as {given!r}; give a type such as 'category', "
        "or fields such as {'low': 0}"
    )
