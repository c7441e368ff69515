"""Models of sequences, whose steps depend on those before them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..codecs import SequenceCodec
from ..codecs.sequence import lengths_of, parts_of
from ..datasets import Dataset, Streamed
from ..datasets.dataset import as_labels
from ..errors import DataError, NotConditionalError, UnsupportedError
from ..events import Emitter
from ..rows import Sequences
from .checking import checked
from .cutting import as_sequences
from .encoding import sequence_codec
from .labels import check_length, checked_count, conditions, wanted
from .randomness import RandomState, block_generator, seed_of
from .sequence_draws import draw_block, draws
from .sequence_streaming import open_sequences
from .weights import checked_weight


class SequenceMixin(ABC):
    """Models of sequences; the hooks are ``_step_log_prob`` and ``_sample_steps``.

    ``X`` is one sequence where it is a 2-d array, a tensor or a frame, (steps, features). It
    is several sequences where it is a list of these, an array (m, steps, features), whose
    sequences may end in rows of NaN, or a 2-d array with ``lengths=``. Labels and weights are
    those of sequences. For one sequence, weights may be those of its steps: each counts as so
    many values that are seen in the same state.
    """

    def score_samples(self: Any, X: Any, y: Any = None, *, lengths: Any = None) -> np.ndarray:
        """Log-likelihood in nats, in the units of the data.

        Of each step given those before it, log p(x_t | x_<t), (steps,), where ``X`` is one
        2-d array; of each sequence, (m,), otherwise. With ``y`` (m,) it is log p(x | y),
        without it is summed over the learned p(y).
        """
        check_is_fitted(self)
        raw, data, one = self._read(X, lengths)
        steps = self._log_steps(data, self._known_classes(y, data, one=one))
        steps = steps + self.codec_.step_log_jacobian(raw)
        return steps if one else np.add.reduceat(steps, data.bounds[:-1])

    def score(self, X: Any, y: Any = None, *, lengths: Any = None) -> float:
        """Mean of ``score_samples``: nats a step for one 2-d array, else nats a sequence.

        This is no sum over all of X, as hmmlearn's is.
        """
        return float(np.mean(self.score_samples(X, y, lengths=lengths)))

    def sample(
        self: Any,
        n: int | None = None,
        y: Any = None,
        *,
        given: Mapping[str, Any] | None = None,
        length: int | None = None,
        random_state: RandomState = None,
        return_y: bool = False,
    ) -> Any:
        """Draw new sequences of the form that ``fit`` got.

        Parameters
        ----------
        n : int, optional
            After a fit on one 2-d array the steps of one new sequence (n, d); else the
            number of sequences, by default as many as ``y`` has, else 1.
        y : label or array of shape (n,), optional
            The class of each sequence; by default drawn at the learned frequencies.
        given : mapping, optional
            No column of a sequence can be given.
        length : int, optional
            Steps of each sequence; by default drawn from the lengths that were learned.
            After a fit on one 2-d array it makes ``n`` sequences, (n, length, d).
        random_state : int, Generator or None
            The same seed gives the same bytes; None draws a fresh one.
        return_y : bool
            Give ``(X, y)``, y the class of each sequence.
        """
        check_is_fitted(self)
        if given:
            raise NotConditionalError(
                f"{type(self).__name__} draws whole sequences, of which no columns can be given; "
                "a class is asked for as y=."
            )
        if length is not None:
            check_length(length)
        seed = seed_of(random_state)
        one = self.codec_.form_ == "single" and length is None
        n_steps = checked_count(n) if one else None
        n, asked = wanted(self, 1 if one else n, y, None)
        cond, lengths, x, blocks = draws(self, n, asked, length or n_steps, seed)
        rng = block_generator(seed, blocks)
        drawn = self.codec_.decode(x.cpu().numpy(), rng, lengths=lengths)
        return (drawn, self.labels_.decode(cond)) if return_y else drawn

    @abstractmethod
    def _step_log_prob(self, data: Sequences, label: int) -> Tensor:
        """Log-density of each step given those before it, in nats, in a class, (N,)."""

    @abstractmethod
    def _sample_steps(
        self, label: int, lengths: Tensor, rng: np.random.Generator, last: Any
    ) -> tuple[Tensor, Any]:
        """Draw sequences of a class, (N, width), and what ``last`` is for going on with them."""

    def _sample(self: Any, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw a first step for each row of ``cond``."""
        labels = cond.argmax(1) if cond.shape[1] else torch.zeros(len(cond), dtype=torch.long)
        return draw_block(self, labels, torch.ones_like(labels), rng)

    def _log_prob(self: Any, x: Tensor, cond: Tensor) -> Tensor:
        """Log-density of rows that are sequences of one step."""
        ones = torch.ones(len(x))
        each = self._log_each(Sequences(x, ones.long(), x[:, :0], ones.to(x)))
        label = cond.argmax(1) if cond.shape[1] else torch.zeros(len(x), dtype=torch.long)
        return each[torch.arange(len(x)), label]

    def _cut(self, X: Any, lengths: Any) -> Any:
        """Give sequences as a Dataset; X stays a 2-d array where it is one sequence."""
        if isinstance(X, Streamed):
            if lengths is not None:
                raise DataError(
                    "lengths= are given beside a stream: let its chunks be (X, lengths)."
                )
            return X
        return as_sequences(self, X, lengths)

    def _accept(self: Any, X: Any, y: Any, label: str | None, kind: str | None, schema: Any) -> Any:
        if kind not in (None, "sequence", "array"):
            raise UnsupportedError(
                f"{type(self).__name__} learns sequence data, and kind={kind!r} is given."
            )
        if isinstance(X, Streamed):
            vars(self).update(kind_="sequence", label_=None, holdout_=X.holdout)
            return X
        return self._accepted(self._cut(X, None), y, label, schema, reset=True)

    def _accept_more(self: Any, X: Any, y: Any, label: str | None) -> Dataset:
        data = self._accepted(self._cut(X, None), y, label, None, reset=False)
        if data.y is not None and not self.labels_.n_classes:
            if len(data.y) == len(data):
                raise NotConditionalError(
                    f"{type(self).__name__} was begun without labels and gets some now: leave y "
                    "out, or make a new model."
                )
            data = replace(data, y=None)  # labels of steps say nothing, as in fit
        return data

    def _accepted(
        self: Any, data: Dataset, y: Any, label: str | None, schema: Any, *, reset: bool
    ) -> Dataset:
        if label is not None or data.label is not None:
            raise DataError("Sequences have no column of labels: give y, a label for each.")
        if y is not None and data.y is not None:
            raise DataError("The Dataset has labels of its own: give no others beside it.")
        vars(self).update(kind_="sequence", label_=None, holdout_=data.holdout)
        raw = checked(self, data.X, reset=reset)
        y = data.y if y is None else y
        n = 1 if y is None else len(np.asarray(y).ravel())
        labels = None if y is None else as_labels(y, n if _one(raw, n) else len(data))
        return replace(data, X=raw, y=labels, schema=schema or data.schema)

    def _encoded_rows(self: Any, data: Any, sample_weight: Any, events: Emitter) -> Any:
        if isinstance(data, Streamed):
            return open_sequences(self, data, events)
        n = 0 if sample_weight is None else np.asarray(sample_weight).size
        if not _one(data.X, n):
            return super()._encoded_rows(data, sample_weight, events)  # type: ignore[misc]
        each = checked_weight(sample_weight, n)
        if not each.any():
            raise DataError("Every sample_weight is 0; at least one step must count.")
        rows = super()._encoded_rows(data, None, events)  # type: ignore[misc]
        weight = torch.from_numpy(each)[: len(rows.x)]
        return replace(rows, step_weight=weight)

    def _teach(self: Any, data: Dataset, weight: np.ndarray, events: Emitter) -> None:
        if data.y is not None and len(data.y) != len(data):
            events.warning(
                f"y has {len(data.y)} labels, one for each step, and a sequence has one: they are "
                "ignored. Give a list of sequences to learn classes."
            )
            data = replace(data, y=None)
        self._learn_lengths(np.empty(0, np.int64), np.empty(0))
        super()._teach(data, weight, events)  # type: ignore[misc]

    def _fitted_codec(
        self: Any, data: Any, weight: np.ndarray | None, events: Emitter
    ) -> SequenceCodec:
        return sequence_codec(self, data).fit(data.X, weight=weight, events=events)

    def _known_rows(self: Any, data: Dataset, weight: np.ndarray, **options: Any) -> Sequences:
        """Encode sequences, and learn how long they are."""
        self._count(lengths_of(parts_of(data.X)), weight)
        return self._encoded_sequences(data, weight, **options)

    def _encoded_sequences(
        self: Any, data: Dataset, weight: np.ndarray, **options: Any
    ) -> Sequences:
        """Encode sequences, without the steps after the last observed one."""
        lengths = lengths_of(parts_of(data.X))
        x = self.codec_.encode(data.X, **options)
        x, lengths = _without_tails(x, lengths)
        cond = torch.from_numpy(conditions(self, data.labels, len(data))).to(self.dtype)
        mass = torch.from_numpy(np.ascontiguousarray(weight)).to(self.dtype)
        return Sequences(self._tensor(x), torch.from_numpy(lengths), cond, mass)

    def _learn_lengths(self: Any, lengths: np.ndarray, weight: np.ndarray) -> None:
        """Learn from the beginning how long sequences are."""
        self.lengths_, self.length_counts_ = np.empty(0, np.int64), np.empty(0)
        self._count(lengths, weight)

    def _count(self: Any, lengths: np.ndarray, weight: np.ndarray) -> None:
        """Learn how long sequences are."""
        values = np.concatenate([self.lengths_, lengths])
        self.lengths_, place = np.unique(values, return_inverse=True)
        counts = np.concatenate([self.length_counts_, weight])
        self.length_counts_ = np.bincount(place, counts, len(self.lengths_))

    def _read(self: Any, X: Any, lengths: Any) -> tuple[Any, Sequences, bool]:
        """Raw and encoded sequences, and whether they are one 2-d array."""
        raw = checked(self, self._cut(X, lengths).X, reset=False)
        each = torch.from_numpy(lengths_of(parts_of(raw)))
        x = self._tensor(self.codec_.encode(raw))
        data = Sequences(x, each, x.new_empty((len(each), 0)), x.new_ones(len(each)))
        return raw, data, _is_one(raw)

    def _known_classes(self: Any, y: Any, data: Sequences, *, one: bool) -> np.ndarray | None:
        """Class number of each sequence, (m,), where it is known."""
        if y is None and self.labels_.n_classes:
            return None
        if y is None or (one and not self.labels_.n_classes and np.size(y) == len(data.x)):
            return np.zeros(len(data), int)  # labels of steps say nothing, as in fit
        return self.labels_.encode(y, len(data)).argmax(1)

    @torch.no_grad()
    def _log_steps(self: Any, data: Sequences, label: np.ndarray | None) -> np.ndarray:
        """Log-density of each step given those before it, encoded, (N,)."""
        n_classes = max(1, self.labels_.n_classes)
        each = [self._step_log_prob(data, c).cpu().numpy() for c in range(n_classes)]
        if label is not None:
            return np.stack(each)[np.repeat(label, data.lengths), np.arange(len(data.x))]
        passed = [
            _running(steps, data.bounds) + p for steps, p in zip(each, self._log_prior, strict=True)
        ]
        total = np.logaddexp.reduce(passed, axis=0)
        before = np.r_[0.0, total[:-1]]
        before[data.bounds[:-1]] = 0.0
        return total - before

    @torch.no_grad()
    def _log_each(self: Any, data: Sequences) -> Tensor:
        """Log-density of each sequence in each class, encoded, (m, k)."""
        n_classes = max(1, self.labels_.n_classes)
        steps = [self._step_log_prob(data, c).cpu().numpy() for c in range(n_classes)]
        each = [np.add.reduceat(part, data.bounds[:-1]) for part in steps]
        return torch.from_numpy(np.stack(each, 1))

    @property
    def _log_prior(self: Any) -> np.ndarray:
        with np.errstate(divide="ignore"):  # a class may be known and not have come yet
            return np.log(self.labels_.frequencies_)


def _is_one(raw: Any) -> bool:
    return not isinstance(raw, list) and getattr(raw, "ndim", 2) == 2


def _one(raw: Any, n: int) -> bool:
    """Whether n numbers are those of the steps of one sequence, and not of the sequence."""
    return _is_one(raw) and n == len(raw) and n != 1


def _running(steps: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Sums of the steps up to each, from the beginning of its sequence, (N,)."""
    parts = np.split(steps, bounds[1:-1])
    return np.concatenate([np.cumsum(part) for part in parts])


def _without_tails(x: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop the steps after the last one of which a cell is observed; one step stays."""
    seen = ~np.isnan(x).all(1)
    bounds = np.cumsum(np.r_[0, lengths])
    at = np.arange(len(x)) - np.repeat(bounds[:-1], lengths)
    kept = np.maximum.reduceat(np.where(seen, at + 1, 1), bounds[:-1])
    if (kept == lengths).all():
        return x, lengths
    return x[at < np.repeat(kept, lengths)], kept
