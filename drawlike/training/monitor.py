"""What is kept: the best weights, and their moving average."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

from ..events import Emitter
from .state import copied


@dataclass
class Average:
    """An exponential moving average of a network's weights, which often samples better."""

    net: nn.Module
    decay: float = 0.999
    shadow: nn.Module = field(init=False)
    n_updates: int = 0

    def __post_init__(self) -> None:
        self.shadow = copy.deepcopy(self.net).requires_grad_(False)

    @torch.no_grad()
    def update(self) -> None:
        """Move the average towards the weights; faster in the beginning."""
        self.n_updates += 1
        decay = min(self.decay, self.n_updates / (self.n_updates + 10))
        averaged: list[Tensor] = list(self.shadow.parameters())
        current: list[Tensor] = list(self.net.parameters())
        torch._foreach_lerp_(averaged, current, 1 - decay)
        for mine, buffer in zip(self.shadow.buffers(), self.net.buffers(), strict=True):
            mine.copy_(buffer)

    def state_dict(self) -> dict[str, Any]:
        """Weights and age of the average."""
        return {"shadow": copied(self.shadow.state_dict()), "n_updates": self.n_updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Become an earlier average."""
        self.shadow.load_state_dict(state["shadow"])
        self.n_updates = state["n_updates"]


@dataclass
class Monitor:
    """Watches a figure that means something, keeps the best weights, says when to stop.

    ``measure(step)`` gives the figure, lower is better. After ``patience`` pauses that
    improved it by no more than ``margin`` the learning rates shrink, ``reductions`` times;
    then training stops. It stops too, and keeps the state, where it first finds ``target``
    reached, or ``reached(step, events)`` holds. ``from_start`` looks before the first step too;
    nothing is stale while ``waits()``. Of figures no further apart than ``luck`` the latest is kept.
    """

    name: str
    measure: Callable[[int], float]
    nets: Sequence[nn.Module]
    patience: int = 5
    reductions: int = 2
    target: float = -math.inf
    margin: float = 0.0
    from_start: bool = False
    luck: float = 0.0
    waits: Callable[[], bool] = lambda: False
    reached: Callable[[int, Emitter], bool] | None = None
    best_value: float = math.inf
    kept_value: float = math.inf
    best_step: int = 0
    stale: int = 0
    best: list[dict[str, Tensor]] = field(default_factory=list)

    def begin(self, step: int, events: Emitter) -> bool:
        """Measure and keep what training begins at; tell whether that is already enough."""
        value = self._measured(step, events)
        self._keep(value, step)
        return self._is_reached(step, events) or value <= self.target

    def check(self, step: int, events: Emitter) -> Literal["go", "reduce", "stop"]:
        """Measure, keep what is best, and say what to do next."""
        value = self._measured(step, events)
        if self._is_reached(step, events) or value <= self.target:
            self._keep(value, step)
            return "stop"
        is_better = value < self.best_value - self.margin
        self.stale = 0 if is_better or self.waits() else self.stale + 1
        if value < self.best_value + self.luck:
            self._keep(value, step)
        if self.stale < self.patience:
            return "go"
        self.stale, self.reductions = 0, self.reductions - 1
        return "reduce" if self.reductions >= 0 else "stop"

    def _measured(self, step: int, events: Emitter) -> float:
        value = self.measure(step)
        events.metric(self.name, value, step)
        return value

    def _is_reached(self, step: int, events: Emitter) -> bool:
        return self.reached is not None and self.reached(step, events)

    def _keep(self, value: float, step: int) -> None:
        self.best_value = min(self.best_value, value)
        self.kept_value, self.best_step = value, step
        self.best = [copied(net.state_dict()) for net in self.nets]

    def restore(self) -> None:
        """Give the nets their best weights."""
        for net, weights in zip(self.nets, self.best, strict=False):
            net.load_state_dict(weights)

    def state_dict(self) -> dict[str, Any]:
        """What was seen so far."""
        names = ("best_value", "kept_value", "best_step", "stale", "reductions")
        return {name: getattr(self, name) for name in names} | {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remember what was seen before."""
        for name, value in state.items():
            setattr(self, name, value)
