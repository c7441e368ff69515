"""Who looks, when, and what was seen so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...events import Emitter
from .alarm import Alarm
from .checks import ALARMS, Check
from .scene import Scene
from .snapshot import Snapshot

_LOOKS = 100  # in a whole training


@dataclass
class Watch:
    """Looks at a training's pauses, and raises each alarm once.

    An alarm that ``ends`` the training lets a remedy be tried.
    """

    scene: Scene
    max_steps: int
    ends: Callable[[Alarm], bool] = lambda alarm: False
    checks: tuple[Check, ...] = ALARMS
    snapshots: list[Snapshot] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)

    def look(self, step: int, events: Emitter) -> None:
        """Look, unless the last look was just before, and tell what is wrong."""
        if self.snapshots and step - self.snapshots[-1].step < self.max_steps / _LOOKS:
            return
        self.snapshots.append(self.scene.look(step))
        for name, norms in self.snapshots[-1].norms.items():
            events.metric(f"{name} gradient", max(norms, default=0.0), step)
        known = {alarm.name for alarm in self.alarms}
        found = [check(self.snapshots) for check in self.checks if check.name not in known]
        for alarm in found:
            if alarm is not None:
                self.hear(alarm, events)

    def hear(self, alarm: Alarm, events: Emitter) -> None:
        """Tell an alarm, and take note of the first of its name."""
        if alarm.name not in {known.name for known in self.alarms}:
            self.alarms.append(alarm)
        alarm.tell(events)

    @property
    def says_stop(self) -> bool:
        """Whether an alarm ends the training."""
        return any(map(self.ends, self.alarms))

    def state_dict(self) -> dict[str, Any]:
        """What was seen so far."""
        return {
            "snapshots": [look.state() for look in self.snapshots],
            "alarms": [alarm.state() for alarm in self.alarms],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remember what was seen before."""
        self.snapshots = [Snapshot(**look) for look in state["snapshots"]]
        self.alarms = [Alarm(**alarm) for alarm in state["alarms"]]
