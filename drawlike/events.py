"""Progress, metrics and warnings as plain records, and who listens to them."""

import json
import math
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, Self

Kind = Literal["progress", "metric", "warning", "sample"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: ``time`` in seconds since the run began."""

    time: float
    run: str
    stage: str
    kind: Kind
    step: int | None = None
    total: int | None = None
    name: str | None = None
    value: float | None = None
    unit: str | None = None
    message: str | None = None

    def to_json(self) -> str:
        """One line of JSON; numbers that are not finite become strings."""
        present = {key: value for key, value in asdict(self).items() if value is not None}
        value = present.get("value")
        if value is not None and not math.isfinite(value):
            present["value"] = str(value)
        return json.dumps(present, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> "Event":
        """Read one line written by :meth:`to_json`."""
        present: dict[str, Any] = json.loads(line)
        if isinstance(present.get("value"), str):
            present["value"] = float(present["value"])
        return cls(**present)


Listener = Callable[[Event], None]


def silence(event: Event) -> None:
    """Hear nothing."""


@dataclass
class Emitter:
    """Stamps events with a run and a clock and hands them to a listener."""

    listener: Listener = silence
    stage: str = ""
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    start: float = field(default_factory=time.monotonic)

    def at(self, stage: str) -> "Emitter":
        """Give the same emitter for another stage of the same run."""
        return Emitter(self.listener, stage, self.run, self.start)

    def progress(self, step: int, total: int | None = None, unit: str = "steps") -> None:
        """Tell how far the current stage is."""
        self._emit(kind="progress", step=step, total=total, unit=unit)

    def metric(
        self, name: str, value: float, step: int | None = None, unit: str | None = None
    ) -> None:
        """Tell a measured value."""
        self._emit(kind="metric", name=name, value=float(value), step=step, unit=unit)

    def warning(
        self,
        message: str,
        name: str | None = None,
        *,
        step: int | None = None,
        value: float | None = None,
    ) -> None:
        """Tell something the user should know; an alarm has a name, a step and a figure."""
        self._emit(kind="warning", message=message, name=name, step=step, value=value)

    def _emit(self, **content: Any) -> None:
        elapsed = round(time.monotonic() - self.start, 4)
        self.listener(Event(time=elapsed, run=self.run, stage=self.stage, **content))


SILENT = Emitter()


class History(list[Event]):
    """A listener that remembers everything."""

    def __call__(self, event: Event) -> None:
        """Remember one event."""
        self.append(event)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what :class:`JsonLines` wrote; a last line that was cut off is left out."""
        lines = Path(path).read_text(encoding="utf-8").splitlines(keepends=True)
        return cls(Event.from_json(line) for line in lines if line.endswith("\n"))

    def curve(self, name: str) -> tuple[list[int], list[float]]:
        """Steps and values of one metric, in order."""
        points = [e for e in self if e.kind == "metric" and e.name == name]
        return [e.step or 0 for e in points], [e.value for e in points if e.value is not None]


class JsonLines:
    """A listener that appends one JSON object a line to a file."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._file: IO[str] = self.path.open("a", encoding="utf-8", buffering=1)

    def __call__(self, event: Event) -> None:
        """Append one event."""
        self._file.write(event.to_json() + "\n")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Bar:
    """A listener that draws progress on stderr, at most ten times a second."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        from rich.console import Console
        from rich.progress import Progress, TimeElapsedColumn, TimeRemainingColumn

        console = Console(file=stream) if stream else Console(stderr=True)
        self._progress = Progress(
            *Progress.get_default_columns()[:3],
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            "{task.fields[note]}",
            console=console,
            refresh_per_second=10,
            transient=True,
        )
        self._tasks: dict[tuple[str, str], Any] = {}
        self._notes: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Show one event."""
        shown = {"progress": self._advance, "metric": self._note, "warning": self._warn}
        shown.get(event.kind, silence)(event)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _advance(self, event: Event) -> None:
        key = (event.run, event.stage)
        if key not in self._tasks:
            self._progress.start()
            self._tasks[key] = self._progress.add_task(event.stage, total=event.total, note="")
        note = self._notes.get(event.stage, "")
        task = self._tasks[key]
        self._progress.update(task, completed=event.step, total=event.total, note=note)
        if event.step == event.total:
            self._progress.remove_task(self._tasks.pop(key))
        if not self._tasks:
            self._progress.stop()

    def _note(self, event: Event) -> None:
        self._notes[event.stage] = f"{event.name} {event.value:.4g}"

    def _warn(self, event: Event) -> None:
        self._progress.console.print(f"note: {event.message}", style="yellow", markup=False)


def default_listener() -> Listener:
    """Draw a bar on a terminal or in a notebook, else be silent."""
    return Bar() if sys.stderr.isatty() or "ipykernel" in sys.modules else silence


def tee(*listeners: Listener) -> Listener:
    """Let several listeners hear the same events."""

    def hear(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return hear
