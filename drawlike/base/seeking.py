"""Rows drawn until they have what is asked, within a budget of candidates."""

import math
import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..errors import NotConditionalError, SettingError
from .accepting import ruled
from .asking import Asked, read_asked
from .evidence import Evidence, draws
from .given import Conditional, conditional
from .labels import checked_count
from .narrowing import Limits, Narrowed, chosen, is_narrowed, narrowed
from .randomness import RandomState, block_generator, seed_of
from .relating import with_relations

_EACH, _FEWEST, _MOST_AT_ONCE = 50, 50_000, 1 << 16  # candidates a row, at least, in one turn
_ENOUGH, _SHARE = 30, 0.1  # equal draws that rows are worth at least, and of all rows
_AHEAD = 1.2  # so many more candidates than seem to be needed
_ABLE = "LatentClass"


def sample_asked(
    model: Any,
    n: int | None,
    y: Any,
    given: Any,
    *,
    length: int | None = None,
    random_state: RandomState = None,
    return_y: bool = False,
) -> Any:
    """Draw rows that have what is asked of them: values, sets, ranges, tests.

    Raises
    ------
    NotConditionalError
        If it has probability 0, or too few candidates have it.
    """
    if length is not None:
        raise SettingError("length= is for sequences, and given= for columns; drop one.")
    drawn, labels = drawn_as_asked(model, n, read_asked(model, given, y), seed_of(random_state))
    return (drawn, labels) if return_y else drawn


def drawn_as_asked(model: Any, n: int | None, asked: Asked, seed: int) -> tuple[Any, Any]:
    """Rows that have what is asked of them, and their labels."""
    make = _Conditional if hasattr(model, "condition") else _Free
    source = make.of(model, n, asked)
    found = _sought(source, seed)
    _report(source, found)
    shown = found.shown or source.decoded(found.batch, source.rows, block_generator(seed, 0, 1))
    drawn, labels = shown
    return drawn, labels


class _Batch(NamedTuple):
    """Encoded rows (n, width), and what is known of their classes, a row each."""

    x: np.ndarray
    classes: np.ndarray

    def put(self, slots: np.ndarray, other: "_Batch", rows: np.ndarray) -> None:
        """Put rows of another batch in some places."""
        self.x[slots], self.classes[slots] = other.x[rows], other.classes[rows]


_NOTHING = _Batch(np.empty((0, 0)), np.empty(0))


class _Found(NamedTuple):
    """Rows, how many candidates there were, and how many equal draws the rows are worth.

    ``shown`` are the rows decoded, with their labels, where all candidates are among them.
    """

    batch: _Batch
    n_tried: int
    n_fit: int
    effective: float
    shown: Any = None


@dataclass(frozen=True)
class _Source(ABC):
    """Where candidates come from; ``rows`` (n,) says of which kind each wanted row is."""

    model: Any
    asked: Asked
    rows: np.ndarray

    @abstractmethod
    def drawn(self, rows: np.ndarray, seed: int) -> tuple[_Batch, float]:
        """Candidates of some kinds, and how many equal draws they are worth."""

    @abstractmethod
    def decoded(self, batch: _Batch, rows: np.ndarray, rng: np.random.Generator) -> Any:
        """Rows as fit got them, and their labels."""


@dataclass(frozen=True)
class _Conditional(_Source):
    """Candidates that have values given, and lie in the regions that the model can be given."""

    known: Conditional

    @classmethod
    def of(cls, model: Any, n: int | None, asked: Asked) -> "_Conditional":
        known = conditional(model, asked.values, asked.y)
        return cls(model, asked, known.rows_for(n), known)

    @cached_property
    def _evidence(self) -> Evidence:
        return self.known.evidence(np.arange(self.known.n_rows or 1))

    def drawn(self, rows: np.ndarray, seed: int) -> tuple[_Batch, float]:
        model, rng = self.model, block_generator(seed, 0)
        encoded = [asked.region for asked in self.asked.regions if asked.region is not None]
        regions = [region for region in encoded if is_narrowed(model, region)]
        evidence, allowed = self._evidence, self.asked.allowed
        if ruled(model):  # what ties columns together is drawn for each row by itself
            columns = self.known._columns(rows, None)
            evidence = with_relations(model, evidence.take(rows), columns, seed)
            rows = np.arange(len(rows))
        if regions or allowed is not None:
            found = narrowed(model, evidence, rows, Limits(regions, allowed), rng)
        else:
            found = Narrowed(evidence.take(rows))
        x, cond = found.evidence
        if found.is_complete and cond is not None:
            return _Batch(x.double().numpy(), cond.numpy()), found.effective
        return _Batch(*draws(model, found.evidence, seed_of(rng))), found.effective

    def decoded(self, batch: _Batch, rows: np.ndarray, rng: np.random.Generator) -> Any:
        return self.known.decoded(batch.x, batch.classes, rows, rng)


