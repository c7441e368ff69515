"""The command that shows everything on data that come with the library."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import options as o
from .compare import ranking
from .screen import Screen
from .threads import use_threads

if TYPE_CHECKING:
    from ..experiment import Comparison
    from ..report import Document, Section

# seconds of each fit: the whole demo shall take less than a minute on two cores
_SECONDS = {"wine": 1.5, "breast_cancer": 2.0, "digits": 5.0}
# drawing and scoring by an RBM's chains takes longer than the others' fits; the others need more
# seconds than these to be worth looking at
_LEFT_OUT = {"rbm", "pixelcnn", "transformer"}
_HOLDOUT = 0.3  # so few rows judge better with a larger share of them
_SHOWN_IMAGES = 64


def demo(
    out: o.OutFolder = None,
    threads: o.Threads = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Fit and judge the models on small real data that need no download.

    Wine and breast cancer are tables, digits are images of 8 x 8 pixels. It takes about a
    minute, and writes report.html and pictures of samples into drawlike-demo.

    Example: drawlike demo
    """
    use_threads(threads or 1)  # so small data gain nothing by more, and lose on busy machines
    screen, start = Screen(quiet, as_json), time.perf_counter()
    screen.note("Models learn wine, breast cancer and digits; this takes about a minute.")
    folder = out or Path("drawlike-demo")
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for comparison in _comparisons(screen, folder):
        screen.note(ranking(comparison))
        found.append(comparison)
    report, pictures = _write(found, folder)
    facts = {
        "report": str(report),
        "pictures": pictures,
        "seconds": round(time.perf_counter() - start, 1),
        "comparisons": [json.loads(comparison.to_json()) for comparison in found],
    }
    words = f"Report: {report} (pictures beside it), made in {facts['seconds']:.0f} s."
    screen.result(facts, words)


def _comparisons(screen: Screen, folder: Path) -> "Iterator[Comparison]":
    from ..datasets import load_sample
    from ..experiment import compare, models_for

    with screen.listening(folder / "events.jsonl") as hear:
        for name, seconds in _SECONDS.items():
            how: dict[str, Any] = {"seconds": seconds, "holdout": _HOLDOUT, "data_name": name}
            data = load_sample(name)
            chosen = [model for model in models_for(data.kind) if model not in _LEFT_OUT]
            yield compare(data, chosen, listener=hear, **how)


def _write(found: "list[Comparison]", folder: Path) -> tuple[Path, list[str]]:
    from ..report import render

    report = folder / "report.html"
    report.write_text(render(_joined(found)), encoding="utf-8")
    pictures = [str(path) for comparison in found for path in _pictures(comparison, folder)]
    return report, pictures


def _joined(found: "list[Comparison]") -> "Document":
    """Put the reports on all data sets into one."""
    from ..report import Document, Text

    title = Text("Every model on small real data", "各模型在小型真实数据上的表现")
    sections = [section for comparison in found for section in _named(comparison)]
    return Document(title, tuple(sections))


def _named(found: "Comparison") -> "Iterator[Section]":
    """Give the sections of one comparison under its name, the answer first."""
    from ..report import Paragraph, Text

    part = found.to_document()
    answer = (Paragraph(part.verdict.words),) if part.verdict else ()
    for section in part.sections:
        words = Text("{name}: {title}", "{name}：{title}")
        title = words.format(name=found.data_name, title=section.title)
        yield replace(section, title=title, blocks=(*answer, *section.blocks))
        answer = ()


def _pictures(found: "Comparison", folder: Path) -> Iterator[Path]:
    from ..experiment import as_pictures
    from ..report import write_png_grid

    for name, model in found.models.items():
        path = folder / f"{found.data_name}-{name}.png"
        if model.kind_ == "image":
            images = as_pictures(model.codec_, found.samples[name].X[:_SHOWN_IMAGES])
            write_png_grid(images, path)
            yield path
