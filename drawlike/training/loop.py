"""The loop and what happens between its steps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..errors import TrainingError
from ..events import SILENT, Emitter
from ..rows import Batch
from .alarms import Watch, exploded
from .checkpoint import Checkpoint
from .clock import Clock
from .film import Camera
from .monitor import Average, Monitor
from .player import Player, Reduce, Step, Turn, identity, plain_step, turn_of
from .recording import Act, Phase, recorded
from .sampler import Shuffled
from .state import copied, finite

MAX_ROLLBACKS = 5
EXPLODED = 1e3  # times the largest loss seen so far


@dataclass
class Progress:
    """The state of a training that is not in the players."""

    step: int = 0
    seconds: float = 0.0
    rollbacks: int = 0
    largest_loss: float = 0.0
    done: bool = False
    interrupted: bool = False


def train(
    players: Sequence[Player],
    sampler: Shuffled,
    *,
    clock: Clock,
    noise: torch.Generator,
    turn: Turn | None = None,
    step: Step = plain_step,
    reduce: Reduce = identity,
    phase: Phase | None = None,
    monitor: Monitor | None = None,
    average: Average | None = None,
    camera: Camera | None = None,
    watch: Watch | None = None,
    checkpoint: Checkpoint | None = None,
    events: Emitter = SILENT,
    every: int = 100,
) -> Progress:
    """Let each player step on each batch until the monitor, a limit or Ctrl-C says stop.

    The nets end with the monitor's best weights. Steps of the same ``phase`` do the same work on
    other rows, so that a GPU may replay them; by default none are. A checkpoint that agrees with this fit is
    continued, to the same bytes as a fit that was never interrupted.
    """
    loop = _Loop(
        players, sampler, clock, noise, monitor, average, camera, watch, checkpoint, events
    )
    loop.begin()
    turn = turn or turn_of(players)

    def act(acting: Sequence[Player], batch: Batch) -> list[Tensor]:
        return turn(acting, batch, step, reduce)

    taken = recorded(act, players, phase, noise) if phase else act
    interrupted = False
    try:
        while not loop.progress.done and loop.progress.step < clock.max_steps:
            loop.advance(taken)
            is_last = loop.progress.step == clock.max_steps or clock.out_of_time
            if is_last or loop.progress.step % every == 0:
                loop.pause()
    except KeyboardInterrupt:
        interrupted = True
        events.warning(f"interrupted at step {loop.progress.step}: the best state so far is kept")
    loop.finish()
    return replace(loop.progress, interrupted=interrupted)


@dataclass
class _Loop:
    """What happens between the steps."""

    players: Sequence[Player]
    sampler: Shuffled
    clock: Clock
    noise: torch.Generator
    monitor: Monitor | None
    average: Average | None
    camera: Camera | None
    watch: Watch | None
    checkpoint: Checkpoint | None
    events: Emitter

    def __post_init__(self) -> None:
        self.progress = Progress(step=self.clock.first)
        self.sums: dict[str, tuple[Tensor, int]] = {}
        self.last_good = self.state()

    def begin(self) -> None:
        """Go on from the checkpoint if there is one, else look where training starts."""
        if self.checkpoint and (state := self.checkpoint.load()):
            self.load(state)
            self.last_good = state
            self.events.warning(
                f"resumed at step {self.progress.step} from {self.checkpoint.folder}"
            )
        elif self.monitor and self.monitor.from_start:
            self.progress.done = self.monitor.begin(self.progress.step, self.events)
            self.last_good = self.state()
        if self.camera and not self.progress.step:
            self.camera.expose(0)
            self.last_good = self.state()
        self.clock.start(self.progress.seconds)

    def advance(self, act: Act) -> None:
        """Let the players whose turn it is step on a batch; nothing here waits for a device."""
        progress = self.progress
        self.clock.at(progress.step)
        self._set_rates()
        acting = [player for player in self.players if (progress.step + 1) % player.every == 0]
        losses = act(acting, self.sampler.draw())
        progress.step += 1
        for player, loss in zip(acting, losses, strict=True):
            total, n = self.sums.get(player.name, (torch.zeros_like(loss), 0))
            self.sums[player.name] = total + loss, n + 1
        if self.average and any(player.net is self.average.net for player in acting):
            self.average.update()

    def pause(self) -> None:
        """Check, measure, remember."""
        self.progress.seconds = self.clock.seconds
        means = {name: float(total) / n for name, (total, n) in self.sums.items()}
        self.sums = {}
        if not self._healthy(means):
            self._roll_back(means)
            return
        self.progress.largest_loss = max(self.progress.largest_loss, *map(abs, means.values()))
        for name, mean in means.items():
            self.events.metric(f"{name} loss", mean, self.progress.step)
        if self.watch:
            self.watch.look(self.progress.step, self.events)
        verdict = self.monitor.check(self.progress.step, self.events) if self.monitor else "go"
        if verdict == "reduce":
            self._slow_down(0.3)
        self.progress.done = verdict == "stop" or self.clock.out_of_time or self._is_alarmed
        total = self.clock.max_steps
        self.events.progress(total if self.progress.done else self.progress.step, total)
        if self.camera:
            self.camera.expose(self.progress.step)
        self.last_good = self.state()
        if self.checkpoint:
            self.checkpoint.save(self.last_good)

    def finish(self) -> None:
        """Leave the best weights, or the last good ones, in the nets."""
        if not all(finite(player.net) for player in self.players):
            self.load(self.last_good)
        kept = self.progress.step
        if self.monitor and self.monitor.best:
            self.monitor.restore()
            kept = self.monitor.best_step
        if self.camera:
            self.camera.close(kept)

    def state(self) -> dict[str, Any]:
        """Everything that a training depends on."""
        return {
            "progress": vars(self.progress).copy(),
            "sampler": self.sampler.state_dict(),
            "noise": self.noise.get_state(),
            "players": {
                player.name: {
                    "net": copied(player.net.state_dict()),
                    "optimizer": player.optimizer.state_dict(),
                    "lr": player.lr,
                }
                for player in self.players
            },
            "monitor": self.monitor.state_dict() if self.monitor else None,
            "average": self.average.state_dict() if self.average else None,
            "camera": self.camera.state_dict() if self.camera else None,
            "watch": self.watch.state_dict() if self.watch else None,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Become an earlier state."""
        self.progress = Progress(**state["progress"])
        self.sampler.load_state_dict(state["sampler"])
        self.noise.set_state(state["noise"].cpu())
        for player in self.players:
            saved = state["players"][player.name]
            player.net.load_state_dict(saved["net"])
            player.optimizer.load_state_dict(saved["optimizer"])
            player.lr = saved["lr"]
        if self.monitor:
            self.monitor.load_state_dict(state["monitor"])
        if self.average:
            self.average.load_state_dict(state["average"])
        if self.camera:
            self.camera.load_state_dict(state["camera"])
        if self.watch:
            self.watch.load_state_dict(state["watch"])

    @property
    def _is_alarmed(self) -> bool:
        return self.watch is not None and self.watch.says_stop

    @property
    def _limit(self) -> float:
        """The largest mean loss that is still believed, once there was one."""
        return EXPLODED * (1 + self.progress.largest_loss)

    def _healthy(self, means: dict[str, float]) -> bool:
        limit = self._limit
        calm = self.progress.largest_loss == 0 or all(abs(mean) < limit for mean in means.values())
        return (
            calm
            and all(map(math.isfinite, means.values()))
            and all(finite(p.net) for p in self.players)
        )

    def _roll_back(self, means: dict[str, float]) -> None:
        rollbacks = self.progress.rollbacks + 1
        alarm = exploded(self.progress.step, means, self._limit, self.last_good["progress"]["step"])
        if rollbacks > MAX_ROLLBACKS and not (self.monitor and self.monitor.best):
            raise TrainingError(f"Training diverged {rollbacks} times. {alarm.message}")
        noise, alarms = self.noise.get_state(), self.watch.alarms if self.watch else []
        self.load(self.last_good)
        self.noise.set_state(noise)  # the same noise again would fail again
        self.progress.rollbacks = rollbacks
        self._slow_down(0.5**rollbacks)
        if self.watch:
            self.watch.alarms = alarms
            self.watch.hear(alarm, self.events)
        else:
            alarm.tell(self.events)
        self.progress.done = rollbacks > MAX_ROLLBACKS or self._is_alarmed

    def _slow_down(self, factor: float) -> None:
        for player in self.players:
            player.lr *= factor

    def _set_rates(self) -> None:
        shape = self.clock.shape(self.clock.share) if self.clock.shape else 1.0
        for player in self.players:
            player.optimizer.lr = player.lr * shape