@dataclass(frozen=True)
class _Free(_Source):
    """Candidates of a model that takes nothing but a class."""

    @classmethod
    def of(cls, model: Any, n: int | None, asked: Asked) -> "_Free":
        n = checked_count(n, asked.y)
        if asked.y is not None:
            model.labels_.codes(asked.y, n)  # refuses what is no label
        return cls(model, asked, np.arange(n) if np.ndim(asked.y) else np.zeros(n, int))

    def drawn(self, rows: np.ndarray, seed: int) -> tuple[_Batch, float]:
        model, labels = self.model, self._labels(rows, seed)
        x, codes, _ = model._drawn(len(rows), labels, seed)
        return _Batch(x, codes), math.inf

    def _labels(self, rows: np.ndarray, seed: int) -> np.ndarray | None:
        y, allowed, known = self.asked.y, self.asked.allowed, self.model.labels_
        if y is not None:
            return np.asarray(y)[rows] if np.ndim(y) else np.full(len(rows), y)
        if allowed is None:
            return None
        odds = known.frequencies_ * allowed
        codes = block_generator(seed, 0, 2).choice(len(odds), len(rows), p=odds / odds.sum())
        chosen: np.ndarray = known.classes_[codes]
        return chosen

    def decoded(self, batch: _Batch, rows: np.ndarray, rng: np.random.Generator) -> Any:
        labels = self.model.labels_
        told = labels.classes_[batch.classes] if labels.n_classes else None
        return self.model._decode(batch.x, told, rng), told


def _sought(source: _Source, seed: int) -> _Found:
    """Draw until each wanted row is found, or the budget is spent."""
    wanted, n = source.rows, len(source.rows)
    budget, n_tried, n_fit, effective = max(_FEWEST, _EACH * n), 0, 0, math.inf
    missing, kept, shown = np.arange(n), _NOTHING, None
    while len(missing) and n_tried < budget:
        rate = (n_fit + 1) / (n_tried + 1)
        more = math.ceil(_AHEAD * len(missing) / rate) if n_tried else n
        more = min(more, max(n, _MOST_AT_ONCE), budget - n_tried)
        rows = wanted[np.resize(missing, more)]
        batch, worth = source.drawn(rows, seed_of(block_generator(seed, n_tried)))
        shown = source.decoded(batch, rows, block_generator(seed, 0, 1))
        fits = np.flatnonzero(source.asked.holds(source.model, shown[0]))
        slots, offered = _matched(wanted[missing], rows[fits])
        if not n_tried:
            kept = _Batch(*map(np.empty_like, batch))
        kept.put(missing[slots], batch, fits[offered])
        n_tried, n_fit, effective = n_tried + more, n_fit + len(fits), min(effective, worth)
        missing = np.delete(missing, slots)
    found = _Found(kept, n_tried, n_fit, effective, shown if n_fit == n_tried == n else None)
    return _repeated(source, found, missing, seed) if len(missing) else found


def _matched(wanted: np.ndarray, offered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each offered row to a wanted one of its kind, as long as there are such."""
    width = max(len(wanted), len(offered)) + 1
    a, b = (kind * width + _rank(kind) for kind in (wanted, offered))
    _, slots, rows = np.intersect1d(a, b, assume_unique=True, return_indices=True)
    return slots, rows


def _rank(kind: np.ndarray) -> np.ndarray:
    """How many rows of the same kind come before each, (n,)."""
    order = np.argsort(kind, kind="stable")
    ordered, rank = kind[order], np.empty(len(kind), int)
    rank[order] = np.arange(len(kind)) - np.searchsorted(ordered, ordered)
    return rank


def _repeated(source: _Source, found: _Found, missing: np.ndarray, seed: int) -> _Found:
    """Let rows that were found stand for those that were not."""
    wanted, filled = source.rows, np.delete(np.arange(len(source.rows)), missing)
    filled = filled[np.argsort(wanted[filled], kind="stable")]
    kinds = wanted[filled]
    few = len(filled) < max(_SHARE * len(wanted), min(len(wanted), _ENOUGH))
    if few or not np.isin(wanted[missing], kinds).all():
        raise NotConditionalError(_too_few(source, found))
    rng = block_generator(seed, 0, 3)
    again = chosen(np.zeros(len(kinds)), kinds, wanted[missing], rng)
    found.batch.put(missing, found.batch, filled[again])
    return found._replace(effective=min(found.effective, len(filled)))


def _too_few(source: _Source, found: _Found) -> str:
    name = type(source.model).__name__
    advice = "ask for less, or for fewer rows"
    if source.asked.tests:
        advice = f"say what the test asks of single columns by sets and ranges, or {advice}"
    elif name != _ABLE:
        advice = f"{_ABLE} draws sets and ranges of any columns of a table exactly; else {advice}"
    return (
        f"Of {found.n_tried:,} rows that {name} drew, {found.n_fit:,} have what is given, too few "
        f"for {len(source.rows):,}: {advice}."
    )


def _report(source: _Source, found: _Found) -> None:
    """Refuse rows that are worth few equal draws, and warn of those that are worth fewer."""
    n = len(source.rows) / len(np.unique(source.rows))
    if found.effective >= n:
        return
    if found.effective < min(n, _ENOUGH):
        raise NotConditionalError(
            f"The weighted rows are worth {found.effective:.1f} equal draws, too few: {_ABLE} "
            "draws sets and ranges of any columns of a table exactly; else ask for less."
        )
    warnings.warn(
        f"{len(source.rows):,} rows are drawn that are worth {found.effective:,.0f} "
        "(effective sample size): what was asked is rare, so that some repeat or weigh more",
        stacklevel=4,
    )
