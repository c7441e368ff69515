"""Columns of cells as the same kind of frame that they came in."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import MissingExtraError
from .cells import MISSING, Cells, Coded, ColumnForm, Name, canonical, with_nan


def build(
    kind: str, forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells | Coded]
) -> Any:
    """Build a frame of a kind from its columns, in the order of ``forms``."""
    if kind == "pandas":
        return _build_pandas(forms, columns)
    whole = {name: c.cells if isinstance(c, Coded) else c for name, c in columns.items()}
    return _BUILDERS[kind](forms, whole)


def _build_pandas(
    forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells | Coded]
) -> pd.DataFrame:
    built = {name: _pandas_column(form, columns[name]) for name, form in forms.items()}
    return pd.DataFrame(built, columns=list(forms), copy=False)


def _pandas_column(form: ColumnForm, column: Cells | Coded) -> Any:
    if isinstance(column, Coded):  # text is made once a code, and not once a row
        return _to_pandas(form, column.listed).take(column.codes)
    return _to_pandas(form, column)


def _to_pandas(form: ColumnForm, cells: Cells) -> Any:
    values = with_nan(cells)
    if form.categories is not None and form.categories_dtype:
        listed = Cells(form.categories, np.zeros(len(form.categories), np.int8))
        kind = ColumnForm(form.categories_dtype, form.categories.type)
        dtype = pd.CategoricalDtype(pd.Index(_to_pandas(kind, listed)), form.ordered)
        return pd.Categorical.from_codes(_positions(cells.values, form.categories, -1), dtype=dtype)
    dtype = _pandas_dtype(form)
    if dtype == object:
        return _to_objects(form, cells)
    if isinstance(dtype, pd.ArrowDtype):
        return pd.arrays.ArrowExtensionArray(_to_arrow(form, cells))
    if isinstance(dtype, pd.api.extensions.ExtensionDtype):
        return dtype.__from_arrow__(pa.chunked_array([values.cast(form.type)]))
    return values.to_numpy(zero_copy_only=False).astype(dtype, copy=False)


def _pandas_dtype(form: ColumnForm) -> Any:
    if form.dtype.startswith("ArrowDtype("):
        return pd.ArrowDtype(form.type)
    if form.dtype == "str":
        return pd.StringDtype(na_value=np.nan)
    return pd.api.types.pandas_dtype(form.dtype)


def _to_objects(form: ColumnForm, cells: Cells) -> np.ndarray:
    listed = cells.values.cast(form.type).to_pandas(date_as_object=True, integer_object_nulls=True)
    out = listed.astype(object).to_numpy(copy=True)
    for kind in cells.missing_kinds():
        out[cells.missing == kind] = MISSING[kind]
    return out


def _build_polars(forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells]) -> Any:
    try:
        import polars as pl
    except ImportError as problem:
        raise MissingExtraError(
            "the model was fitted on a polars frame; pip install polars to draw such frames"
        ) from problem

    def series(name: Name, form: ColumnForm) -> Any:
        plain = pl.Series(str(name), with_nan(columns[name]).cast(form.type))
        if form.categories is None:
            return plain
        listed = form.categories.to_pylist()
        return plain.cast(pl.Enum(listed) if form.dtype == "Enum" else pl.Categorical)

    return pl.DataFrame([series(name, form) for name, form in forms.items()])


def _build_pyarrow(forms: Mapping[Name, ColumnForm], columns: Mapping[Name, Cells]) -> pa.Table:
    arrays = [_to_arrow(form, columns[name]) for name, form in forms.items()]
    return pa.table(arrays, names=[str(name) for name in forms])


def _to_arrow(form: ColumnForm, cells: Cells) -> pa.Array:
    if not pa.types.is_dictionary(form.type):
        return with_nan(cells).cast(form.type)
    codes = pc.index_in(cells.values, value_set=canonical(form.categories))
    codes = codes.cast(form.type.index_type)
    return pa.DictionaryArray.from_arrays(codes, form.categories, ordered=form.ordered)


def _positions(values: pa.Array, listed: pa.Array, absent: int) -> np.ndarray:
    found = pc.index_in(values.cast(listed.type), value_set=listed)
    return pc.fill_null(found, absent).to_numpy(zero_copy_only=False)


_BUILDERS: dict[str, Callable[..., Any]] = {
    "polars": _build_polars,
    "pyarrow": _build_pyarrow,
}
