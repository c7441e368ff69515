"""Two-dimensional arrays of numbers."""

from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils import check_array

from ..errors import DataError, SettingError, UnsupportedError
from ..layout import Layout, Real
from .form import Form, as_numpy
from .partial_array import PartialArray

_LEAST = float(np.finfo(float).tiny)  # of a scale: quotients of less are no numbers
_Scaling = Callable[[np.ndarray, np.ndarray | None], tuple[float, float]]


class ArrayCodec(PartialArray):
    """Rows of real numbers; NaN is an unobserved cell.

    ``numbers="identity"`` leaves the values alone, ``"standard"`` gives every column mean
    0 and standard deviation 1 (a constant column is only shifted). Integers come back
    rounded and within the range of their dtype.
    """

    def __init__(self, numbers: Literal["identity", "standard"] = "identity") -> None:
        if numbers not in _SCALINGS:
            raise SettingError(f"numbers={numbers!r} is unknown; use one of {sorted(_SCALINGS)}.")
        self.numbers = numbers

    def fit(self, raw: Any, *, weight: np.ndarray | None = None) -> Self:
        """Learn each column's location and scale.

        Raises
        ------
        DataError
            If ``raw`` is not two-dimensional, holds infinities, or has a column without
            any observed value.
        """
        values = _checked(raw)
        if weight is not None and not weight.all():
            values, weight = values[weight > 0], weight[weight > 0]
        unseen = np.isnan(values[0])
        if unseen.any() and (unseen := np.isnan(values).all(0)).any():
            raise DataError(f"Column {unseen.argmax()} of X has only missing values; drop it.")
        scaling = _SCALINGS[self.numbers]
        self.center_, self.scale_ = np.array([scaling(column, weight) for column in values.T]).T
        self.form_ = Form.of(raw)
        return self

    @property
    def layout_(self) -> Layout:
        """One block of real columns, ``x``."""
        cell = 1 / self.scale_ if self.form_.is_integer else np.zeros(len(self.scale_))
        return Layout((Real("x", len(self.scale_), tuple(cell.tolist())),))

    def encode(self, raw: Any) -> np.ndarray:
        """Encoded rows, (n, d) float64; unscaled ones share memory and keep float32."""
        values = _checked(raw)
        if values.shape[1] != len(self.scale_):
            raise DataError(
                f"X has {values.shape[1]} columns, but the model was fitted on "
                f"{len(self.scale_)}; pass the same columns in the same order."
            )
        return values if self.numbers == "identity" else (values - self.center_) / self.scale_

    def decode(self, encoded: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        """Rows of the library, dtype and device that ``fit`` got, (n, d)."""
        if self.numbers == "identity":
            return self.form_.restore(encoded)
        return self.form_.restore(encoded * self.scale_ + self.center_)

    def log_jacobian(self, raw: Any) -> np.ndarray:
        """Log of the encoded width of one unit, summed over the observed cells, (n,)."""
        return -(~np.isnan(_checked(raw)) @ np.log(self.scale_))

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values and arrays."""
        return {
            "numbers": self.numbers,
            "form": self.form_.state(),
            "center": self.center_,
            "scale": self.scale_,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        codec = cls(state["numbers"])
        codec.form_ = Form(**state["form"])
        codec.center_, codec.scale_ = state["center"], state["scale"]
        return codec


def _checked(raw: Any) -> np.ndarray:
    """Raw rows as a float array that torch can share, in scikit-learn's words if not."""
    try:
        values = check_array(_as_dense(raw), ensure_all_finite=False, input_name="X")
    except TypeError as error:
        raise UnsupportedError(str(error)) from None
    except ValueError as error:
        raise DataError(str(error)) from None
    single = values.dtype == np.float32
    values = np.require(values, np.float32 if single else np.float64, ["C", "W"])
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(values.sum())  # a sum costs less than a mask
    if not finite and (infinite := np.isinf(values)).any():
        row, column = np.argwhere(infinite)[0]
        raise DataError(
            f"Input X contains infinity, first in row {row}, column {column}. "
            "Mark unobserved values as NaN, and drop or clip the others."
        )
    return values


def _as_dense(raw: Any) -> Any:
    # a sparse matrix stays one, for the check to refuse
    return raw if hasattr(raw, "tocsr") else as_numpy(raw)


def _identity(column: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    return 0.0, 1.0


def _standard(column: np.ndarray, weight: np.ndarray | None) -> tuple[float, float]:
    """Mean and standard deviation of the observed values; 1 where they are all equal."""
    seen = ~np.isnan(column)
    values, weight = column[seen], None if weight is None else weight[seen]
    if (values == values[0]).all():
        return float(values[0]), 1.0
    # counted from the first value, a mean far from 0 costs no digits
    mean = values[0] + np.average(values - values[0], weights=weight)
    deviation = values - mean
    largest = np.abs(deviation).max()
    # squares of relative deviations neither overflow nor vanish
    scale = largest * np.sqrt(np.average((deviation / largest) ** 2, weights=weight))
    return float(mean), max(float(scale), _LEAST)


_SCALINGS: dict[str, _Scaling] = {"identity": _identity, "standard": _standard}
