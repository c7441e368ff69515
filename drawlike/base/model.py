"""The contract that every model keeps."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .. import store
from ..codecs import Codec, LabelCodec, TableCodec, by_column
from ..datasets import Dataset, Streamed, as_dataset
from ..errors import SettingError, UnsupportedError
from ..events import Emitter
from ..layout import Layout
from ..rows import Rows
from ..statistics.threads import blocks, in_threads
from .accepting import kept_by_class, ruled
from .asking import is_more_than_values
from .checking import checked
from .cutting import as_sequences
from .encoding import fitted_codec
from .keeping import content_of, restored
from .labels import class_labels, conditions, wanted
from .randomness import BLOCK_ROWS, RandomState, block_generator, seed_of, streams
from .run import Hearing, Run, listening, run_of
from .seeking import sample_asked
from .streaming import Beside, Digest, admitted, open_stream
from .weights import weighted

_NARROW = ("bins", "adaptive")  # whose encoded rows are kept in float32


class GenerativeModel(BaseEstimator, ABC):
    """Learns how data are distributed and draws more like them.

    A subclass works on encoded rows only (see :mod:`drawlike.layout`) and writes four
    hooks: ``_fit(data, layout, run)`` learns, ``_sample(cond, rng)`` draws one encoded row
    for each row of ``cond``, and ``_state()`` / ``_set_state(state, layout)`` turn what was
    learned into plain arrays and back. This class does the rest once: kinds of data,
    codecs, labels, weights, seeds, progress, keeping.

    Hyper-parameters are keyword-only and stored untouched; every model has
    ``random_state`` and ``device``.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]] = ("array", "table", "image")
    array_numbers: ClassVar[Literal["identity", "standard"]] = "identity"
    table_numbers: ClassVar[Literal["identity", "normal", "bins", "adaptive"]] = "normal"
    pixels: Literal["auto", "binary"] = "auto"  # what an image's pixels are
    dtype: ClassVar[torch.dtype] = torch.float64
    keeps_single: ClassVar[bool] = False  # float32 arrays stay so, to be raised a batch at a time
    allows_missing: ClassVar[bool] = True
    streams: ClassVar[bool] = False  # whether ``_fit`` takes rows that are read again and again
    contains_training_rows: ClassVar[bool] = False
    drawn_by: ClassVar[tuple[str, ...]] = ()  # settings of drawing alone, free after ``fit``
    draws_in_threads: ClassVar[bool] = False  # blocks of rows at once, each in a thread of its own
    stops_by_itself: ClassVar[bool] = False  # when it gets no better, and keeps its best state
    random_state: RandomState
    device: str
    feature_names_in_: np.ndarray

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        label: str | None = None,
        kind: str | None = None,
        lengths: Any = None,
        schema: Any = None,
        checkpoint: str | Path | None = None,
        listener: Hearing = "auto",
    ) -> Self:
        """Learn the distribution of ``X``, for each class of ``y`` if there are labels.

        Parameters
        ----------
        X : frame, array, tensor or Dataset
            A frame (pandas, polars, pyarrow) is a table, a 2-d array is real columns, a
            4-d or 3-d uint8 array is images, a list of 2-d arrays is sequences.
        y : array of shape (n,), optional
            Class labels beside ``X``.
        sample_weight : array of shape (n,), optional
            How much each row counts; 0 leaves a row out.
        label : str, optional
            The column of a table that holds the label; it stays in the table.
        kind : {"table", "array", "image", "sequence"}, optional
            Settles what an ambiguous array is.
        lengths : array, optional
            Lengths of the sequences in a 2-d array, for models of sequences.
        schema : Schema or dict, optional
            Overrides what is detected about a table's columns.
        checkpoint : path, optional
            Folder where gradient models keep states, to go on after a crash to the same
            bytes. Needs a ``random_state``.
        listener : callable, "auto" or None
            Hears the events; "auto" draws a bar on a terminal.
        """
        if checkpoint is not None and self.random_state is None:
            raise SettingError("A checkpoint can only be continued with a fixed random_state.")
        self.__dict__.pop("seed_", None)  # a fit that fails leaves no fitted model
        X = self._cut(X, lengths)
        with listening(listener, "fit") as (events, history):
            self.history_ = history
            if isinstance(X, Streamed):
                asked = Beside(y, sample_weight, label, schema)
                X, sample_weight = admitted(self, X, asked, events)
                y = label = schema = None
            data = self._accept(X, y, label, kind, schema)
            seed = seed_of(self.random_state)
            if self.random_state is None:
                events.metric("seed", seed)
            self._learn(data, sample_weight, seed, checkpoint, events)
        self.seed_ = seed
        return self

    def sample(
        self,
        n: int | None = None,
        y: Any = None,
        *,
        given: Any = None,
        length: int | None = None,
        random_state: RandomState = None,
        return_y: bool = False,
    ) -> Any:
        """Draw ``n`` new rows, the kind of data that ``fit`` got.

        Parameters
        ----------
        n : int, optional
            How many; by default as many as ``y`` has, else 1.
        y : label or array of shape (n,), optional
            The class of each row; by default drawn at the learned frequencies.
        given : mapping, callable or list of them, optional
            ``{label column: value}`` is the same as ``y``. Other columns of a table or an array
            may be given by a value, a set of values, or a range (:class:`Between`), and whole
            rows by a callable that takes drawn rows and tells which are wanted: rows are drawn
            until as many have what is given.
        length : int, optional
            Steps of each sequence, for models of sequences.
        random_state : int, Generator or None
            The same seed gives the same bytes; None draws a fresh one.
        return_y : bool
            Give ``(X, y)``.
        """
        check_is_fitted(self)
        given = by_column(given)
        if is_more_than_values(self, given):
            return sample_asked(
                self, n, y, given, length=length, random_state=random_state, return_y=return_y
            )
        seed = seed_of(random_state)
        n, asked = wanted(self, n, y, given)
        stretched = None if length is None else self._stretching(length)
        x, codes, n_blocks = self._drawn(n, asked, seed)
        if ruled(self):
            x, codes = kept_by_class(self, (x, codes, n_blocks), asked, seed)
        x = x if stretched is None else stretched(x)
        told = self.labels_.n_classes and (return_y or self.label_ is not None)
        labels = self.labels_.classes_[codes] if told else None
        drawn = self._decode(x, labels, block_generator(seed, n_blocks))
        return (drawn, labels) if return_y else drawn

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Keep the model in a folder: a JSON manifest and safetensors, never pickle."""
        check_is_fitted(self)
        store.save(Path(folder), *store.pack(self._content()), overwrite=overwrite)

    def _content(self) -> dict[str, Any]:
        """All there is to keep, as nested JSON values and arrays."""
        return content_of(self)

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> Self:
        """Make a fitted model of what :meth:`save` kept, unpacked."""
        return restored(cls(**content["settings"]), content)

    @abstractmethod
    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        """Learn from encoded rows."""

    @abstractmethod
    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw one encoded row per row of ``cond`` (n, k), shape (n, width)."""

    @abstractmethod
    def _state(self) -> dict[str, Any]:
        """Give what was learned as nested JSON values and numpy arrays."""

    @abstractmethod
    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        """Become what :meth:`_state` gave."""

    @property
    def draws_at_once(self) -> bool:
        """Whether a sample is one block, drawn in one call of ``_sample``."""
        return False

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether a fit came to its end."""
        return hasattr(self, "seed_")

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what the model takes."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "density_estimator"
        tags.input_tags.allow_nan = self.allows_missing
        return tags

    def _cut(self, X: Any, lengths: Any) -> Any:
        """Make sequences of ``X``, where the model learns such."""
        if lengths is None:
            return X
        if "sequence" not in self.kinds:
            raise UnsupportedError(
                f"{type(self).__name__} does not learn sequences; drop lengths=."
            )
        return as_sequences(self, X, lengths)

    def _accept(
        self, X: Any, y: Any, label: str | None, kind: str | None, schema: Any
    ) -> "Dataset | Streamed":
        is_stream = isinstance(X, Streamed)
        data = X if is_stream else as_dataset(X, y, label=label, kind=kind, schema=schema)
        if data.kind not in self.kinds:
            raise UnsupportedError(
                f"{type(self).__name__} learns {', '.join(self.kinds)} data, and this is "
                f"{data.kind} data. Give one of those, or say which it is with kind=."
            )
        self.kind_, self.label_, self.holdout_ = data.kind, data.label, data.holdout
        return data if is_stream else replace(data, X=checked(self, data.X, reset=True))

    def _learn(
        self,
        data: Dataset | Streamed,
        sample_weight: Any,
        seed: int,
        checkpoint: str | Path | None,
        events: Emitter,
    ) -> None:
        rows = self._encoded_rows(data, sample_weight, events)
        run = run_of(self, rows, seed, streams(seed), events, checkpoint=checkpoint)
        self._fit(rows.to(run.device), self.codec_.layout_, run)

    def _encoded_rows(self, data: Dataset | Streamed, sample_weight: Any, events: Emitter) -> Any:
        """Learn what the columns and labels are, and give the encoded rows: Rows or a Stream."""
        if isinstance(data, Streamed):
            return open_stream(self, data, events)
        data, weight = weighted(data, sample_weight)
        self.n_rows_ = len(data)
        self._teach(data, weight, events)
        is_table, is_narrow = isinstance(self.codec_, TableCodec), self.table_numbers in _NARROW
        options = {"single": is_narrow, "events": events.at("encode rows")} if is_table else {}
        return self._known_rows(data, weight, **options)

    def _teach(self, data: Dataset, weight: np.ndarray, events: Emitter) -> None:
        """Learn the labels and the codec from rows."""
        self.labels_ = LabelCodec().fit(class_labels(data), weight=weight)
        self.codec_ = self._fitted_codec(data, weight, events.at("encode"))

    def _known_rows(self, data: Dataset, weight: np.ndarray, **options: Any) -> Any:
        """Encode rows by what was learned of them."""
        x, cond = self.codec_.encode(data.X, **options), conditions(self, data.labels, len(data))
        return self._rows(x, cond, weight)

    def _fitted_codec(
        self, data: Dataset | Digest, weight: np.ndarray | None, events: Emitter
    ) -> Codec:
        return fitted_codec(self, data, weight, events)

    def _encoded(self, X: Any) -> tuple[Any, Tensor]:
        """Check rows against those of the fit, and encode them, (n, width)."""
        X = checked(self, X, reset=False)
        return X, self._tensor(self.codec_.encode(X))

    def _rows(self, x: np.ndarray, cond: np.ndarray, weight: np.ndarray) -> Rows:
        return Rows(self._tensor(x), *(torch.from_numpy(p).to(self.dtype) for p in (cond, weight)))

    def _tensor(self, x: np.ndarray) -> Tensor:
        keeps = self.keeps_single and x.dtype == np.float32
        return torch.from_numpy(x).to(torch.float32 if keeps else self.dtype)

    def _drawn(self, n: int, asked: Any, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Encoded rows, their classes, and from how many blocks, a generator each, they come."""
        size = n if self.draws_at_once else BLOCK_ROWS
        x = np.empty((n, self._width))
        codes = np.empty(n, int) if asked is None else self.labels_.codes(asked, n)
        parts = blocks(n, size)

        @torch.no_grad()
        def fill(i: int) -> None:
            rows = parts[i]
            if asked is None:
                label_rng = block_generator(seed, i, 0)
                codes[rows] = self.labels_.draw_codes(rows.stop - rows.start, label_rng)
            self._fill(x[rows], codes[rows], block_generator(seed, i, 1))

        each = in_threads if self.draws_in_threads else map
        list(each(fill, range(len(parts))))
        return x, codes, len(parts)

    @property
    def _width(self) -> int:
        """How many numbers an encoded draw has."""
        return self.codec_.layout_.width

    def _stretching(self, length: int) -> Callable[[np.ndarray], np.ndarray]:
        """Give what brings encoded draws to so many steps, before there are any."""
        raise UnsupportedError(f"{type(self).__name__} does not draw sequences; drop length=.")

    def _fill(self, out: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> None:
        """Draw an encoded row of each class number into ``out`` (n, width)."""
        cond = torch.from_numpy(self.labels_.one_hot(codes)).to(self.dtype)
        torch.from_numpy(out).copy_(self._sample(cond, rng))

    def _decode(self, x: np.ndarray, labels: np.ndarray | None, rng: np.random.Generator) -> Any:
        if not isinstance(self.codec_, TableCodec):
            return self.codec_.decode(x, rng)
        if self.label_ is None or not self.labels_.n_classes:
            return self.codec_.decode(x, rng)
        return self.codec_.decode(x, rng, columns={self.label_: labels})
