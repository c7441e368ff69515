"""Rows of an array of which only some columns, or some cells, are known."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from ..errors import DataError
from ..layout import Region
from .form import as_numpy
from .regions import Admitted, Ranges, Wanted, said


class PartialArray:
    """What an array's codec does with rows that are known in part."""

    center_: np.ndarray
    scale_: np.ndarray

    def encode_some(self, columns: Mapping[int, Any], n: int) -> np.ndarray:
        """Encode values (n,) of some columns; the others are NaN, (n, d)."""
        encoded = np.full((n, len(self.scale_)), np.nan)
        for column, values in columns.items():
            encoded[:, column] = (_floats(column, values) - self.center_[column]) / self.scale_[
                column
            ]
        return encoded

    def log_jacobian_but(self, raw: Any, known: Mapping[int, Any]) -> np.ndarray:
        """Log-Jacobian of the observed cells that are not known, nats, (n,)."""
        counted = ~np.isnan(as_numpy(raw).astype(float))
        for column, values in known.items():
            counted[:, column] &= np.isnan(_floats(column, values))
        return -(counted @ np.log(self.scale_))

    def admitted(self, column: int, wanted: Wanted) -> Admitted:
        """Find what of a column lies in a set or a range."""
        step = float(self.form_.is_integer)  # type: ignore[attr-defined]
        ranges = Ranges.of_numbers(column, wanted, step)
        bounds = (ranges.cells - self.center_[column]) / self.scale_[column]
        spans = np.concatenate([np.zeros((len(bounds), 1)), bounds], 1)
        spans = spans[spans[:, 2] > spans[:, 1]]
        if not len(spans):
            raise DataError(
                f"column {column} is a number that is never {said(wanted)} exactly; give a range, "
                "Between(low, high)"
            )
        return Admitted(column, wanted, Region(self.places(column), None, spans), ranges.have)

    def holds(self, raw: Any, asked: Admitted) -> np.ndarray:
        """Tell which rows of an array have what is wanted of a column, (n,)."""
        return asked.holds(as_numpy(raw)[:, int(asked.name)].astype(float))

    def places(self, column: int) -> slice:
        """Where a column is in the encoded rows."""
        return slice(column, column + 1)

    def categories(self, column: int) -> np.ndarray:
        """Refuse: an array has numbers only."""
        raise DataError(f"column {column} of an array is a number; use sample or predict")

    def decode_given(
        self,
        encoded: np.ndarray,
        columns: Mapping[int, Any],
        rng: np.random.Generator | None = None,
    ) -> Any:
        """Rows that hold exactly the values given."""
        rows = self.decode(encoded, rng)  # type: ignore[attr-defined]
        for column, values in columns.items():
            floats = _floats(column, values)
            given = np.isfinite(floats)
            # the form of the data rounds a value as it rounds drawn ones
            exact = self.form_.restore(floats[given])  # type: ignore[attr-defined]
            rows[_like(rows, given), column] = exact
        return rows

    def filled(self, raw: Any, rows: np.ndarray, decoded: Any) -> Any:
        """Put the cells of decoded rows where those of ``raw`` are NaN; others stay."""
        full = raw.clone() if isinstance(raw, torch.Tensor) else np.array(raw)
        if len(rows):
            some = full[_like(full, rows)]
            gaps = some.isnan() if isinstance(some, torch.Tensor) else np.isnan(some)
            some[gaps] = decoded[gaps]
            full[_like(full, rows)] = some
        return full


def _like(rows: Any, index: Any) -> Any:
    if not isinstance(rows, torch.Tensor):
        return index
    return torch.as_tensor(index, device=rows.device)


def _floats(column: int, values: Any) -> np.ndarray:
    try:
        floats = np.array([np.nan if v is None else v for v in np.asarray(values)], np.float64)
    except (TypeError, ValueError):
        raise DataError(f"column {column} holds numbers; {values[0]!r} is given") from None
    if np.isinf(floats).any():
        raise DataError(f"column {column} is given as infinite; give a number, or NaN for none")
    return floats
