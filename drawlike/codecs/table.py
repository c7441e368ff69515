"""A table and its encoded rows."""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import pyarrow as pa

from ..constraints import read_constraints
from ..errors import DataError, SchemaError, SettingError
from ..events import SILENT, Emitter
from ..layout import Layout, Real
from .building import build
from .categories import Categories
from .cells import Cells, Coded, ColumnForm, Name
from .columns import CODECS
from .fitting import Learned, check_rows
from .frames import Frame
from .inference import Overrides, as_overrides
from .numbers import NUMBERS
from .partial import PartialTable
from .parts import Part, checked, given, read, spelled, tie, unknown_jacobian, unobserved
from .rules import RELATIONS, Joint
from .rules.relations import in_order
from .schema import Column, Schema

_SHOWN = 3


class TableCodec(PartialTable):
    """Encode pandas, polars and pyarrow frames; decode to the same kind of frame.

    Categories, booleans and integers of at most 20 values become a choice. Other numbers, dates
    and times become a real, with codes beside it for values that occur far more often than
    their neighbours and for missing cells. Categories that few rows hold are unobserved, and
    never decoded (``rare`` of the schema). Constants and identifiers are not encoded: they are
    restored and drawn anew. Free text is refused.

    Parameters
    ----------
    schema : Schema or mapping, optional
        What you know better than detection, ``{"zip": "category", "age": {"low": 0}}``.
    numbers : {"normal", "identity", "bins"}
        ``"normal"`` maps numbers to normal scores by their quantiles, piece by piece;
        ``"identity"`` leaves them in their units (times count from the earliest); ``"bins"``
        makes codes of them, and a place in the bin of each.

    Attributes
    ----------
    schema_ : Schema
        What each column turned out to be.
    layout_ : Layout
        What the encoded columns mean.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"grade": ["a", "b", "a"], "passed": [True, False, True]})
    >>> codec = TableCodec().fit(table)
    >>> codec.encode(table)
    array([[0., 1.],
           [1., 0.],
           [0., 1.]])
    >>> codec.decode(codec.encode(table)).equals(table)
    True
    """

    def __init__(self, schema: Overrides = None, numbers: str = "normal") -> None:
        self.schema = schema
        self.numbers = numbers

    def fit(
        self,
        raw: Any,
        *,
        weight: np.ndarray | None = None,
        events: Emitter = SILENT,
        exclude: Iterable[Name] = (),
    ) -> Self:
        """Learn every column from the training rows.

        Parameters
        ----------
        weight : ndarray, (n,), optional
            A row counts as so many equal rows in frequencies and quantiles.
        exclude : names, optional
            Columns that are not encoded; ``decode`` must be given their values.

        Raises
        ------
        SchemaError
            If the table and the declared schema disagree, or a column is free text.
        DataError
            If there is nothing to model, or a number is infinite.
        """
        if self.numbers not in NUMBERS:
            raise SettingError(
                f"numbers={self.numbers!r} is unknown; use one of {', '.join(NUMBERS)}"
            )
        frame = raw if isinstance(raw, Frame) else Frame(raw)
        if not frame.height:
            raise DataError("the table has no rows; at least one is needed")
        hidden = set(as_overrides({name: {} for name in exclude}, frame.names))
        numbers = self._numbers_of(frame, weight, hidden)
        learned = Learned(frame, self.schema, weight, numbers, hidden)
        self._kind, self._warned = frame.kind, set[Name]()
        self._parts, self._rules = list(learned.parts(events)), learned.rules
        self._combinations = learned.combinations
        return self._finish()

    def _numbers_of(self, frame: Frame, weight: np.ndarray | None, hidden: set[Name]) -> str:
        if self.numbers != "adaptive":
            return self.numbers
        parts = Learned(frame, self.schema, weight, "normal", hidden).parts(SILENT)
        blocks = (part.codec.block for part in parts if part.codec)
        return "normal" if all(isinstance(block, Real) for block in blocks) else "bins"

    def encode(
        self,
        raw: Any,
        *,
        strict: bool = False,
        single: bool = False,
        filling: bool = False,
        events: Emitter = SILENT,
    ) -> np.ndarray:
        """Encoded rows, (n, ``layout_.width``) float64, or float32 if ``single``.

        A category never seen in fit becomes NaN, with a warning; ``strict`` refuses it, and rows
        that break a constraint. When ``filling`` in, missing cells are no news.

        Raises
        ------
        SchemaError
            If columns are absent, unknown, or of another type than in fit.
        """
        frame = self._opened(raw)
        if strict and self._rules:
            check_rows(self._rules, self._cells(frame), frame)
        encoded = np.empty((frame.height, self.layout_.width), np.float32 if single else np.float64)
        for step, (part, place) in enumerate(self._places(), 1):
            events.progress(step, len(self._parts), unit="columns")
            if part.codec and part.column.name in frame.names:
                cells = self._carried(part, frame)
                encoded[:, place] = checked(part, part.codec.encode, cells)
                encoded[unobserved(cells), place] = np.nan
                news = encoded[:, place], cells.missing == 0 if filling else True
                self._tell_unseen(part, cells, news, strict=strict)
        return encoded

    def decode(
        self,
        encoded: np.ndarray,
        rng: np.random.Generator | None = None,
        columns: Mapping[Name, Any] | None = None,
    ) -> Any:
        """Rows in the kind of frame that fit got, with its names, order and dtypes.

        Parameters
        ----------
        encoded : ndarray, (n, ``layout_.width``)
            Codes are rounded and clipped, values kept within the bounds. NaN becomes the usual
            number, or a category drawn at its frequency.
        rng : numpy Generator, optional
            Draws such categories, and identifiers, which are distinct within one call.
        columns : mapping, optional
            Values, (n,), of the columns that ``exclude`` left out.
        """
        encoded = np.asarray(encoded, np.float64)
        if encoded.ndim != 2 or encoded.shape[1] != self.layout_.width:
            raise DataError(
                f"encoded rows have shape {encoded.shape}, expected (n, {self.layout_.width}); "
                "pass what encode gave or a model drew"
            )
        rng = np.random.default_rng(0) if rng is None else rng
        told = self._told(columns or {}, len(encoded))
        built: dict[Name, Cells | Coded] = {}
        carried: dict[Name, Cells] = {}
        for part, place in self._places():
            name = part.column.name
            if not part.codec or (name in told and not part.relation):
                continue
            if part.relation or name in self._tied:
                carried[name] = part.codec.decode(encoded[:, place], rng)
            else:
                built[name] = _decoded(part, encoded[:, place], rng)
        built |= told | self._spelled(carried, told)
        return build(self._kind, {part.column.name: part.form for part in self._parts}, built)

    def _told(self, columns: Mapping[Name, Any], n: int) -> dict[Name, Cells]:
        """Cells of the columns whose values are given, and of those left out of the encoding."""
        return {
            part.column.name: given(part, columns, n)
            for part in self._parts
            if part.column.name in columns or not part.is_encoded
        }

    def _spelled(
        self, carried: Mapping[Name, Cells], told: Mapping[Name, Cells]
    ) -> dict[Name, Cells]:
        """Cells of the columns that are not given, written as the columns are."""
        cells = {n: read(self.part(n), known) for n, known in told.items() if n in self._tied}
        cells |= {n: c for n, c in carried.items() if self.part(n).relation is None}
        for part in self._related:
            found = part.relation.restored(carried[part.column.name], cells)
            cells |= {name: new for name, new in found.items() if name not in told}
        return {n: spelled(self.part(n), c) for n, c in cells.items() if n not in told}

    def log_jacobian(self, raw: Any) -> np.ndarray:
        """Log of what turns a density of encoded rows into one of the data, nats, (n,).

        A continuous column adds log |dz/dx| (per second for times), an integer or a date the
        log of the encoded width of one step; -inf for a row with a category never seen in fit.
        """
        frame = self._opened(raw)
        total = np.zeros(frame.height)
        for part in self._parts:
            if part.codec and part.column.name in frame.names:
                cells = self._carried(part, frame)
                jacobian = checked(part, part.codec.log_jacobian, cells)
                total += np.where(unobserved(cells), unknown_jacobian(part), jacobian)
        return total

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values and arrays."""
        return {
            "numbers": self.numbers,
            "kind": self._kind,
            "columns": [
                {
                    "column": part.column.to_dict(),
                    "form": part.form.state(),
                    "codec": part.codec and {"tag": part.codec.tag, "state": part.codec.state()},
                    **tie(part),
                }
                for part in self._parts
            ],
            **self._rules_kept(),
        }

    def _rules_kept(self) -> dict[str, Any]:
        if not self._rules:
            return {}
        combinations = [joint.state() for joint in self._combinations]
        return {
            "constraints": [rule.to_dict() for rule in self._rules],
            "combinations": combinations,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        codec = cls(numbers=state["numbers"])
        codec._kind, codec._parts, codec._warned = state["kind"], [], set()
        for part in state["columns"]:
            column, form = Column.from_dict(part["column"]), ColumnForm.from_state(part["form"])
            stored = part["codec"]
            restored = stored and CODECS[stored["tag"]].from_state(stored["state"])
            tied = part.get("relation")
            relation = tied and RELATIONS[tied["tag"]].from_state(tied["state"])
            codec._parts.append(Part(column, form, restored, relation, part.get("carrier")))
        codec._rules = read_constraints(state.get("constraints", []))
        codec._combinations = tuple(map(Joint.from_state, state.get("combinations", [])))
        return codec._finish()

    def _finish(self) -> Self:
        columns = tuple(part.column for part in self._parts)
        self._related = in_order(part for part in self._parts if part.relation)
        self._tied = {name for part in self._related for name in part.relation.needs}
        self.schema_ = Schema(columns, constraints=self._rules)
        self.layout_ = Layout(tuple(part.block for part in self._parts if part.block))
        if not self.layout_.width:
            kinds = ", ".join(f"{p.column.name} ({p.column.type})" for p in self._parts[:10])
            raise DataError(
                f"the table has no column to model: {kinds}; add rows or columns that vary"
            )
        return self

    def _places(self) -> Iterable[tuple[Part, slice]]:
        start = 0
        for part in self._parts:
            width = part.block.width if part.block else 0
            yield part, slice(start, start + width)
            start += width

    def _opened(self, raw: Any) -> Frame:
        frame = Frame(raw)
        known = {part.column.name: part.is_encoded for part in self._parts}
        absent = [name for name, needed in known.items() if needed and name not in frame.names]
        extra = [name for name in frame.names if name not in known]
        if absent or extra:
            lacks, brings = f"lacks {absent}" if absent else "", f"brings {extra}" if extra else ""
            raise SchemaError(
                f"the table {' and '.join(filter(None, [lacks, brings]))}, unlike the training "
                f"table with its columns {list(known)}; add or remove columns accordingly"
            )
        return frame

    def _tell_unseen(
        self, part: Part, cells: Cells, news: tuple[np.ndarray, Any], *, strict: bool
    ) -> None:
        """Tell of cells that became NaN, among those that would be ``news``: encoded, and which."""
        assert part.codec is not None
        encoded, some = news
        lost = np.isnan(encoded[:, 0]) if part.block else np.isinf(part.codec.log_jacobian(cells))
        lost &= some
        if isinstance(part.codec, Categories):
            lost &= ~part.codec.is_rare(cells)
        if part.relation:  # gaps from a missing cell are no news, other combinations are
            lost &= np.isinf(unknown_jacobian(part)) | ~unobserved(cells)
        if strict and (lost & (cells.missing == 0)).any():
            raise SchemaError(
                f"column {part.column.name!r} holds values that the first rows had not, such as "
                f"{_shown(cells, lost & (cells.missing == 0))}: begin with rows that have them "
                "all, or fit a stream, which reads all rows before it learns"
            )
        if not lost.any() or part.column.name in self._warned:
            return
        self._warned.add(part.column.name)
        warnings.warn(
            f"column {part.column.name!r} holds values never seen in training, such as "
            f"{_shown(cells, lost)}, in {lost.sum()} rows: they are taken as unobserved, and the "
            "density of their rows is zero",
            stacklevel=3,
        )


def _decoded(part: Part, encoded: np.ndarray, rng: np.random.Generator) -> Cells | Coded:
    codec = part.codec
    assert codec is not None
    if not isinstance(codec, Categories) or len(encoded) <= len(codec.frequencies):
        return spelled(part, codec.decode(encoded, rng))
    every = np.arange(len(codec.frequencies), dtype=np.float64)
    listed = spelled(part, codec.decode(every[:, None], rng))
    return Coded(listed, codec.drawn(encoded, rng))


def _shown(cells: Cells, rows: np.ndarray) -> list[Any]:
    values: list[Any] = cells.values.filter(pa.array(rows)).unique().to_pylist()
    return values[:_SHOWN]
