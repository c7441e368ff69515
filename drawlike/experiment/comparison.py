"""What a comparison found: a frame, a report, and the fitted models themselves."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..base import GenerativeModel
from ..datasets import Dataset
from ..datasets.atomic import replacing
from ..evaluation import Evaluation, Judge
from ..events import History
from ..report import Document, render
from .trial import Likelihood, Trial

KEY_METRICS = (  # of the judge's, those that tell models apart
    "C2ST AUC",
    "pair trends",
    "precision",
    "coverage",
    "Frechet distance",
    "utility AUC",
    "utility R2",
)
COPIES = ("exact copies", "near copies")  # the judge's metrics that only copies fail


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Models on the same rows; :func:`compare` makes it.

    ``trials`` are all fits, a model and a seed each, ``judge`` holds the rows and what was
    measured on real ones.
    """

    trials: tuple[Trial, ...]
    judge: Judge
    data_name: str
    seconds: float | None = None

    def __repr__(self) -> str:
        """Show the table, without the rows and models that belong to it."""
        return f"Comparison on {self.data_name}\n{self.table.to_string(index=False)}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a model, the best first: score, verdict, key metrics, nats, seconds.

        Figures are means over the seeds. Models that copy stand below all others, those
        that failed last.
        """
        rows = [_row(name, self.of(name)) for name in self.names]
        order = sorted(rows, key=_rank)
        frame = pd.DataFrame(order)
        return frame.drop(columns=[name for name in KEY_METRICS if frame[name].isna().all()])

    @property
    def names(self) -> list[str]:
        """Names of the models, in the order given."""
        return list(dict.fromkeys(trial.name for trial in self.trials))

    @property
    def best(self) -> str | None:
        """The name of the best model that was fitted and does not copy."""
        usable = self.table[self.table["error"].isna() & ~self.table["copies"]]
        return None if usable.empty else str(usable["model"].iloc[0])

    @property
    def models(self) -> dict[str, GenerativeModel]:
        """The fitted model of each name's first seed."""
        return self._first("model")

    @property
    def samples(self) -> dict[str, Dataset]:
        """What those models drew."""
        return self._first("sample")

    @property
    def evaluations(self) -> dict[str, Evaluation]:
        """What the judge said of it."""
        return self._first("evaluation")

    @property
    def histories(self) -> dict[str, History]:
        """What happened while they were fitted."""
        return {name: model.history_ for name, model in self.models.items()}

    def of(self, name: str) -> list[Trial]:
        """All trials of one model."""
        return [trial for trial in self.trials if trial.name == name]

    def to_document(self) -> Document:
        """Give the report's content."""
        from .document import document

        return document(self)

    def to_html(self, path: str | Path) -> None:
        """Write one report on all models, as one self-contained file."""
        _write(render(self.to_document()), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Give the table and every evaluation as JSON, and write it where a path is given."""
        content = {
            "data": self.data_name,
            "training_rows": len(self.judge.train),
            "holdout_rows": len(self.judge.holdout or ()),
            "seconds": self.seconds,
            "table": json.loads(self.table.to_json(orient="records")),
            "trials": [_as_json(trial) for trial in self.trials],
        }
        text = json.dumps(content, ensure_ascii=False, indent=1)
        if path is not None:
            _write(text + "\n", path)
        return text

    def _first(self, part: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for trial in self.trials:
            if trial.error is None:
                found.setdefault(trial.name, getattr(trial, part))
        return found


def _write(text: str, path: str | Path) -> None:
    with replacing(Path(path)) as part:
        part.write_text(text, encoding="utf-8")


def _row(name: str, trials: Sequence[Trial]) -> dict[str, Any]:
    worked = [trial for trial in trials if trial.evaluation is not None]
    judged = [trial.evaluation for trial in worked if trial.evaluation]
    scores = [found.score for found in judged]
    known = [trial.likelihood for trial in worked if trial.likelihood]
    return {
        "model": name,
        "score": _mean(scores),
        "score_min": min(scores, default=np.nan),
        "score_max": max(scores, default=np.nan),
        "passed": _passed(judged),
        "copies": any(map(_copies, worked)),
        **{metric: _mean(_values(judged, metric)) for metric in KEY_METRICS},
        **_nats(known),
        "fit_seconds": _mean([trial.fit_seconds for trial in worked]),
        "rows_per_second": _mean([trial.rows_per_second for trial in worked]),
        "seeds": len(worked),
        "error": next((trial.error for trial in trials if trial.error), None),
    }


def _rank(row: dict[str, Any]) -> tuple[bool, bool, bool, float]:
    unknown = np.isnan(row["score"])
    return row["seeds"] == 0, row["copies"], not row["passed"], 1.0 if unknown else -row["score"]


def _passed(judged: Sequence[Evaluation]) -> bool | None:
    """Whether the rows of every seed passed; None where that cannot be judged."""
    verdicts = [found.judgement.passed for found in judged]
    return None if not verdicts or None in verdicts else all(verdicts)


def _copies(trial: Trial) -> bool:
    """Tell a model whose rows are training rows; one that only betrays them just scores low."""
    found = trial.evaluation.findings if trial.evaluation else ()
    caught = any(f.metric.name in COPIES and f.passed is False for f in found)
    return caught or bool(trial.model and trial.model.contains_training_rows)


def _values(judged: Sequence[Evaluation], metric: str) -> list[float]:
    findings = [finding for found in judged for finding in found.findings]
    return [f.measured.value for f in findings if f.metric.name == metric]


def _nats(known: Sequence[Likelihood]) -> dict[str, float]:
    return {
        "holdout_nats": _mean([found.holdout for found in known]),
        "gap_nats": _mean([found.train - found.holdout for found in known]),
        "impossible": _mean([found.impossible for found in known]),
    }


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _as_json(trial: Trial) -> dict[str, Any]:
    judged = trial.evaluation
    return {
        "model": trial.name,
        "seed": trial.seed,
        "settings": trial.model and _settings(trial.model),
        "fit_seconds": trial.fit_seconds if trial.error is None else None,
        "error": trial.error,
        "evaluation": judged and json.loads(judged.to_json()),
    }


def _settings(model: GenerativeModel) -> dict[str, Any]:
    plain = (str, int, float, bool, type(None))
    found = model.get_params(deep=False).items()
    return {name: value if isinstance(value, plain) else repr(value) for name, value in found}
