"""The loop over epochs: the rate, what is watched, and what happens when it goes wrong."""

import math
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
    checkpoint: Checkpoint | None = None,
    events: Emitter = SILENT,
) -> Course:
    """Go over the rows ``epochs`` times, in an order drawn from (seed, epoch).

    An epoch that ends with weights that are no numbers, or absurd ones, is taken back and
    repeated at half the rate. Ctrl-C keeps the weights.
    """
    course = Course()
    good = learner.state()
    if checkpoint and (state := checkpoint.load()):
        course, good = Course(**state["course"]), state["learner"]
        learner.load(good)
        events.warning(f"resumed after epoch {course.epoch} from {checkpoint.folder}")
    events.progress(course.epoch * n_rows, epochs * n_rows, unit="rows")  # before compiling
    try:
        while course.epoch < epochs:
            slower = rate * 0.5**course.rollbacks
            order = np.random.default_rng((seed, course.epoch, course.rollbacks)).permutation(
                n_rows
            )
            for start, stop in _parts(n_rows, batch_size):
                done = (course.epoch + start / n_rows) / epochs
                learner.climb(order[start:stop], slower * SCHEDULES[schedule](done))
                events.progress(course.epoch * n_rows + stop, epochs * n_rows, unit="rows")
            if not _is_sane(learner.machine):
                _take_back(learner, good, course, events)
                continue
            course.epoch += 1
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
