"""Sequences as rows of one width."""

from typing import Any, Self

import numpy as np

from ..errors import DataError
from ..events import SILENT, Emitter
from ..layout import Layout
from .sequence import SequenceCodec, lengths_of, parts_of


class PaddedCodec:
    """Sequences as rows: how many steps there are, and then the steps, to the end with NaN.

    For models that take a sequence as a whole. The steps are encoded by a
    :class:`SequenceCodec`, and sequences come back in the form in which ``fit`` got them. A
    row is as wide as the longest of those encoded with it.
    """

    def __init__(self, sequences: SequenceCodec) -> None:
        self.sequences = sequences

    def fit(self, raw: Any, *, weight: np.ndarray | None = None, events: Emitter = SILENT) -> Self:
        """Learn what the columns of the steps are; ``weight`` (m,) is that of sequences."""
        self.sequences.fit(raw, weight=weight, events=events)
        if self.sequences.form_ == "single":
            raise DataError(
                "X is one 2-d array, and sequences are chosen among several: say with lengths= "
                "where each ends, or give a list of 2-d arrays."
            )
        return self

    @property
    def layout_(self) -> Layout:
        """What the encoded columns of a step mean."""
        return self.sequences.layout_

    @property
    def steps_(self) -> Any:
        """The codec of the steps."""
        return self.sequences.steps_

    def encode(self, raw: Any, **options: Any) -> np.ndarray:
        """Rows (m, 1 + T width); the steps of NaN that end a sequence of a stack do not count."""
        steps, lengths = self.sequences.encode(raw, **options), lengths_of(parts_of(raw))
        rows = padded(steps, lengths)
        if getattr(raw, "ndim", 2) == 3:
            seen = ~np.isnan(steps).all(1).reshape(len(lengths), -1)
            rows[:, 0] = np.where(seen, np.arange(1, seen.shape[1] + 1), 1).max(1)
        return rows

    def decode(self, encoded: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        """Sequences of the form that ``fit`` got; those of a stack end in steps of NaN."""
        steps, lengths = unpadded(encoded, self.layout_.width)
        if self.sequences.form_ == "stack" and not self.steps_.form_.is_integer:
            steps = encoded[:, 1:].reshape(-1, self.layout_.width)
            lengths = np.full(len(encoded), len(steps) // len(encoded))
        return self.sequences.decode(steps, rng, lengths=lengths)

    def log_jacobian(self, raw: Any) -> np.ndarray:
        """What to add to the log-density of each encoded sequence to get one of the data, (m,)."""
        return self.sequences.log_jacobian(raw)

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values and arrays."""
        return {"codec": "padded", **self.sequences.state()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        return cls(SequenceCodec.from_state(state))


def padded(steps: np.ndarray, lengths: np.ndarray, longest: int | None = None) -> np.ndarray:
    """Rows (m, 1 + T width) of steps (N, width) and lengths (m,); T is ``longest``."""
    most, width = longest or int(lengths.max()), steps.shape[1]
    rows = np.full((len(lengths), 1 + most * width), np.nan)
    rows[:, 0] = lengths
    rows[:, 1:].reshape(len(lengths), most, width)[_inside(lengths, most)] = steps
    return rows


def unpadded(rows: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps (N, width) and lengths (m,) of rows."""
    lengths = rows[:, 0].astype(np.int64)
    steps = rows[:, 1:].reshape(len(rows), -1, width)
    return steps[_inside(lengths, steps.shape[1])], lengths


def _inside(lengths: np.ndarray, most: int) -> np.ndarray:
    return np.arange(most) < lengths[:, None]
