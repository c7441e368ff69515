"""Rows of a table of which only some columns, or some cells, are known."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError
from ..layout import Real
from .bins import Bins
from .building import build
from .cells import Cells, Name
from .columns import ColumnCodec, read_cells
from .detection import NUMBERS
from .frames import Frame, to_cells
from .numbers import Numbers


class PartialTable:
    """What a table's codec does with rows that are known in part."""

    _kind: str
    _parts: list[Any]

    def _places(self) -> Iterable[tuple[Any, slice]]:
        raise NotImplementedError

    def encode_some(self, columns: Mapping[Name, Any], n: int) -> np.ndarray:
        """Encode values (n,) of some columns; the others are NaN, (n, ``layout_.width``).

        Raises
        ------
        DataError
            If a value cannot be in its column, or was never seen in fit.
        """
        encoded = np.full((n, sum(part.block.width for part in self._parts if part.block)), np.nan)
        for part, place in self._places():
            if part.codec and part.column.name in columns:
                cells = _cells_of(part, columns[part.column.name])
                cells = read_cells(part.column, cells) if part.column.type in NUMBERS else cells
                encoded[:, place] = part.codec.encode(cells)
                _refuse_unseen(part, cells)
        return encoded

    def log_jacobian_but(self, raw: Any, known: Iterable[Name]) -> np.ndarray:
        """Log-Jacobian of all columns but the known ones, nats, (n,)."""
        frame, total = Frame(raw), np.zeros(len(raw))
        for part in self._parts:
            if part.codec and part.column.name not in known and part.column.name in frame.names:
                total += part.codec.log_jacobian(_read(part, frame))
        return total

    @property
    def names(self) -> list[Name]:
        """Names of the columns, in order."""
        return [part.column.name for part in self._parts]

    def column(self, raw: Any, name: Name) -> np.ndarray:
        """Plain values of a column, None where missing, (n,)."""
        _, cells = Frame(raw).read(name)
        return np.array(cells.values.to_pylist(), dtype=object)

    def decode_given(
        self, encoded: np.ndarray, columns: Mapping[Name, Any], rng: np.random.Generator
    ) -> Any:
        """Rows that hold exactly the values given."""
        return self.decode(encoded, rng, columns=columns)  # type: ignore[attr-defined]

    def choices(self) -> list[tuple[int, int]]:
        """Encoded columns of codes, and how many codes each has."""
        return [
            (place.start, len(part.codec.frequencies))
            for part, place in self._places()
            if part.block and not isinstance(part.block, Real)
        ]

    def places(self, column: Name) -> slice:
        """Where a column is in the encoded rows."""
        return next(place for part, place in self._places() if part.column.name == column)

    def categories(self, column: Name) -> np.ndarray:
        """Values that the codes of a column stand for, (k,), None if missing.

        Raises
        ------
        DataError
            If the column is not one of categories.
        """
        part = next(part for part in self._parts if part.column.name == column)
        width = part.block.width if part.block else 0
        if width != 1 or isinstance(part.codec, Numbers | Bins):
            raise DataError(
                f"column {column!r} has no categories: it is {part.column.type}; "
                "use sample or predict"
            )
        codes = np.arange(len(part.codec.frequencies))
        cells = part.codec.decode(codes[:, None].astype(float), np.random.default_rng(0))
        return np.array(cells.values.to_pylist(), dtype=object)

    def unknown(self, raw: Any) -> np.ndarray:
        """Which cells of a table are missing, (n, n_columns), in the order of fit."""
        frame = Frame(raw)
        return np.stack([_read(part, frame).missing > 0 for part in self._parts], 1)

    def codes_of_values(self) -> list[tuple[int, int, int]]:
        """Column (its number), encoded column and number of codes that are no missing cell.

        Only the columns with codes for missing cells are listed.
        """
        missing = [getattr(part.codec, "missing", ()) or () for part in self._parts]
        places = enumerate(zip(self._places(), missing, strict=True))
        return [
            (i, place.start, len(part.codec.frequencies) - len(kinds))
            for i, ((part, place), kinds) in places
            if part.block and kinds
        ]

    def decode_means(
        self,
        draws: Iterable[np.ndarray],
        likeliest: np.ndarray,
        rng: np.random.Generator,
        columns: Mapping[Name, Any],
    ) -> Any:
        """Rows of the means of numbers over draws, and of the likeliest codes.

        ``draws`` come in parts (rows, times, width). A mean is over the draws that are not missing, in the units of the data, rounded as
        the column is; where all are missing it is the usual value.
        """
        averaged = dict(columns)
        numbers = [
            (part, place)
            for part, place in self._places()
            if isinstance(part.codec, Numbers | Bins) and part.column.name not in columns
        ]
        means = [
            [_mean(part.codec, drawn[..., place]) for part, place in numbers] for drawn in draws
        ]
        for (part, _), parts in zip(numbers, zip(*means, strict=True), strict=True):
            averaged[part.column.name] = part.codec.restored(np.concatenate(parts))
        return self.decode(likeliest, rng, columns=averaged)  # type: ignore[attr-defined]

    def filled(self, raw: Any, rows: np.ndarray, decoded: Any) -> Any:
        """Put the cells of decoded rows where those of ``raw`` are missing; others stay."""
        frame, source = Frame(raw), Frame(decoded)
        forms, columns = {}, {}
        for name in frame.names:
            forms[name], cells = frame.read(name)
            _, new = source.read(name)
            columns[name] = _patched(cells, new, rows)
        built = build(frame.kind, forms, columns)
        if frame.kind == "pandas":
            built.index = raw.index
        return built


