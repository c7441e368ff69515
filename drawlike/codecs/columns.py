"""How each type of column is encoded."""

from dataclasses import replace
from typing import Any, ClassVar, Protocol

import numpy as np

from ..errors import SchemaError
from ..layout import Block
from .bins import Bins
from .categories import Categories, Constant
from .cells import Cells
from .identifiers import STYLES, Identifiers
from .numbers import Numbers, fit_numbers
from .ranges import readable
from .rarity import fewest_rows
from .scales import Scale
from .schema import Column

_COUNTED = ("integer", "date")


class ColumnCodec(Protocol):
    """One column as encoded columns; every way of encoding a column does this."""

    tag: ClassVar[str]

    @property
    def block(self) -> Block | None:
        """What the encoded columns mean; None when there are none."""
        ...

    def encode(self, cells: Cells) -> np.ndarray:
        """(n, width); NaN in the first column is a value never seen in fit."""
        ...

    def decode(self, encoded: np.ndarray, rng: np.random.Generator) -> Cells:
        """Cells of encoded columns."""
        ...

    def log_jacobian(self, cells: Cells) -> np.ndarray:
        """(n,) nats; -inf for a value never seen in fit."""
        ...

    def state(self) -> dict[str, Any]:
        """Nested JSON values and arrays."""
        ...


CODECS: dict[str, Any] = {
    kind.tag: kind for kind in (Categories, Constant, Numbers, Bins, Identifiers)
}


def fit_column(
    column: Column, cells: Cells, weight: np.ndarray | None, numbers: str
) -> ColumnCodec:
    """Learn one column by its type; ``numbers`` names the map of its real part."""
    fit = _FITS.get(column.type or "", _fit_numbers)
    return fit(column, cells, weight, numbers)


def read_cells(column: Column, cells: Cells) -> Cells:
    """Give cells with texts read as the numbers or times that they spell."""
    return replace(cells, values=readable(column.name, column.type or "", column.format, cells))


def _fit_numbers(
    column: Column, cells: Cells, weight: np.ndarray | None, numbers: str
) -> ColumnCodec:
    read = read_cells(column, cells)
    scale = Scale.fit(read.observed, column.decimals, column.step, low=column.low, high=column.high)
    counted = column.type in _COUNTED
    return fit_numbers(str(column.name), read, scale, weight, numbers, counted=counted)


def _fit_categories(
    column: Column, cells: Cells, weight: np.ndarray | None, numbers: str
) -> ColumnCodec:
    if column.type == "boolean":
        return Categories.fit(str(column.name), cells, weight, by_value=True)
    fewest = fewest_rows(column.rare, len(cells))
    fitted = Categories.fit(str(column.name), cells, weight, by_value=False, fewest=fewest)
    if not len(fitted.values):
        raise SchemaError(
            f"column {column.name!r}: none of its {column.n_distinct} values is held by {fewest} "
            f"rows, so that none may be drawn; declare schema={{{column.name!r}: "
            "'identifier'} for fresh placeholders, or {'rare': 'keep'} to draw them as they are"
        )
    return fitted


def _fit_identifiers(
    column: Column, cells: Cells, weight: np.ndarray | None, numbers: str
) -> ColumnCodec:
    style = column.format if column.format in STYLES else "pattern"
    return Identifiers.fit(str(column.name), read_cells(column, cells), style)


def _fit_constant(
    column: Column, cells: Cells, weight: np.ndarray | None, numbers: str
) -> ColumnCodec:
    return Constant.fit(cells)


def _refuse_text(
    column: Column, cells: Cells, weight: np.ndarray | None, numbers: str
) -> ColumnCodec:
    example = cells.observed[0].as_py()
    raise SchemaError(
        f"column {column.name!r} is free text ({column.note or 'as declared'}, such as "
        f"{example[:40]!r}), which a table model cannot write; remove the column, or declare it "
        f'with schema={{{column.name!r}: {{"type": "category", "rare": "keep"}}}} to copy whole '
        'values, or "identifier" for fresh placeholders'
    )


_FITS = {
    "category": _fit_categories,
    "boolean": _fit_categories,
    "identifier": _fit_identifiers,
    "constant": _fit_constant,
    "text": _refuse_text,
}
