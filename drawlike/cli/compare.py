"""The command that lets models compete."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import SettingError
from ..events import Emitter
from . import options as o
from .origin import Origin, schema_of, stem
from .screen import Screen, as_table
from .threads import use_threads
from .words import listed, make_model, pairs, suit, whole_numbers

if TYPE_CHECKING:
    from ..experiment import Comparison

_REPORT = "report.html"
_SHOWN = {
    "model": "model",
    "score": "score",
    "C2ST AUC": "C2ST",
    "pair trends": "pairs",
    "precision": "precision",
    "coverage": "coverage",
    "Frechet distance": "Frechet",
    "utility AUC": "utility",
    "utility R2": "utility",
    "holdout_nats": "nats",
    "fit_seconds": "fit s",
}


def compare(
    data: o.Data,
    *,
    label: o.Label = None,
    models: o.Models = None,
    settings: o.Settings = None,
    seeds: o.Seeds = "0",
    seconds: o.Seconds = None,
    out: o.OutFolder = None,
    holdout: o.Share = 0.2,
    kind: o.Kind = None,
    schema: o.SchemaFile = None,
    reading: o.Reading = None,
    device: o.Device = "auto",
    threads: o.Threads = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Fit several models on the same rows, judge what each draws, and rank them.

    The folder gets one report on all, the table, and every model of the first seed. A setting
    names its model, as --set vae.n_latent=8.

    Example: drawlike compare adult.csv --label income --models gaussian,vae --seeds 0,1,2
    """
    use_threads(threads)
    screen, origin = Screen(quiet, as_json), Origin(data, label, kind, pairs(reading, "--read"))
    asked = _by_model(models, pairs(settings, "--set"))
    chosen = {name: make_model(name, given, 0, device) for name, given in asked.items()}
    numbers = whole_numbers(seeds, "--seeds")
    folder = _claim(out or Path("runs") / f"{stem(data)}-compared", overwrite)
    from ..experiment import compare, models_for

    with screen.listening(folder / "events.jsonl") as hear:
        rows = origin.read(schema_of(schema), Emitter(hear, "read"))
        if not models:
            chosen = {name: chosen[name] for name in models_for(rows.kind)}
        for name, model in chosen.items():
            suit(model, asked[name], rows, screen)
        how: dict[str, Any] = {"seeds": numbers, "seconds": seconds, "holdout": holdout}
        found = compare(rows, chosen, **how, data_name=stem(data), listener=hear)
    _keep(found, folder, origin)
    screen.result(json.loads(found.to_json()), f"{ranking(found)}\nReport: {folder / _REPORT}")


def ranking(found: "Comparison") -> str:
    """Give the table of a comparison in words, the best model first, and what failed."""
    # a line has room for one figure of the whole: relations where there are columns
    skipped = "Frechet distance" if "pair trends" in found.table else ""
    columns = [column for column in _SHOWN if column in found.table and column != skipped]
    rows = [
        [*(row[column] for column in columns), _remark(row)]
        for row in found.table.to_dict("records")
    ]
    failed = [f"{trial.name} failed: {trial.error}" for trial in found.trials if trial.error]
    heads = [*(_SHOWN[column] for column in columns), ""]
    return "\n".join([as_table(heads, rows, found.data_name), *failed])


def _remark(row: dict[str, Any]) -> str:
    if row["error"]:
        return "failed"
    if row["copies"]:
        return "copies training rows"
    return {True: "usable", False: "", None: "cannot be judged"}[row["passed"]]


def _by_model(names: str | None, settings: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Give the settings of each model that is to be compared."""
    from ..models import registered

    wanted = listed(names, "--models") if names else list(registered())
    of_model: dict[str, dict[str, Any]] = {name: {} for name in wanted}
    for key, value in settings.items():
        name, dot, setting = key.partition(".")
        if not dot or name not in of_model:
            raise SettingError(
                f"--set {key} names none of the models {', '.join(wanted)}; "
                f"write --set {wanted[0]}.NAME=VALUE."
            )
        of_model[name][setting] = value
    return of_model


def _claim(folder: Path, overwrite: bool) -> Path:
    if (folder / _REPORT).exists() and not overwrite:
        raise SettingError(
            f"{folder} holds a comparison; give another --out or replace it with --overwrite."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.jsonl").unlink(missing_ok=True)
    return folder


def _keep(found: "Comparison", folder: Path, origin: Origin) -> None:
    found.to_html(folder / _REPORT)
    found.to_json(folder / "comparison.json")
    found.table.to_csv(folder / "leaderboard.csv", index=False)
    for name, model in found.models.items():
        model.save(folder / name, overwrite=True)
        origin.remember(folder / name)
