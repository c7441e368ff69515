"""Rows before one metric of the judge, without the others."""

from typing import Any

from drawlike.datasets import as_dataset
from drawlike.evaluation import PANEL
from drawlike.evaluation.case import Case, Reality
from drawlike.evaluation.inputs.reading import reader_for
from drawlike.evaluation.metric import Measured


def case_of(train: Any, holdout: Any, synthetic: Any, label: str | None = None, **known) -> Case:
    """Three sets as the metrics see them."""
    real, fresh, drawn = (
        as_dataset(rows, label=label, **known) for rows in (train, holdout, synthetic)
    )
    reader = reader_for(real.kind)(real, fresh)
    reality = Reality(reader.read(real, "training"), reader.read(fresh, "hold-out"))
    return Case(reality, reader.read(drawn, "synthetic"))


def measured(name: str, case: Case) -> Measured:
    """What one metric of the panel says."""
    return next(metric for metric in PANEL if metric.name == name).measure(case)
