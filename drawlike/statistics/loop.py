"""The one loop of closed-form and EM models."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar

from torch import Tensor

from ..events import SILENT, Emitter

Batches = Callable[[], Iterable[Any]]  # a fresh pass over the data at every call
Statistics = Callable[[Any], Any]  # a batch's sums: a NamedTuple of tensors that add up


class Learner(Protocol):
    """Parameters that are updated from sums over the rows."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the update that made these parameters has to tell the user."""
        ...

    def statistics(self, batch: Any) -> Any:
        """Sums of a batch under these parameters."""
        ...

    def update(self, sums: Any) -> Self:
        """Parameters that maximise the expected log-likelihood, given all sums."""
        ...

    def objective(self, sums: Any) -> float:
        """Mean of what an update never lowers, nats a row, under these parameters."""
        ...


Model = TypeVar("Model", bound=Learner)


@dataclass(frozen=True)
class Course(Generic[Model]):
    """Where the iterations led.

    ``objectives`` holds the mean objective before each update, nats a row.
    """

    model: Model
    objectives: tuple[float, ...]
    converged: bool
    interrupted: bool = False


def iterate(
    model: Model,
    batches: Batches,
    *,
    max_iter: int,
    tol: float,
    events: Emitter = SILENT,
) -> Course[Model]:
    """Update until the mean objective changes by less than ``tol`` nats a row.

    Ctrl-C keeps the last parameters and says so in a warning event.
    """
    objectives: list[float] = []
    converged = False
    try:
        for step in range(1, max_iter + 1):
            sums = accumulate(model.statistics, batches, events)
            objectives.append(model.objective(sums))
            # a step that had to mend something says nothing about convergence
            converged = not model.notes and has_converged(objectives, tol)
            model = model.update(sums)
            _tell(events, step, step if converged else max_iter, objectives[-1], model.notes)
            if converged:
                break
    except KeyboardInterrupt:
        done = len(objectives)
        events.warning(f"interrupted in iteration {done + 1}: keeping the last parameters")
        return Course(model, tuple(objectives), converged=False, interrupted=True)
    return Course(model, tuple(objectives), converged)


def has_converged(objectives: list[float], tol: float) -> bool:
    """Tell whether the last step changed the objective by less than ``tol``."""
    return len(objectives) > 1 and abs(objectives[-1] - objectives[-2]) < tol


def accumulate(statistics: Statistics, batches: Batches, events: Emitter = SILENT) -> Any:
    """Sums over all batches of one pass."""
    total, rows, start, shown = None, 0, time.monotonic(), events.at("pass")
    for batch in batches():
        part = statistics(batch)
        total = part if total is None else add(total, part)
        rows += len(batch.x)
        if time.monotonic() - start > 1:  # only a long pass has to show that it is alive
            shown.progress(rows, unit="rows")
    if time.monotonic() - start > 1:
        shown.progress(rows, rows, unit="rows")
    return total


def add(total: Any, part: Any) -> Any:
    """Add nested sums, in place of the first."""
    if isinstance(total, Tensor):
        return total.add_(part)
    for mine, theirs in zip(total, part, strict=True):
        add(mine, theirs)
    return total


def _tell(
    events: Emitter, step: int, total: int, log_likelihood: float, notes: tuple[str, ...]
) -> None:
    events.metric("log_likelihood", log_likelihood, step, unit="nats a row")
    for note in notes:
        events.warning(note)
    events.progress(step, total, unit="iterations")
