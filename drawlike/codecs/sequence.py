"""Sequences of steps, which are rows of an array or of a table."""

import itertools
from typing import Any, Literal, Self

import narwhals as nw
import numpy as np
import torch

from ..errors import DataError, UnsupportedError
from ..events import SILENT, Emitter
from ..layout import Layout
from .array import ArrayCodec
from .form import as_numpy
from .table import TableCodec

SequenceForm = Literal["single", "list", "stack"]
_OF_STEPS: dict[str, type[Any]] = {"array": ArrayCodec, "table": TableCodec}


class SequenceCodec:
    """Encode all steps one after the other; decode to the same form of sequences.

    Sequences are one 2-d array, frame or tensor ("single"), a list of them with the same
    columns ("list"), or an array or tensor (m, T, d) ("stack"), whose sequences may end in
    rows of NaN. A step is encoded as a row of an array or a table is.

    Parameters
    ----------
    form : {"single", "list", "stack"}, optional
        What ``decode`` gives; by default what ``fit`` got.
    schema : Schema or mapping, optional
        What you know of the columns of frames.
    array_numbers, table_numbers
        How numbers of arrays and of frames are scaled.
    """

    def __init__(
        self,
        form: SequenceForm | None = None,
        schema: Any = None,
        array_numbers: Literal["identity", "standard"] = "identity",
        table_numbers: str = "normal",
    ) -> None:
        self.form, self.schema = form, schema
        self.array_numbers, self.table_numbers = array_numbers, table_numbers

    def fit(self, raw: Any, *, weight: np.ndarray | None = None, events: Emitter = SILENT) -> Self:
        """Learn what the columns of the steps are; ``weight`` (m,) is that of sequences.

        Raises
        ------
        DataError
            If a sequence is empty, is not two-dimensional, has other columns than the first
            one, or holds an infinite value.
        """
        parts = parts_of(raw)
        self.form_ = self.form or _form_of(raw)
        each = None if weight is None else np.repeat(weight, [len(part) for part in parts])
        steps = joined(parts)
        if _is_frame(steps):
            table = TableCodec(self.schema, numbers=self.table_numbers)
            self.steps_: Any = table.fit(steps, weight=each, events=events)
            _refuse_rules(table)
        else:
            _refuse_infinite(parts)
            self.steps_ = ArrayCodec(numbers=self.array_numbers).fit(steps, weight=each)
        return self

    @property
    def layout_(self) -> Layout:
        """What the encoded columns of a step mean."""
        return self.steps_.layout_

    def encode(self, raw: Any, **options: Any) -> np.ndarray:
        """All encoded steps, one sequence after the other, (N, ``layout_.width``) float64."""
        parts = parts_of(raw)
        if isinstance(self.steps_, ArrayCodec):
            _refuse_infinite(parts)
        return self.steps_.encode(joined(parts), **options)

    def decode(
        self,
        encoded: np.ndarray,
        rng: np.random.Generator | None = None,
        *,
        lengths: np.ndarray | None = None,
    ) -> Any:
        """Sequences of the form that ``fit`` got, of ``lengths`` (m,), by default one.

        A stack stays a list where lengths differ.
        """
        steps = self.steps_.decode(encoded, rng)
        if lengths is None:
            lengths = np.array([len(encoded)])
        if self.form_ == "single" and len(lengths) == 1:
            return steps
        if self.form_ != "list" and len(set(lengths.tolist())) == 1 and not _is_frame(steps):
            return steps.reshape(len(lengths), -1, steps.shape[1])
        return cut(steps, lengths)

    def log_jacobian(self, raw: Any) -> np.ndarray:
        """What to add to the log-density of each encoded sequence to get one of the data, (m,)."""
        parts = parts_of(raw)
        bounds = np.cumsum([0] + [len(part) for part in parts])
        return np.add.reduceat(self.step_log_jacobian(raw), bounds[:-1])

    def step_log_jacobian(self, raw: Any) -> np.ndarray:
        """The same for each step, (N,)."""
        return self.steps_.log_jacobian(joined(parts_of(raw)))

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values and arrays."""
        steps = "array" if isinstance(self.steps_, ArrayCodec) else "table"
        return {"form": self.form_, "kind": steps, "steps": self.steps_.state()}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        codec = cls(state["form"])
        codec.form_ = state["form"]
        codec.steps_ = _OF_STEPS[state["kind"]].from_state(state["steps"])
        return codec


def parts_of(raw: Any) -> list[Any]:
    """Each sequence: 2-d arrays, tensors or frames with the same columns, none of them empty.

    Raises
    ------
    DataError
        If a sequence is none of this; it says which.
    """
    if _is_frame(raw):
        parts = [raw]
    elif isinstance(raw, list | tuple):
        parts = [part if _is_known(part) else as_numpy(part) for part in raw]
    else:
        array = raw if isinstance(raw, torch.Tensor) else np.asarray(raw)
        parts = list(array) if array.ndim == 3 else [array]
    if not parts or tuple(parts[0].shape) == (0,):
        raise DataError("There are no sequences (0 sample(s)): give at least one.")
    for i, part in enumerate(parts):
        _check(i, part, parts[0])
    return parts


def lengths_of(parts: list[Any]) -> np.ndarray:
    """Number of steps of each sequence, (m,)."""
    return np.array([len(part) for part in parts], np.int64)


def cut(steps: Any, lengths: Any) -> list[Any]:
    """Cut steps (N, d) into sequences of lengths (m,) that add up to N.

    Raises
    ------
    DataError
        If they do not, or one of them is less than 1.
    """
    counts = np.asarray(lengths)
    if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 1).any():
        raise DataError(
            f"lengths={lengths!r}: give the number of steps of each sequence, whole numbers of 1 "
            "or more, as a list."
        )
    if counts.sum() != len(steps):
        raise DataError(
            f"The {len(counts)} lengths add up to {counts.sum()}, and X has {len(steps)} rows: "
            "give the length of every sequence, in the order of the rows."
        )
    bounds = np.cumsum(np.r_[0, counts]).tolist()
    if _is_frame(steps):
        frame = nw.from_native(steps, eager_only=True)
        return [frame[a:b].to_native() for a, b in itertools.pairwise(bounds)]
    return [steps[a:b] for a, b in itertools.pairwise(bounds)]


def joined(parts: list[Any]) -> Any:
    """All steps of sequences one after the other."""
    if len(parts) == 1:
        return parts[0]
    if _is_frame(parts[0]):
        return nw.concat([nw.from_native(part, eager_only=True) for part in parts]).to_native()
    if all(isinstance(part, torch.Tensor) for part in parts):
        return torch.cat(parts)
    return np.concatenate([as_numpy(part) for part in parts])


def _check(i: int, part: Any, first: Any) -> None:
    shape = tuple(part.shape)
    if len(shape) != 2:
        raise DataError(
            f"Sequence {i} has shape {shape}: give a 2-d array for each, (steps, features). "
            "Reshape your data: X.reshape(-1, 1) has one feature."
        )
    if not shape[0]:
        raise DataError(f"Sequence {i} is empty (0 sample(s), shape={shape}): leave it out.")
    if shape[1] != first.shape[1]:
        raise DataError(
            f"Sequence {i} has {shape[1]} columns and sequence 0 has {first.shape[1]}: all need "
            "the same."
        )
    if _is_frame(part) != _is_frame(first):
        raise DataError(
            f"Sequence {i} is a {type(part).__name__}, and sequence 0 is a "
            f"{type(first).__name__}: give all of one type."
        )


def _refuse_rules(table: TableCodec) -> None:
    if table.has_rules:
        raise UnsupportedError(
            f"constraints ({table.rules[0]}, ...) are for tables whose rows stand alone, not for "
            "steps of sequences; leave them out"
        )


def _refuse_infinite(parts: list[Any]) -> None:
    for i, part in enumerate(parts):
        values = as_numpy(part)
        bad = np.isinf(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
        if bad.any():
            step, column = np.argwhere(bad)[0]
            raise DataError(
                f"Input X contains infinity, first in sequence {i}, step {step}, column {column}. "
                "Mark unobserved values as NaN, and drop or clip the others."
            )


def _form_of(raw: Any) -> SequenceForm:
    if isinstance(raw, list | tuple):
        return "list"
    return "stack" if getattr(raw, "ndim", 2) == 3 else "single"


def _is_frame(X: Any) -> bool:
    return not isinstance(X, np.ndarray | torch.Tensor) and bool(
        nw.dependencies.is_into_dataframe(X)
    )


def _is_known(part: Any) -> bool:
    return isinstance(part, torch.Tensor | np.ndarray) or _is_frame(part)
