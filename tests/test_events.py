"""Events: one JSON object a line, remembered, drawn, never printed to stdout."""

import io
import json
import math

import pytest

from drawlike.events import Bar, Emitter, Event, History, JsonLines, tee


def test_an_event_is_one_line_of_json():
    event = Event(time=1.5, run="r", stage="fit", kind="metric", name="loss", value=math.inf)
    line = event.to_json()
    assert "\n" not in line
    assert json.loads(line) == {
        "time": 1.5, "run": "r", "stage": "fit", "kind": "metric", "name": "loss", "value": "inf",
    }  # fmt: skip
    assert Event.from_json(line) == event


@pytest.mark.parametrize("value", [1.0, -0.0, math.inf, -math.inf])
def test_json_round_trip(value):
    event = Event(time=0.0, run="r", stage="s", kind="metric", value=value)
    assert Event.from_json(event.to_json()) == event


def test_stages_share_a_run_and_a_clock():
    history = History()
    emitter = Emitter(history, "fit")
    emitter.metric("loss", 2.0, step=1)
    emitter.at("encode").progress(1, 2)
    emitter.metric("loss", 1.0, step=2)
    assert {event.run for event in history} == {emitter.run}
    assert [event.stage for event in history] == ["fit", "encode", "fit"]
    assert history.curve("loss") == ([1, 2], [2.0, 1.0])
    assert [e.time for e in history] == sorted(e.time for e in history)


def test_json_lines_append(tmp_path):
    path = tmp_path / "events.jsonl"
    for step in (1, 2):
        lines = JsonLines(path)
        Emitter(tee(lines, History()), "fit").progress(step, 2)
        lines.close()
    events = [Event.from_json(line) for line in path.read_text().splitlines()]
    assert [event.step for event in events] == [1, 2]


def test_the_bar_draws_on_its_stream_only(capsys):
    stream = io.StringIO()
    bar = Bar(stream)
    emitter = Emitter(bar, "fit")
    for step in (1, 2, 3):
        emitter.metric("loss", 1 / step, step)
        emitter.progress(step, 3)
    emitter.warning("look [here]")
    bar.close()
    assert "look [here]" in stream.getvalue()
    assert capsys.readouterr().out == ""


def test_a_history_is_read_from_what_was_logged(tmp_path):
    history, log = History(), JsonLines(tmp_path / "events.jsonl")
    emitter = Emitter(tee(history, log), "fit")
    emitter.metric("loss", float("nan"), 1)
    emitter.metric("loss", 0.5, 2)
    emitter.warning("über", name="x")
    log.close()
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"time": 1.0, "ru')  # the power went
    read = History.read(log.path)
    assert read[1:] == history[1:]
    assert read.curve("loss")[0] == [1, 2]
