"""One model, fitted once and judged once."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from sklearn.base import clone

from ..base import GenerativeModel
from ..datasets import Dataset
from ..evaluation import Evaluation, Judge
from ..events import SILENT, Emitter, Event, Listener

_SCORED_ROWS = 1000  # enough for a mean; a lower bound takes many passes through a network


@dataclass(frozen=True)
class Likelihood:
    """Mean log-likelihood, nats a row, of hold-out rows and of as many training rows.

    ``impossible`` is the share of hold-out rows that have none; the means are over the others.
    """

    holdout: float
    train: float
    impossible: float

    @classmethod
    def of(cls, log_prob: Mapping[str, np.ndarray]) -> Self:
        """Sum up what :func:`log_probs` gives."""
        known = {name: values[np.isfinite(values)] for name, values in log_prob.items()}
        mean = {name: float(v.mean()) if len(v) else float("nan") for name, v in known.items()}
        impossible = 1 - len(known["holdout"]) / len(log_prob["holdout"])
        return cls(mean["holdout"], mean["train"], impossible)


@dataclass(frozen=True, eq=False)
class Trial:
    """A model with its rows and what the judge said, or the ``error`` that it met."""

    name: str
    seed: int
    model: GenerativeModel | None = None
    sample: Dataset | None = field(default=None, repr=False)
    evaluation: Evaluation | None = field(default=None, repr=False)
    likelihood: Likelihood | None = None
    fit_seconds: float = float("nan")
    rows_per_second: float = float("nan")
    error: str | None = None


def attempt(
    name: str,
    model: GenerativeModel,
    judge: Judge,
    *,
    seed: int,
    seconds: float | None,
    hear: Listener,
) -> Trial:
    """Fit a clone of a model on the judge's training rows, draw as many, judge them.

    Whatever the model meets is caught: it is shown with its error, and the others go on.
    """
    try:
        return _trial(name, model, judge, seed=seed, seconds=seconds, hear=_renamed(hear, name))
    except Exception as error:  # noqa: BLE001 - a plug-in may raise anything
        return Trial(name, seed, error=f"{type(error).__name__}: {error}")


def draw(model: GenerativeModel, like: Dataset, random_state: int) -> Dataset:
    """Draw as many rows as ``like`` has, labelled as those are."""
    labelled = like.y is not None and model.labels_.n_classes > 0
    drawn = model.sample(len(like), random_state=random_state, return_y=labelled)
    X, y = drawn if labelled else (drawn, None)
    return replace(like, X=X, y=y, ids=np.arange(len(like)), source={}, holdout=None)


def _trial(
    name: str,
    model: GenerativeModel,
    judge: Judge,
    *,
    seed: int,
    seconds: float | None,
    hear: Listener,
) -> Trial:
    model = clone(model).set_params(random_state=seed)
    if seconds is not None and "max_seconds" in model.get_params():
        model.set_params(max_seconds=seconds)
    with _timed() as fitting:
        model.fit(judge.train, listener=hear)
    with _timed() as drawing:
        drawn = draw(model, judge.train, seed)
    events = Emitter(hear, "likelihood")
    log_prob = log_probs(model, judge.train, judge.holdout, seed, events)
    return Trial(
        name,
        seed,
        model,
        drawn,
        judge(drawn, log_prob=log_prob, events=events.at("judge")),
        None if log_prob is None else Likelihood.of(log_prob),
        fitting.seconds,
        len(drawn) / max(drawing.seconds, 1e-9),
    )


def log_probs(
    model: GenerativeModel,
    train: Dataset,
    holdout: Dataset | None,
    random_state: int,
    events: Emitter = SILENT,
) -> dict[str, np.ndarray] | None:
    """Log-densities in nats of at most 1,000 rows of each, where a model has a density."""
    if not hasattr(model, "score_samples") or holdout is None:  # some have it on some data
        return None
    n = min(_SCORED_ROWS, len(train), len(holdout))
    rng, scores = np.random.default_rng(random_state), {}
    for step, (name, rows) in enumerate({"train": train, "holdout": holdout}.items()):
        events.progress(step, 2, unit="sets")
        some = rows.take(np.sort(rng.choice(len(rows), n, replace=False)))
        scores[name] = model.score_samples(some.X, some.y)
    events.progress(2, 2, unit="sets")
    return scores


@dataclass
class _Watch:
    seconds: float = float("nan")


@contextmanager
def _timed() -> Iterator[_Watch]:
    watch, start = _Watch(), time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - start


def _renamed(hear: Listener, name: str) -> Listener:
    """Say in every event's stage which model it is about."""

    def rename(event: Event) -> None:
        hear(replace(event, stage=f"{name}: {event.stage}"))

    return rename
