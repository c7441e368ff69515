"""How a training went: its figures as curves, and its alarms beside them."""

from collections.abc import Iterator

import numpy as np

from drawlike.events import Event, History
from drawlike.report.document import Alert, Block, Curves, Flag, Series, Text

_TOGETHER = ("loss", "gradient")  # figures whose names hold such a word share a chart
_MOST_ALARMS = 12
_SAID = Text("Step {step}: {message}", "第 {step} 步：{message}")


def training_blocks(history: History) -> Iterator[Block]:
    """Curves of all that was measured at steps, with what was warned of as flags and in words."""
    names = {e.name for e in history if e.kind == "metric" and e.name and e.step is not None}
    alarms = [e for e in history if e.kind == "warning" and e.step is not None]
    flags = tuple(Flag(alarm.step or 0, alarm.message or "") for alarm in alarms)
    for group in _groups(sorted(names)):
        series = tuple(_series(history, name) for name in group)
        yield Curves(series, flags=flags)
    yield from (_alert(alarm) for alarm in alarms[:_MOST_ALARMS])


def _groups(names: list[str]) -> Iterator[list[str]]:
    for word in _TOGETHER:
        if group := [name for name in names if word in name]:
            yield group
        names = [name for name in names if word not in name]
    yield from ([name] for name in names)


def _series(history: History, name: str) -> Series:
    steps, values = history.curve(name)
    return Series(name, np.array(steps, float), np.array(values, float))


def _alert(alarm: Event) -> Alert:
    return Alert(_SAID.format(step=alarm.step, message=alarm.message or ""), "warn")
