"""The command that judges."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..events import Emitter, Listener
from . import options as o
from .origin import Origin, cut_again, is_model, recall, schema_of
from .screen import Screen, as_table
from .threads import use_threads
from .words import pairs

if TYPE_CHECKING:
    from ..base import GenerativeModel
    from ..datasets import Dataset
    from ..evaluation import Evaluation

_SHOWN = ("value", "low", "high", "real", "better", "passed")


def evaluate(
    source: o.Source,
    synthetic: o.Synthetic,
    *,
    holdout: o.HoldoutFile = None,
    label: o.Label = None,
    kind: o.Kind = None,
    schema: o.SchemaFile = None,
    reading: o.Reading = None,
    data: o.SameData = None,
    out: o.OutFile = None,
    seed: o.Seed = 0,
    seconds: o.JudgeSeconds = None,
    metrics: o.Metrics = None,
    threads: o.Threads = None,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Tell how good synthetic rows are: like fresh real rows, copies, or neither.

    With a model's folder, its training rows and its hold-out are found again in the file that
    it was fitted on. With a file of training rows, give the hold-out too: without one nothing
    can be told from copying.

    Example: drawlike evaluate runs/adult more.csv --out report.html
    """
    use_threads(threads)
    from ..datasets.atomic import replacing

    screen, origin = Screen(quiet, as_json), Origin(source, label, kind, pairs(reading, "--read"))
    with screen.listening() as hear:
        model, train, held = _real_rows(origin, holdout, schema, data, Emitter(hear, "read"))
        how = Origin(synthetic, train.label, train.kind)
        drawn = how.read(events=Emitter(hear, "read synthetic"))
        wanted = None if metrics is None else [name for name in metrics.split(",") if name.strip()]
        real = (model, train, held)
        found = judge(*real, drawn, seed=seed, hear=hear, seconds=seconds, metrics=wanted)
    if out is not None:
        with replacing(out) as part:
            found.to_html(part)
        screen.note(f"Report: {out}")
    screen.result(json.loads(found.to_json()), in_words(found))


def judge(
    model: "GenerativeModel | None",
    train: "Dataset",
    held: "Dataset | None",
    drawn: "Dataset",
    *,
    seed: int,
    hear: Listener,
    seconds: float | None = None,
    metrics: list[str] | None = None,
) -> "Evaluation":
    """Judge rows; with a model also tell how likely it holds real rows to be."""
    from ..evaluation import evaluate
    from ..experiment import log_probs

    events = Emitter(hear, "likelihood")
    log_prob = log_probs(model, train, held, seed, events) if model else None
    return evaluate(
        *(train, held, drawn),
        log_prob=log_prob,
        random_state=seed,
        seconds=seconds,
        metrics=metrics,
        events=events.at("judge"),
    )


def in_words(found: "Evaluation") -> str:
    """Give the verdict, and a table of the figures behind it."""
    computed = found.metrics[found.metrics["value"].notna()]
    rows = computed[["name", *_SHOWN]].itertuples(index=False, name=None)
    return f"{found.verdict}\n{as_table(('figure', *_SHOWN), rows)}"


def _real_rows(
    origin: Origin,
    holdout: str | None,
    schema: Path | None,
    moved_to: str | None,
    events: Emitter,
) -> tuple["GenerativeModel | None", "Dataset", "Dataset | None"]:
    if not is_model(origin.path):
        train = origin.read(schema_of(schema), events)
        if holdout is None:
            return None, train, None
        return None, train, replace(origin, path=holdout).read(train.schema, events)
    from ..models import load

    folder, model = Path(origin.path), load(origin.path)
    data = recall(folder, moved_to).read(schema_of(schema or folder), events)
    return model, *cut_again(model, data)
