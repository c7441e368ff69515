"""The figures of each class side by side, for the report."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ...report import Block, Cell, Fold, Head, Table, Text
from ..metric import Finding, Measured
from ..null import holm
from ..verdict import LEVEL


def class_table(findings: Sequence[Finding]) -> Iterator[Block]:
    """Lay out a row a class and a column a figure, the worst class of each marked."""
    cut = [f for f in findings if f.computed and f.measured.details.get("classes")]
    if not cut:
        return
    found = [f.measured.details["classes"] for f in cut]
    heads = [Head(_CLASS), *(Head(f.metric.title, tooltip=f.metric.about) for f in cut)]
    names = dict.fromkeys(name for each in found for name in each)
    columns = [_column(f, each) for f, each in zip(cut, found, strict=True)]
    rows = tuple((name, *(column.get(name) for column in columns)) for name in names)
    yield Fold(_TITLE, (Table(tuple(heads), rows, _CAPTION),))


def _column(finding: Finding, found: Mapping[str, Measured]) -> dict[str, Cell]:
    """Give a figure's cells by class."""
    chances = np.array([each.chance for each in found.values()])
    # a class is red only where the figure alarms among all others
    alarms = dict(zip(found, holm(chances, LEVEL) & finding.alarm, strict=True))
    worst = finding.measured.details["worst"]
    return {
        name: Cell(
            None if np.isnan(each.value) else each.value,
            "bad" if alarms[name] else "warn" if name == worst else None,
            tooltip=_REAL.format(real=f"{each.real:.3g}"),
        )
        for name, each in found.items()
    }


_CLASS = Text("class", "类别")
_TITLE = Text("Class by class", "逐类指标")
_REAL = Text("real rows {real}", "真实行 {real}")
_CAPTION = Text(
    "Each figure within one class; the least like real is marked, red where luck hardly explains it.",
    "各类之内的指标；最不像真实者已标出，难以用偶然解释者为红色。",
)
