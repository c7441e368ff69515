"""Models that learn from one chunk of rows after another."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..codecs import LabelCodec, TableCodec
from ..datasets import Dataset, Streamed, as_dataset
from ..datasets.streaming import Piece
from ..errors import DataError, NotConditionalError
from ..events import Emitter
from ..layout import Layout
from ..rows import Rows
from .checking import checked
from .labels import class_labels, conditions
from .randomness import seed_of, streams
from .run import Hearing, Run, listening, run_of
from .streaming import Beside, told_beside
from .weights import weighted


class IncrementalMixin(ABC):
    """Models that learn from one chunk of rows after another; the hook is ``_partial_fit``.

    What the columns mean is learned from the first rows and kept: later rows are checked
    against it. A ``partial_fit`` after ``fit`` goes on from there.
    """

    def partial_fit(
        self: Any,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        classes: Any = None,
        label: str | None = None,
        kind: str | None = None,
        lengths: Any = None,
        schema: Any = None,
        listener: Hearing = "auto",
    ) -> Any:
        """Learn from more rows.

        Parameters
        ----------
        X, y, sample_weight, label, kind, lengths, schema, listener
            As in ``fit``; ``label``, ``kind`` and ``schema`` matter in the first call.
        classes : array, optional
            All labels that will come, in the first call; by default those that it has.

        Raises
        ------
        SchemaError
            If a table holds a category that the first rows had not.
        NotConditionalError
            If a label comes that is not among ``classes``.
        """
        with listening(listener, "partial_fit") as (events, history):
            self.history_ = history
            X = self._cut(X, lengths)
            pieces: Any = [(X, sample_weight)]
            beside: Any = (y, label, kind, schema)
            if isinstance(X, Streamed):
                stream = told_beside(X, Beside(y, sample_weight, label, schema))
                pieces, beside = _that_count(stream), (None, None, None, None)
            for rows, weight in pieces:
                self._learn_more(rows, beside, weight, classes, events)
        return self

    def _learn_more(
        self: Any, X: Any, beside: Any, sample_weight: Any, classes: Any, events: Emitter
    ) -> None:
        begins = not self.__sklearn_is_fitted__()
        data = self._accept(X, *beside) if begins else self._accept_more(X, *beside[:2])
        data, weight = weighted(data, sample_weight)
        seed = self._begin(data, weight, classes, events) if begins else self.seed_
        self._add(data, weight, seed, events)
        self.seed_ = seed

    def _begin(self: Any, data: Dataset, weight: np.ndarray, classes: Any, events: Emitter) -> int:
        """Learn from the first rows what the columns and the labels are; give the seed."""
        seed = seed_of(self.random_state)
        if self.random_state is None:
            events.metric("seed", seed)
        self._teach(data, weight, events)
        if classes is not None:
            if class_labels(data) is None:
                raise DataError("classes= are given, and no labels: give y or label= as well.")
            self.labels_ = LabelCodec().fit(np.unique(np.asarray(classes)))
        self.labels_.mass_ = np.zeros(self.labels_.n_classes)
        self.n_rows_ = 0
        return seed

    def _accept_more(self: Any, X: Any, y: Any, label: str | None) -> Dataset:
        return _as_before(self, X, y, label)

    def _add(self: Any, data: Dataset, weight: np.ndarray, seed: int, events: Emitter) -> None:
        strict = {"strict": True} if isinstance(self.codec_, TableCodec) else {}
        cond = _known_conditions(self, data)
        rows = self._known_rows(data, weight, **strict)
        run = run_of(self, rows, seed, streams(seed, self.n_rows_), events)
        self._partial_fit(rows.to(run.device), self.codec_.layout_, run)
        self.labels_.mass_ = self.labels_.mass_ + weight @ cond
        self.n_rows_ += len(data)

    @abstractmethod
    def _partial_fit(self, data: Rows, layout: Layout, run: Run) -> None:
        """Learn from more encoded rows; ``n_rows_`` have been seen before, 0 at first."""


def _known_conditions(model: Any, data: Dataset) -> np.ndarray:
    try:
        return conditions(model, data.labels, len(data))
    except NotConditionalError as error:
        if data.labels is None:
            raise
        raise NotConditionalError(
            f"{error} Begin a new model, and name all labels that will come in its first call: "
            "partial_fit(X, y, classes=[...])."
        ) from error


def _that_count(stream: Streamed) -> Iterator[Piece]:
    """Pieces of a stream with rows of a weight above 0."""
    found = False
    for piece in stream.pieces():
        if piece.weight is None or piece.weight.any():
            found = True
            yield piece
    if not found:
        raise DataError("Every weight of the stream is 0; at least one row must count.")


def _as_before(model: Any, X: Any, y: Any, label: str | None) -> Dataset:
    """Rows of the kind that the model knows, with the label that it knows."""
    if label not in (None, model.label_):
        raise DataError(
            f"label={label!r}, and the first rows had "
            f"{'no label column' if model.label_ is None else f'label={model.label_!r}'}: "
            "give the same, or make a new model."
        )
    named = None if isinstance(X, Dataset) else model.label_
    data = as_dataset(X, y, label=named, kind=model.kind_)
    if data.labels is not None and model.label_ is None and not model.labels_.n_classes:
        raise NotConditionalError(
            f"{type(model).__name__} was begun without labels and gets some now: leave y out, "
            "or make a new model."
        )
    return replace(data, X=checked(model, data.X, reset=False))
