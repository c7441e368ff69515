"""What there is: the models, and what a folder holds."""

import json
from pathlib import Path
from typing import Any

from ..errors import CorruptStoreError
from . import options as o
from .origin import ORIGIN, SCHEMA
from .screen import Screen, as_table

_MOST_COLUMNS = 20


def models(as_json: o.Json = False) -> None:
    """List the models and what each can do.

    Example: drawlike models
    """
    from ..base import capabilities
    from ..models import registered

    table = [{"model": name, **capabilities(model)} for name, model in registered().items()]
    rows = [[_word(value) for value in row.values()] for row in table]
    Screen(as_json=as_json).result(table, as_table(list(table[0]), rows))


def info(folder: o.Folder, as_json: o.Json = False) -> None:
    """Say what a fitted model is: settings, data, hold-out, versions.

    Example: drawlike info runs/adult
    """
    facts = facts_of(folder)
    Screen(as_json=as_json).result(facts, "\n".join(_lines(facts)))


def facts_of(folder: Path) -> dict[str, Any]:
    """Give what the manifest of a fitted model says, as JSON values."""
    from .. import store

    content = store.unpack(*store.load(folder))
    try:
        facts = {"folder": str(folder), **_facts(content)}
    except (KeyError, TypeError, AttributeError) as error:
        raise CorruptStoreError(
            f"The manifest in {folder} lacks or garbles {error}; use another copy."
        ) from None
    facts["source"] = _beside(folder, ORIGIN).get("path")
    facts["columns"] = _beside(folder, SCHEMA).get("columns", [])
    return facts


def _beside(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON file that the program wrote beside a model; it may be gone."""
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _facts(content: dict[str, Any]) -> dict[str, Any]:
    holdout = content["holdout"]
    kept = ("fraction", "seed", "stratified", "source_sha256")
    return {
        "model": content["model"],
        "settings": content["settings"],
        "kind": content["kind"],
        "label": content["label"],
        "classes": list(content["labels"]["classes"]),
        "features": content["feature_names_in"] or content["n_features_in"],
        "training_rows": content["n_rows"],
        "contains_training_rows": content["contains_training_rows"],
        "alarms": content["state"].get("alarms", []),
        "remedies": list(content["state"].get("remedies", ())),
        "holdout": holdout
        and {"rows": _count_bits(holdout["mask"]), **{key: holdout[key] for key in kept}},
        "versions": content["versions"],
    }


def _word(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(value)
    return {True: "yes", False: "-", "": "-"}.get(value, str(value))


def _lines(facts: dict[str, Any]) -> list[str]:
    settings = ", ".join(f"{name}={value}" for name, value in facts["settings"].items())
    features = facts["features"]
    n_features = features if isinstance(features, int) else len(features)
    types = [f"{column['name']} ({column['type']})" for column in facts["columns"]]
    notes = [
        f"{column['name']}: {column['note']}" for column in facts["columns"] if column.get("note")
    ]
    lines = {
        "model": facts["model"],
        "settings": settings,
        "data": facts["source"] or "unknown",
        "columns": ", ".join(types[:_MOST_COLUMNS]) + ", ..." * (len(types) > _MOST_COLUMNS),
        "notes": "; ".join(notes[:_MOST_COLUMNS]),
        "fitted on": f"{facts['training_rows']:,} rows of {n_features} values ({facts['kind']})",
        "label": _label_words(facts),
        "hold-out": _holdout_words(facts["holdout"]),
        "training rows": "CONTAINS TRAINING ROWS: do not share it"
        if facts["contains_training_rows"]
        else "holds none of them",
        "alarms": "; ".join(f"{a['name']} at step {a['step']}" for a in facts["alarms"]),
        "remedies": ", ".join(facts["remedies"]),
        "made with": ", ".join(f"{name} {found}" for name, found in facts["versions"].items()),
    }
    return [f"{name + ':':<15}{value}" for name, value in lines.items() if value]


def _label_words(facts: dict[str, Any]) -> str:
    classes = facts["classes"]
    if not classes:
        return "none"
    shown = ", ".join(map(str, classes[:10])) + (", ..." if len(classes) > 10 else "")
    return f"{facts['label'] or 'beside the rows'}, {len(classes)} classes: {shown}"


def _holdout_words(holdout: dict[str, Any] | None) -> str:
    if holdout is None:
        return "none was set aside by this program"
    how = "stratified by the label" if holdout["stratified"] else "at random"
    return f"{holdout['rows']:,} rows ({holdout['fraction']:.0%}, {how}, seed {holdout['seed']})"


def _count_bits(packed: Any) -> int:
    import numpy as np

    return int(np.unpackbits(packed).sum())
