"""Half precision, as far as it is precise enough."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from ..events import Emitter

_ROUGHEST = 0.005  # of a loss


@dataclass
class Half:
    """Passes in bfloat16 on a GPU, until a loss in full precision says that they err too much.

    Weights, gradients and losses stay in float32.
    """

    device: torch.device
    is_on: bool = True

    def __post_init__(self) -> None:
        self.is_on &= self.device.type == "cuda"

    def __call__(self) -> AbstractContextManager[object]:
        """Open a pass."""
        # casts are not kept: a recorded step casts the weights of its own time
        return torch.autocast(
            self.device.type, torch.bfloat16, enabled=self.is_on, cache_enabled=False
        )

    def probe(self, rough: float, exact: float, events: Emitter) -> None:
        """Compare a loss of passes in bfloat16 with the same in full precision."""
        if self.is_on and not abs(rough - exact) <= _ROUGHEST * abs(exact):
            self.is_on = False
            events.warning(f"bfloat16 gives a loss of {rough:.4g} for {exact:.4g}; float32 it is")