def _mean(codec: Numbers | Bins, drawn: np.ndarray) -> np.ndarray:
    """Mean of measures over draws (n, times, width), without those that are missing, (n,)."""
    measures = codec.measures(drawn.reshape(-1, drawn.shape[2])).reshape(drawn.shape[:2])
    seen = ~np.isnan(measures)
    mean = np.where(seen, measures, 0.0).sum(1) / np.maximum(seen.sum(1), 1)
    return np.where(seen.any(1), mean, codec.median)


def _patched(cells: Cells, new: Cells, rows: np.ndarray) -> Cells:
    """Cells in which the missing ones of some rows are replaced by the new ones, in order."""
    gaps = cells.missing > 0
    if not gaps.any():
        return cells
    position = np.zeros(len(cells), np.int64)
    position[rows] = np.arange(len(rows))
    values = new.values.take(pa.array(position)).cast(cells.values.type, safe=False)
    missing = np.where(gaps, new.missing[position], 0).astype(np.int8)
    return Cells(pc.if_else(pa.array(gaps), values, cells.values), missing)


def _read(part: Any, frame: Frame) -> Cells:
    _, cells = frame.read(part.column.name)
    return read_cells(part.column, cells) if part.column.type in NUMBERS else cells


def _cells_of(part: Any, values: Any) -> Cells:
    try:
        return to_cells(values, part.form)
    except DataError as problem:
        given = repr(values[0]) if len(values) == 1 else "some of the values"
        raise DataError(
            f"column {part.column.name!r} is {part.column.type}, which {given} does not fit; "
            "give another value"
        ) from problem


def _refuse_unseen(part: Any, cells: Cells) -> None:
    codec: ColumnCodec = part.codec
    lost = np.isinf(codec.log_jacobian(cells))
    if not lost.any():
        return
    gone, name = cells.missing[lost] > 0, part.column.name
    if gone.any():
        raise DataError(f"column {name!r} was never missing in the rows of fit: give a value")
    value = cells.values.filter(pa.array(lost))[0].as_py()
    raise DataError(f"column {name!r} was never {value!r} in the rows of fit: give another value")
