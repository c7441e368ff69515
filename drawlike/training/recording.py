"""Steps that are recorded once and replayed.

A step of a small network is hundreds of kernels, and a GPU is done with each before the next one
is asked for. A recording (a CUDA graph) asks for all of them at once.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from ..rows import Batch
from .player import Player

Act = Callable[[Sequence[Player], Batch], list[Tensor]]
Phase = Callable[[], Hashable | None]

_STEPS_BEFORE = 3  # of a phase, in which libraries choose their kernels


class Recording(Protocol):
    """A step that can be taken again on another batch."""

    def replay(self, batch: Batch) -> list[Tensor]:
        """Take it; gives the players' losses."""
        ...


class Graph:
    """A step on a GPU: the same kernels on the same memory, with fresh random numbers."""

    def __init__(
        self, act: Act, players: Sequence[Player], batch: Batch, noise: torch.Generator
    ) -> None:
        self.batch = Batch(*(part.clone() for part in batch))
        self.graph = torch.cuda.CUDAGraph()
        self.graph.register_generator_state(noise)
        with torch.cuda.graph(self.graph):
            self.losses = act(players, self.batch)

    def replay(self, batch: Batch) -> list[Tensor]:
        """Take it; gives the players' losses."""
        torch._foreach_copy_(list(self.batch), list(batch))
        self.graph.replay()
        return [loss.clone() for loss in self.losses]


@dataclass(eq=False)
class Recorder:
    """Takes steps, and replays those that it has seen often enough.

    Steps of the same ``phase`` do the same work whatever the clock says; None is a step that
    must be taken anew.
    """

    act: Act
    phase: Phase
    noise: torch.Generator
    record: Callable[[Act, Sequence[Player], Batch, torch.Generator], Recording] = Graph
    _seen: Counter[Hashable] = field(default_factory=Counter)
    _recordings: dict[Hashable, Recording] = field(default_factory=dict)

    def __call__(self, players: Sequence[Player], batch: Batch) -> list[Tensor]:
        """Take a step on a batch."""
        phase = self.phase()
        if phase is None:
            return self.act(players, batch)
        key = phase, tuple(player.name for player in players), batch.x.shape
        if key not in self._recordings:
            self._seen[key] += 1
            if self._seen[key] <= _STEPS_BEFORE:
                return self.act(players, batch)
            self._recordings[key] = self.record(self.act, players, batch, self.noise)
        return self._recordings[key].replay(batch)


def recorded(act: Act, players: Sequence[Player], phase: Phase, noise: torch.Generator) -> Act:
    """Let steps be recorded on a GPU, where the players' optimizers can be."""
    on_gpu = noise.device.type == "cuda"
    if on_gpu and all(player.optimizer.can_be_recorded for player in players):
        return Recorder(act, phase, noise)
    return act
