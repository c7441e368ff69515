"""An evaluation: what was found, as a frame, as JSON, as a report."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..datasets import Dataset
from ..report import Document, render
from .case import Case
from .explaining.resemblance import resembling
from .metric import Finding
from .verdict import Judgement


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """The judge's findings on one synthetic set; :func:`evaluate` makes it.

    ``findings`` are all metrics, computed or not, ``judgement`` what follows from them.
    ``left_out`` names columns of the synthetic rows that only number them.
    """

    findings: tuple[Finding, ...]
    judgement: Judgement
    case: Case
    train: Dataset
    synthetic: Dataset
    left_out: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say what matters, not the rows."""
        return f"Evaluation(passed={self.passed}, score={self.score:.3f}, {self.verdict!r})"

    @property
    def passed(self) -> bool:
        """Whether the rows may stand in for real ones; False where that cannot be judged."""
        return bool(self.judgement.passed)

    @property
    def verdict(self) -> str:
        """The answer in words."""
        return self.judgement.words.en

    @property
    def verdict_zh(self) -> str:
        """The answer in Chinese words."""
        return self.judgement.words.zh

    @property
    def score(self) -> float:
        """The least of fidelity, diversity and non-copying, 0 to 1, beside fresh real rows."""
        return self.judgement.score

    @property
    def metrics(self) -> pd.DataFrame:
        """A row a metric: value, interval, what real rows reach, direction, alarm, source."""
        return pd.DataFrame([_row(finding) for finding in self.findings])

    def resembling(self, rows: int | Sequence[int] | np.ndarray, k: int = 5) -> pd.DataFrame:
        """Training rows that the synthetic rows at these positions are nearest to.

        A line a synthetic row and neighbour: ``synthetic`` and ``training`` are positions,
        ``rank`` goes from 1 to ``k``. ``distance`` is Euclidean in the space in which copies
        are looked for. ``percentile`` is the percent of the hold-out rows that lie nearer to
        their nearest training row: 50 is usual, and many rows near 0 are copies.

        Raises
        ------
        DataError
            If there is no such row.
        """
        return resembling(self.case, rows, k)

    def evidence(self, n: int = 20) -> pd.DataFrame:
        """Give the synthetic rows that most look copied, a row a pair, (n, 7).

        Returns
        -------
        DataFrame
            ``synthetic`` and ``training`` are positions in the sets that were given,
            ``distance`` lies between the two, ``reference`` to the nearest hold-out row, and
            ``ratio`` is the one over the other: 0 for a copy, around 1 for fresh rows.
            ``rarity`` is the share of hold-out rows with so low a ratio. ``equal`` names the
            columns that are equal, or gives the share of equal pixels.
        """
        from .explaining.evidence import Pairs

        pairs = Pairs.of(self.case)
        return pairs.take(np.arange(min(n, len(pairs)))).frame(self.case)

    def to_json(self, path: str | Path | None = None) -> str:
        """Give everything as JSON, and write it where a path is given.

        ``details`` of a metric are what lies behind its figure: scores by column or pair, the
        figures of each class, the attacks, the columns that give rows away.
        """
        content = {
            "passed": self.passed,
            "can_judge": self.judgement.passed is not None,
            "verdict": self.verdict,
            "verdict_zh": self.verdict_zh,
            "score": self.score,
            "scores": self.judgement.scores,
            "random_state": self.case.reality.seed,
            "rows": {
                "train": len(self.train),
                "holdout": len(self.case.reality.held_out or ()),
                "synthetic": len(self.synthetic),
            },
            "left_out": list(self.left_out),
            "metrics": [
                {**_row(finding), "details": finding.measured.details} for finding in self.findings
            ],
        }
        text = json.dumps(_plain(content), ensure_ascii=False, indent=1)
        if path is not None:
            Path(path).write_text(text + "\n", encoding="utf-8")
        return text

    def to_document(self, curves: Any = None) -> Document:
        """Give the report's content; ``curves`` is a History of a training, if there was one."""
        from .explaining.document import document

        return document(self, curves)

    def to_html(self, path: str | Path, curves: Any = None) -> None:
        """Write the report as one self-contained file."""
        Path(path).write_text(render(self.to_document(curves)), encoding="utf-8")


def _row(finding: Finding) -> dict[str, Any]:
    metric, measured = finding.metric, finding.measured
    return {
        "name": metric.name,
        "aspect": metric.aspect,
        "value": measured.value,
        "low": measured.low,
        "high": measured.high,
        "real": measured.real,
        "ideal": metric.ideal,
        "better": metric.better,
        "unit": metric.unit.en,
        "chance": measured.chance,
        "kept": finding.kept,
        "alarm": finding.alarm,
        "passed": finding.passed,
        "note": measured.note.en,
        "source": metric.source,
    }


def _plain(value: Any) -> Any:
    """Nested values as JSON knows them: numbers that are not finite become null or text."""
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value.item() if hasattr(value, "item") else value
