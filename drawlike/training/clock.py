"""How much of a training is over, and what follows from it."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Clock:
    """The share of a training that is over: of its steps or its seconds, whichever is more.

    A training that begins at step ``first`` has the steps from there to ``max_steps``.
    ``shape`` gives what the learning rates are multiplied by at each share. A limit in
    seconds makes the share depend on the machine's speed.
    """

    max_steps: int
    max_seconds: float | None = None
    shape: Callable[[float], float] | None = None
    first: int = 0
    step: int = 0
    share: float = 0.0
    began: float = 0.0

    def start(self, seconds: float) -> None:
        """Begin, after so many seconds of an earlier part."""
        self.began = time.monotonic() - seconds

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self.began

    @property
    def is_early(self) -> bool:
        """Whether the rates, which shall fall along a shape, have not yet fallen by half."""
        return self.shape is not None and self.shape(self.share) > 0.5

    @property
    def out_of_time(self) -> bool:
        """Whether the seconds are used up."""
        return self.max_seconds is not None and self.seconds > self.max_seconds

    def at(self, step: int) -> None:
        """Move to a step."""
        self.step, self.share = step, (step - self.first) / (self.max_steps - self.first)
        if self.max_seconds is not None:
            seconds = self.seconds
            spent = seconds / self.max_seconds if seconds < self.max_seconds else 1.0
            self.share = max(self.share, spent)


def cosine(share: float, flat: float = 0.3, last: float = 0.01) -> float:
    """Stay at 1 for a while, then fall along half a cosine to ``last``."""
    if share < flat:
        return 1.0
    turn = math.pi * (share - flat) / (1 - flat)
    return last + (1 - last) * 0.5 * (1 + math.cos(turn))


def warm_cosine(share: float, rise: float = 0.1) -> float:
    """Rise evenly over a tenth, stay, and fall along half a cosine to 0."""
    return min(1.0, (share + 1e-3) / rise) * cosine(share, last=0.0)


SCHEDULES: dict[str, Callable[[float], float] | None] = {"plateau": None, "cosine": cosine}
