"""What a model draws while its training goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

MOST_FRAMES = 24


@dataclass(frozen=True, eq=False)
class Film:
    """Frames (m, n, ...) drawn from the same latent vectors after ``steps`` (m,) of a training.

    The last frame is of the weights that were kept, so that its step may be an earlier one.
    """

    steps: np.ndarray
    frames: np.ndarray

    def state(self) -> dict[str, Any]:
        """Everything, as arrays."""
        return {"steps": self.steps, "frames": self.frames}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a film from :meth:`state`."""
        return cls(state["steps"], state["frames"])


@dataclass
class Camera:
    """Takes a frame at every pause of a training; once there are many, at every second one.

    ``draw()`` gives a frame, a tensor (n, ...) on the CPU, the same one at equal weights.
    Whenever the frames are full, every second of them goes: they stay evenly spaced.
    """

    draw: Callable[[], Tensor]
    steps: list[int] = field(default_factory=list)
    frames: list[Tensor] = field(default_factory=list)
    n_pauses: int = 0
    stride: int = 1

    def expose(self, step: int) -> None:
        """Take a frame at a pause, if it is its turn."""
        if self.n_pauses % self.stride == 0:
            self._take(step)
        self.n_pauses += 1
        if len(self.frames) == MOST_FRAMES:
            self.steps, self.frames = self.steps[::2], self.frames[::2]
            self.stride *= 2

    def close(self, step: int) -> None:
        """Take the last frame, of the weights of ``step`` that are kept."""
        if self.steps[-1:] != [step]:
            self._take(step)

    @property
    def film(self) -> Film:
        """What was taken so far."""
        return Film(np.array(self.steps), torch.stack(self.frames).numpy())

    def state_dict(self) -> dict[str, Any]:
        """What was taken so far, and when the next frame is due."""
        return {
            "steps": list(self.steps),
            "frames": list(self.frames),
            "n_pauses": self.n_pauses,
            "stride": self.stride,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from an earlier part."""
        self.steps, self.frames = list(state["steps"]), list(state["frames"])
        self.n_pauses, self.stride = state["n_pauses"], state["stride"]

    def _take(self, step: int) -> None:
        self.steps.append(step)
        self.frames.append(self.draw())
