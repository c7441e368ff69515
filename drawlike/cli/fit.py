"""The command that learns."""

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..errors import StoreError
from ..events import Emitter, Listener
from . import options as o
from .judge import judge
from .origin import SCHEMA, Origin, is_model, schema_of, stem
from .screen import Screen
from .threads import use_threads
from .words import make_model, pairs, suit

if TYPE_CHECKING:
    from ..base import GenerativeModel
    from ..codecs import Schema
    from ..datasets import Dataset

_MOST_COLUMNS = 40  # of a schema that is shown; the file holds all


def fit(
    data: o.Data,
    *,
    label: o.Label = None,
    model: o.Model = "gaussian-mixture",
    settings: o.Settings = None,
    out: o.OutFolder = None,
    holdout: o.Share = 0.2,
    kind: o.Kind = None,
    schema: o.SchemaFile = None,
    reading: o.Reading = None,
    seed: o.Seed = 0,
    device: o.Device = "auto",
    threads: o.Threads = None,
    resume: o.Resume = False,
    overwrite: o.Overwrite = False,
    report: o.Report = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Learn how the rows of a file are distributed, and keep the model in a folder.

    A hold-out is set aside first, so that copies can be judged honestly later. Without --out
    the folder is runs/NAME-OF-THE-FILE. Ctrl-C keeps the model so far.

    Example: drawlike fit adult.csv --label income --model vae --out runs/adult
    """
    use_threads(threads)
    screen, origin = Screen(quiet, as_json), Origin(data, label, kind, pairs(reading, "--read"))
    asked = pairs(settings, "--set")
    learner = make_model(model, asked, seed, device)
    folder = _claim(out or Path("runs") / stem(data), resume, overwrite)
    with screen.listening(folder / "events.jsonl") as hear:
        train, held = _rows(origin, schema, holdout, seed, hear)
        if model == "auto":
            learner = learner.choice(train, listener=hear)
            screen.note(f"auto takes {learner.name}")
        suit(learner, asked, train, screen)
        _say_what_is_one_sequence(learner, train, screen)
        facts = _learn(learner, _described(train, folder, screen, hear), folder, screen, hear)
        origin.remember(folder)
        facts["holdout_rows"] = 0 if held is None else len(held)
        if report:
            facts["report"] = _judged(learner, train, held, folder / "report.html", hear)
    screen.result(facts, _words(facts))
    raise typer.Exit(1 if facts["interrupted"] else 0)


def _claim(folder: Path, resume: bool, overwrite: bool) -> Path:
    """Make the folder, or refuse it before any work is done."""
    checkpoint = folder / "checkpoint"
    if resume and not checkpoint.exists():
        raise StoreError(f"{folder} holds no interrupted fit; leave --resume out to start one.")
    if not (resume or overwrite):
        found = "a model" if is_model(folder) else "an interrupted fit"
        if is_model(folder) or checkpoint.exists():
            raise StoreError(
                f"{folder} holds {found}. Give another --out, or replace it with --overwrite"
                + (", or go on with --resume." if checkpoint.exists() else ".")
            )
    if not resume:
        shutil.rmtree(checkpoint, ignore_errors=True)
        (folder / "events.jsonl").unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _rows(
    origin: Origin, schema: Path | None, share: float, seed: int, hear: Listener
) -> tuple["Dataset", "Dataset | None"]:
    from ..datasets import split

    data = origin.read(schema_of(schema), Emitter(hear, "read"))
    if not share:
        return data, None
    return split(data, int(share) if share.is_integer() else share, random_state=seed)


def _described(train: "Dataset", folder: Path, screen: Screen, hear: Listener) -> "Dataset":
    """Show what the rows are taken for, and write it where a user may edit it."""
    if train.kind != "table":
        shape, labels = getattr(train.X, "shape", (len(train),)), train.labels
        classes = "no labels" if labels is None else f"{len(set(labels.tolist()))} labels"
        screen.note(f"{train.kind} data of shape {tuple(shape)}, {classes}")
        return train
    from ..codecs import infer_schema

    schema = infer_schema(train.X, train.schema, Emitter(hear, "columns"))
    (folder / SCHEMA).write_text(schema.to_json(), encoding="utf-8")
    _show(schema, len(train), folder, screen)
    return replace(train, schema=schema)


def _show(schema: "Schema", n: int, folder: Path, screen: Screen) -> None:
    columns = ("column", "type", "values", "from", "to", "missing", "note")
    rows = [
        (c.name, c.type, c.n_distinct, c.low, c.high, "may be" if c.nullable else "", c.note)
        for c in schema.columns[:_MOST_COLUMNS]
    ]
    screen.table(f"{n:,} training rows, {len(schema.columns)} columns", columns, rows)
    screen.note(f"Not right? Edit {folder / SCHEMA} and give it with --schema.")


def _learn(
    learner: "GenerativeModel", train: "Dataset", folder: Path, screen: Screen, hear: Listener
) -> dict[str, Any]:
    """Fit and keep; the checkpoint stays only where the fit was cut short."""
    _say_how_it_ends(learner, screen)
    start = time.perf_counter()
    learner.fit(train, checkpoint=folder / "checkpoint", listener=hear)
    seconds = time.perf_counter() - start
    learner.save(folder, overwrite=True)
    interrupted = any(
        event.kind == "warning" and (event.message or "").startswith("interrupted")
        for event in learner.history_
    )
    if not interrupted:
        shutil.rmtree(folder / "checkpoint", ignore_errors=True)
    return {
        "folder": str(folder),
        "model": learner.name,
        "kind": train.kind,
        "label": train.label,
        "training_rows": len(train),
        "seconds": round(seconds, 3),
        "interrupted": interrupted,
        "contains_training_rows": learner.contains_training_rows,
    }


def _say_what_is_one_sequence(learner: "GenerativeModel", train: "Dataset", screen: Screen) -> None:
    if learner.kinds == ("sequence",) and train.kind != "sequence":
        screen.note(
            f"{learner.name} takes the {len(train):,} rows as one sequence, in the order of the "
            "file; rows that are set aside leave gaps in it (--holdout 0 sets none aside). For "
            "several sequences give an array (sequences, steps, columns) in an .npz or .npy file, "
            "shorter ones ended by steps of NaN, with --kind sequence."
        )


def _say_how_it_ends(learner: "GenerativeModel", screen: Screen) -> None:
    if "max_seconds" not in learner.get_params():
        return
    if learner.stops_by_itself:
        ends, kept = "stops by itself when it gets no better", "the best so far"
    else:
        ends, kept = "goes over the rows a fixed number of times (--set n_iter=...)", "what it has"
    screen.note(
        f"{learner.name} {ends}. Ctrl-C stops it now and keeps {kept}; "
        "--set max_seconds=60 limits it."
    )


def _judged(
    learner: "GenerativeModel",
    train: "Dataset",
    held: "Dataset | None",
    path: Path,
    hear: Listener,
) -> str:
    from ..experiment import draw

    found = judge(learner, train, held, draw(learner, train, 0), seed=0, hear=hear)
    found.to_html(path, learner.history_)
    return str(path)


def _words(facts: dict[str, Any]) -> str:
    folder = facts["folder"]
    done = "Interrupted; the model so far is kept" if facts["interrupted"] else "Kept"
    more = {"table": "more.csv", "image": "more.npz"}.get(facts["kind"], "more.npz")
    lines = [
        f"Fitted {facts['model']} on {facts['training_rows']:,} rows in {facts['seconds']:.1f} s. "
        + f"{facts['holdout_rows']:,} rows are set aside. {done} in {folder}.",
        f"Next: drawlike sample {folder} -n 1000 --out {more}",
        f"      drawlike evaluate {folder} {more} --out report.html",
        f"      drawlike show {folder}",
    ]
    if facts["interrupted"]:
        lines.append(f"To go on with the fit, give the same command with --resume --out {folder}.")
    if "report" in facts:
        lines.append(f"Report: {facts['report']}")
    return "\n".join(lines)
