"""A column of a table's codec, and its cells in another table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError, SchemaError
from ..layout import Block
from .cells import Cells, ColumnForm, Name, canonical, storage
from .columns import ColumnCodec, read_cells
from .detection import NUMBERS
from .frames import Frame, to_cells
from .rules import Gap, Relation
from .schema import Column
from .spelling import reading


@dataclass(frozen=True)
class Part:
    """A column: what it is, how the frame holds it, how it is encoded (None: it is not).

    With a ``relation`` what is encoded is not the column but what the relation makes of it and
    others. ``carrier`` is the column in whose place another one is encoded.
    """

    column: Column
    form: ColumnForm
    codec: ColumnCodec | None
    relation: Relation | None = None
    carrier: Name | None = None

    @property
    def is_encoded(self) -> bool:
        """Whether the encoded rows tell the column."""
        return self.codec is not None or self.carrier is not None

    @property
    def block(self) -> Block | None:
        """What the encoded columns are, None if there are none."""
        return self.codec.block if self.codec else None


def without_rare(form: ColumnForm, codec: ColumnCodec) -> ColumnForm:
    """Form of a column whose listed categories are those that may be drawn."""
    rare = getattr(codec, "rare", None)
    return form if rare is None else without_words(form, rare)


def without_words(form: ColumnForm, words: pa.Array) -> ColumnForm:
    """Form of a column whose listed categories are not among the words."""
    if form.categories is None:
        return form
    listed = canonical(form.categories)
    kept = pc.invert(pc.is_in(listed, value_set=words.cast(listed.type)))
    return replace(form, categories=form.categories.filter(kept))


def matching(part: Part, frame: Frame) -> Cells:
    """Read a column of another table, if its values are of the kind that fit got."""
    _, cells = frame.read(part.column.name)
    got, expected = (storage(kind) for kind in (cells.values.type, part.form.values_type))
    numeric = {got, expected} <= {"integer", "float"}
    is_blank = got == "null" or not len(cells.observed)
    if got != expected and not is_blank and expected != "null" and not numeric:
        raise SchemaError(
            f"column {part.column.name!r} holds {got} values, in training it held {expected} "
            f"values ({part.form.dtype}); convert it to the same type"
        )
    if is_blank and got not in ("null", expected) and not numeric:
        cells = replace(cells, values=pa.nulls(len(cells)))
    return read(part, cells)


def read(part: Part, cells: Cells) -> Cells:
    """Cells with texts read as the numbers or times that they spell."""
    return read_cells(part.column, cells) if part.column.type in NUMBERS else cells


class CellsOf(Mapping[Name, Cells]):
    """Cells of a frame's columns, each read when it is asked for.

    Parameters
    ----------
    frame : Frame
    read : callable
        Gives the cells of the column of a name, texts read as what they spell.
    """

    def __init__(self, frame: Frame, read: Callable[[Name], Cells]) -> None:
        self._frame, self._read = frame, read
        self._seen: dict[Name, Cells] = {}

    def __getitem__(self, name: Name) -> Cells:
        """Cells of one column."""
        if name not in self._frame.names:
            raise KeyError(name)
        if name not in self._seen:
            self._seen[name] = self._read(name)
        return self._seen[name]

    def __iter__(self) -> Iterator[Name]:
        """Names of the columns."""
        return iter(self._frame.names)

    def __len__(self) -> int:
        """Number of columns."""
        return len(self._frame.names)


def unobserved(cells: Cells) -> np.ndarray:
    """Which cells hold nothing that a codec knows, and are not missing, (n,)."""
    if not cells.values.null_count:
        return np.zeros(len(cells), bool)
    return cells.values.is_null().to_numpy(zero_copy_only=False) & (cells.missing == 0)


def unknown_jacobian(part: Part) -> float:
    """Log-Jacobian of such a cell: a gap is marginalised, a new combination has no density."""
    return 0.0 if isinstance(part.relation, Gap) else -np.inf


def checked(part: Part, method: Any, cells: Cells) -> np.ndarray:
    """What a method of the codec gives for cells, told by the column where they do not fit."""
    try:
        values: np.ndarray = method(cells)
    except pa.ArrowInvalid as problem:
        raise SchemaError(
            f"column {part.column.name!r} does not fit the type {part.form.dtype} that it had in "
            f"training: {problem}; convert it to the same type"
        ) from problem
    return values


def spelled(part: Part, cells: Cells) -> Cells:
    """Cells written as the column was written."""
    column = part.column
    spelling = reading(column.type or "", column.format, part.form.values_type)
    return replace(cells, values=spelling.write(cells.values)) if spelling else cells


def given(part: Part, columns: Mapping[Name, Any], n: int) -> Cells:
    """Cells of a column that the encoding left out."""
    name = part.column.name
    if name not in columns:
        raise SchemaError(
            f"column {name!r} was left out of the encoding; pass its values, "
            f"decode(..., columns={{{name!r}: values}})"
        )
    cells = to_cells(columns[name], part.form)
    if len(cells) != n:
        raise DataError(f"column {name!r} has {len(cells)} values for {n} rows; pass one a row")
    return cells


def tie(part: Part) -> dict[str, Any]:
    """What a store keeps of the columns that a column is tied to."""
    if part.carrier is not None:
        return {"carrier": part.carrier}
    relation = part.relation
    return {"relation": {"tag": relation.tag, "state": relation.state()}} if relation else {}
