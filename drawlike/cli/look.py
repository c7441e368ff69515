"""What there is: the models, and what a folder holds."""

from pathlib import Path
from typing import Any

from . import options as o
from .screen import Screen, as_table


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
    holdout = content.get("holdout") or {}
    return {
        "folder": str(folder),
        "model": content["model"],
        "settings": content["settings"],
        "kind": content["kind"],
        "label": content["label"],
        "classes": list(content["labels"]["classes"]),
        "features": content["feature_names_in"] or content["n_features_in"],
        "training_rows": content["n_rows"],
        "contains_training_rows": content["contains_training_rows"],
        "holdout": {
            "rows": int(_count_bits(holdout["mask"])),
            **{key: holdout[key] for key in ("fraction", "seed", "stratified", "source_sha256")},
        }
        if holdout
        else None,
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
    lines = {
        "model": facts["model"],
        "settings": settings,
        "fitted on": f"{facts['training_rows']:,} rows of {n_features} values ({facts['kind']})",
        "label": _label_words(facts),
        "hold-out": _holdout_words(facts["holdout"]),
        "training rows": "CONTAINS TRAINING ROWS: do not share it"
        if facts["contains_training_rows"]
        else "holds none of them",
        "made with": ", ".join(f"{name} {found}" for name, found in facts["versions"].items()),
    }
    return [f"{name + ':':<15}{value}" for name, value in lines.items()]


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
