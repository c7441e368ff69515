"""The loop over epochs: the rate, what is watched, and what happens when it goes wrong."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ...errors import TrainingError
from ...events import SILENT, Emitter
from ...networks.boltzmann import Boltzmann
from ..checkpoint import Checkpoint
from .contrast import Learner

MAX_ROLLBACKS = 5
_PART_ROWS = 2048
_LARGEST_WEIGHT = 1e3

Watch = Callable[[Boltzmann, int], None]
DrawOrder = Callable[[np.random.Generator], np.ndarray]

SCHEDULES: dict[str, Callable[[float], float]] = {
    # a machine that still moves is ahead of its chains: at the end it has to stand still
    "linear": lambda done: 1 - done,
    "constant": lambda done: 1.0,
}


@dataclass
class Course:
    """How far a training came."""

    epoch: int = 0
    interrupted: bool = False
    rollbacks: int = 0
    seconds: float = 0.0


@dataclass
class _Clock:
    """Seconds of a training, from the end of its first part on: it compiles before."""

    limit: float | None
    seconds: float
    began: float | None = None

    def tick(self) -> float:
        """Look at the clock; gives the share of the limit that is over, 0 without one."""
        now = time.monotonic()
        if self.began is None:
            self.began = now - self.seconds
        self.seconds = now - self.began
        return self.share

    @property
    def share(self) -> float:
        """Share of the limit that was over at the last look."""
        return self.seconds / self.limit if self.limit else 0.0


def learn(
    learner: Learner,
    n_rows: int,
    *,
    epochs: int,
    rate: float,
    schedule: str,
    batch_size: int,
    seed: int,
    watch: Watch,
    draw_order: DrawOrder | None = None,
    max_seconds: float | None = None,
    checkpoint: Checkpoint | None = None,
    events: Emitter = SILENT,
) -> Course:
    """Go over the rows ``epochs`` times, in an order (n_rows,) drawn from (seed, epoch).

    An epoch that ends with weights that are no numbers, or absurd ones, is taken back and
    repeated at half the rate. Ctrl-C keeps the weights. The schedule ends with the epochs
    or with ``max_seconds``, whichever comes first; the epoch that meets this limit is cut.
    """
    course, good = _resumed(learner, checkpoint, events)
    clock = _Clock(max_seconds, course.seconds)
    events.progress(course.epoch * n_rows, epochs * n_rows, unit="rows")  # before compiling
    try:
        while course.epoch < epochs and clock.share < 1:
            slower = rate * 0.5**course.rollbacks
            seeds = seed, course.epoch, course.rollbacks
            rng = np.random.default_rng(seeds)
            order = draw_order(rng) if draw_order else rng.permutation(n_rows)
            for start, stop in _parts(n_rows, batch_size):
                done = max((course.epoch + start / n_rows) / epochs, clock.share)
                learner.climb(order[start:stop], slower * SCHEDULES[schedule](done))
                events.progress(course.epoch * n_rows + stop, epochs * n_rows, unit="rows")
                if clock.tick() >= 1:
                    break
            if not _is_sane(learner.machine):
                _take_back(learner, good, course, events)
                continue
            course.epoch, course.seconds = course.epoch + 1, clock.seconds
            watch(learner.machine, course.epoch)
            good = learner.state()
            if checkpoint:
                checkpoint.save({"course": vars(course).copy(), "learner": good})
    except KeyboardInterrupt:
        course.interrupted = True
        events.warning(f"interrupted in epoch {course.epoch + 1}: the weights so far are kept")
        if not _is_sane(learner.machine):
            learner.load(good)
    return course


def _resumed(
    learner: Learner, checkpoint: Checkpoint | None, events: Emitter
) -> tuple[Course, dict]:
    """How far the checkpoint came, if there is one, and the learner's state there."""
    if not checkpoint or not (state := checkpoint.load()):
        return Course(), learner.state()
    course = Course(**state["course"])
    learner.load(state["learner"])
    events.warning(f"resumed after epoch {course.epoch} from {checkpoint.folder}")
    return course, state["learner"]


def _parts(n_rows: int, batch_size: int) -> Iterator[tuple[int, int]]:
    """Cut an epoch into parts that Ctrl-C and the bar can wait for, at ends of batches."""
    size = math.ceil(_PART_ROWS / batch_size) * batch_size
    for start in range(0, n_rows, size):
        yield start, min(start + size, n_rows)


def _is_sane(machine: Boltzmann) -> bool:
    largest = [float(t.abs().max()) for t in machine.tensors().values() if t.numel()]
    return all(value < _LARGEST_WEIGHT for value in largest)


def _take_back(learner: Learner, good: dict, course: Course, events: Emitter) -> None:
    course.rollbacks += 1
    if course.rollbacks > MAX_ROLLBACKS:
        raise TrainingError(
            f"Training diverged {course.rollbacks} times in epoch {course.epoch + 1}. "
            "Try a lower learning_rate, or look for extreme values in the data."
        )
    learner.load(good)
    events.warning(
        f"the weights exploded in epoch {course.epoch + 1}: it is repeated at half the rate"
    )
