"""Columns that are no data: row numbers that programs write beside a table."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from ...codecs.schema import Schema
from ...datasets import Dataset

# pandas writes its index under no name or these; "c0" is what our reader calls no name
_ARTEFACT = re.compile(r"|Unnamed: ?\d+|index|level_0|__index_level_0__|c0")


def row_numbers(data: Dataset) -> list[str]:
    """Names of columns that only number the rows, and are no data.

    Such a column has one of the names that programs give, and different whole numbers from 0
    on. What the schema declares, or is the label, is data.
    """
    if data.kind != "table":
        return []
    frame = nw.from_native(data.X, eager_only=True)
    taken = {*_declared(data.schema), data.label}
    headerless = "c1" in frame.columns
    return [
        name
        for name in frame.columns
        if name not in taken
        and _ARTEFACT.fullmatch(str(name))
        and not (name == "c0" and headerless)
        and _counts(frame[name].to_numpy())
    ]


def columns(data: Dataset) -> set[str]:
    """Names of a table's columns; none of other data."""
    return set(nw.from_native(data.X, eager_only=True).columns) if data.kind == "table" else set()


def without(data: Dataset, names: Collection[str]) -> Dataset:
    """Give the rows without some columns."""
    if not names:
        return data
    frame = nw.from_native(data.X, eager_only=True)
    return replace(data, X=frame.drop([n for n in frame.columns if n in names]).to_native())


def _declared(schema: Schema | Mapping[str, object] | None) -> Iterable[object]:
    if isinstance(schema, Schema):
        return [column.name for column in schema.columns]
    return schema or ()


def _counts(values: np.ndarray[Any, Any]) -> bool:
    """Whether values are different whole numbers from 0 on, written as numbers or as text."""
    try:
        numbers = values.astype(float)
    except (TypeError, ValueError):
        return False
    whole = bool(np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all())
    return whole and bool((numbers >= 0).all()) and len(np.unique(numbers)) == len(numbers)
