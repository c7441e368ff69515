"""What a person sees: results on stdout, everything else on stderr."""

import io
import json
import math
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..events import Bar, Event, JsonLines, Listener, silence, tee

_LINE_EVERY = 10.0  # seconds between lines of progress where no bar can be drawn
_WIDE = 120  # characters of a table where no terminal says how many fit
_WIDEST = 10_000


@dataclass(frozen=True)
class Screen:
    """Where words go; ``as_json`` leaves stdout to one JSON document, ``quiet`` hides notes."""

    quiet: bool = False
    as_json: bool = False

    def note(self, text: str) -> None:
        """Say something by the way."""
        if not self.quiet:
            say(text)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Show a table by the way."""
        self.note(as_table(columns, rows, title))

    def result(self, facts: Any, text: str) -> None:
        """Give the answer: facts for programs, or words for people."""
        print_json(facts) if self.as_json else sys.stdout.write(text.rstrip() + "\n")

    @contextmanager
    def listening(self, log: Path | None = None) -> Iterator[Listener]:
        """Give a listener that draws a bar, or lines where there is no terminal, and logs."""
        with ExitStack() as opened:
            heard: list[Listener] = [silence]
            if log is not None:
                lines = JsonLines(log)
                opened.callback(lines.close)
                heard.append(lines)
            if not self.quiet:
                heard.append(opened.enter_context(_progress()))
            yield tee(*heard)


@contextmanager
def _progress() -> Iterator[Listener]:
    if not sys.stderr.isatty():
        yield Lines()
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()


@dataclass
class Lines:
    """A listener that writes warnings, and now and then how far it is, as plain lines."""

    last: float = field(default_factory=time.monotonic)
    metrics: dict[str, str] = field(default_factory=dict)

    def __call__(self, event: Event) -> None:
        """Hear one event."""
        if event.kind == "warning":
            say(f"note: {event.message}")
        elif event.kind == "metric":
            self.metrics[event.stage] = f", {event.name} {event.value:.4g}"
        elif event.kind == "progress" and time.monotonic() - self.last > _LINE_EVERY:
            self.last = time.monotonic()
            total = f" of {event.total}" if event.total else ""
            far = f"{event.step}{total} {event.unit or ''}".rstrip()
            say(f"{event.stage}: {far}{self.metrics.get(event.stage, '')}")


def say(text: str) -> None:
    """Write a line to stderr."""
    sys.stderr.write(text.rstrip() + "\n")
    sys.stderr.flush()


def print_json(content: Any) -> None:
    """Write one JSON document to stdout."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n")


def as_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> str:
    """Lay out a table, as wide as the terminal, or wider where words would be cut."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD)
    cells = [[_cell(value) for value in row] for row in rows]
    for i, column in enumerate(columns):
        words = " ".join([column, *(row[i] for row in cells)]).split()
        table.add_column(column, no_wrap=i == 0, min_width=max(map(len, words)))
    for row in cells:
        table.add_row(*row)
    text = io.StringIO()
    console = Console(file=text, width=_WIDEST, markup=False, highlight=False)
    whole_words = Measurement.get(console, console.options, table).minimum
    console.width = max(whole_words, shutil.get_terminal_size((_WIDE, 0)).columns)
    console.print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines() if line.strip())


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
