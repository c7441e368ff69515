"""The command that makes rare classes as frequent as is asked."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, SettingError
from ..events import Emitter, Listener
from . import options as o
from .origin import Origin, schema_of, stem
from .screen import Screen, say
from .threads import use_threads
from .words import make_sampler, pairs

if TYPE_CHECKING:
    from ..datasets import Dataset

_SHOWN = ("class", "rows", "balanced")


def balance(
    data: o.Data,
    *,
    out: o.FilledFile,
    label: o.Label = None,
    by: o.SamplerName = "kde",
    settings: o.Settings = None,
    holdout: o.Share = 0.0,
    kind: o.Kind = None,
    schema: o.SchemaFile = None,
    reading: o.Reading = None,
    seed: o.Seed = 0,
    threads: o.Threads = None,
    report: o.BalanceReport = True,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Make rare classes as frequent as the largest, or as --set sampling_strategy=... asks.

    What comes out is for training only: set the rows to test on aside before, or with --holdout,
    which keeps them untouched in a file beside. Rows that look as if they had been resampled
    already are told in any case.

    A report beside tells whether boosted trees gain by it, on rows that are left out: nothing but
    a tuned threshold, weights, and this way of balancing, side by side.

    Example: drawlike balance fraud.csv --label Class --by smote --holdout 0.2 --out balanced.csv
    """
    use_threads(threads)
    from ..datasets import split, write

    screen, origin = Screen(quiet, as_json), Origin(data, label, kind, pairs(reading, "--read"))
    written = [out, *([beside(out)] if holdout else []), *([page_of(out)] if report else [])]
    _refuse_taken(written, overwrite)
    with screen.listening() as hear:
        sampler = make_sampler(by, pairs(settings, "--set"), seed, hear)
        rows = origin.read(schema_of(schema), Emitter(hear, "read"))
        leaks = _told_leaks(rows)
        train, held = split(rows, holdout, seed) if holdout else (rows, None)
        X, y = apart(train)
        more, labels = sampler.fit_resample(X, y)
        files = [write(together(train, more, labels), out, overwrite=overwrite)]
        if held is not None:
            files.append(write(held, beside(out), overwrite=overwrite))
        counts = _counts(y, labels)
        screen.table("", _SHOWN, ((name, *both) for name, both in counts.items()))
        screen.note(f"{len(labels):,} rows for training in {' and '.join(map(str, files))}")
        verdict = (
            _report(train, out, by=by, sampler=sampler, seed=seed, hear=hear) if report else None
        )
    facts = {"rows": len(labels), "classes": counts, "leaks": leaks, "seed": seed}
    screen.result({**facts, "files": list(map(str, files)), "verdict": verdict}, verdict or "")


def _report(
    train: "Dataset", out: Path, *, by: str, sampler: Any, seed: int, hear: Listener
) -> str:
    """Write beside the rows whether balancing them helps, and give the verdict."""
    from ..balancing import balance_report
    from ..balancing.learner import boosted_trees

    page = page_of(out)
    if "listener" in sampler.get_params():
        sampler.set_params(listener=None)
    try:
        found = balance_report(
            *apart(train),
            boosted_trees(),
            methods={"weights": "weights", by: sampler},
            repeats=1,
            compare_uncorrected=False,
            random_state=seed,
            listener=hear,
            data_name=str(train.source.get("path", "")),
        )
    except DataError as error:
        return f"No report: {error}"
    found.to_html(page)
    failed = [f"Not judged: {name}: {why}" for name, why in found.errors.items()]
    return "\n".join([found.verdict, *failed, f"Report: {page}"])


def apart(rows: "Dataset") -> tuple[Any, Any]:
    """Give rows without their labels, and the labels."""
    if rows.label is None and rows.y is None:
        raise DataError("Which classes are rare? Say which column holds them: --label COLUMN.")
    if rows.label is None:
        return rows.X, rows.y
    return rows.X.drop(columns=rows.label), rows.X[rows.label]


def together(rows: "Dataset", X: Any, labels: Any) -> "Dataset":
    """Give new rows with their labels as ``rows`` have them: in a column, or beside."""
    import numpy as np

    ids = np.arange(len(labels))
    if rows.label is None:
        return replace(rows, X=X, y=labels, ids=ids)
    return replace(rows, X=X.assign(**{rows.label: labels})[list(rows.X.columns)], ids=ids)


def beside(out: Path) -> Path:
    """Where the rows that were set aside go."""
    name, *suffixes = out.name.split(".")
    return out.with_name(".".join([f"{name}-holdout", *suffixes]))


def page_of(out: Path) -> Path:
    """Where the report goes."""
    return out.with_name(f"{stem(out.name)}.html")


def _told_leaks(rows: "Dataset") -> list[str]:
    """Say what looks resampled already, whether notes are wanted or not."""
    from ..balancing import find_leaks

    leaks = list(map(str, find_leaks(*apart(rows))))
    for leak in leaks:
        say(f"LEAK: {leak}")
    return leaks


def _refuse_taken(files: list[Path], overwrite: bool) -> None:
    """Refuse before the work, and not after it."""
    for path in files:
        if path.exists() and not overwrite:
            raise SettingError(f"{path} is there already; give another --out or --overwrite.")


def _counts(before: Any, after: Any) -> dict[str, tuple[int, int]]:
    """Rows of each class, then and now."""
    import pandas as pd

    then, now = (pd.Series(labels).value_counts() for labels in (before, after))
    return {str(label): (int(n), int(now.get(label, 0))) for label, n in then.items()}
