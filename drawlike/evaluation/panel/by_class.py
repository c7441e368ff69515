"""Any figure within each class by itself: one mechanism for all metrics that have a meaning there.

The rows of a class, real and synthetic, are a smaller case of the same kind. A metric that is
measured on each of them tells the class that fares worst; its chance is multiplied by the
number of classes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...report import Text
from ..case import Case, Limits, Reality
from ..metric import FEWEST_ROWS, Measured, Metric, NotComputedError, attempt
from ..needs import classes_of

MOST_CLASSES = 20
LEAST_LIMIT = 100  # rows of a class that the dear parts look at, at least
N_DEALS = 30
_TITLE = Text("{title} by class", "{title}（分类别）")
_ABOUT = Text(
    "the same within each class by itself; shown is the class that looks least like real",
    "在每个类别之内计算同一指标；显示最不像真实数据的类别",
)
_WORST = Text("class {name}, of {n}", "{n} 个类别中的 {name} 类")
_SKIPPED = Text(
    "{said}; not compared, for lack of rows: {names}", "{said}；行数不足未比较：{names}"
)


Each = Callable[[Case, Sequence[str]], Mapping[str, Measured]]


def by_class(metric: Metric, each: Each | None = None) -> Metric:
    """Give the metric that measures another one within each class.

    ``each`` measures all classes at once, where that is cheaper than one after the other.
    """
    return replace(
        metric,
        title=_TITLE.format(title=metric.title),
        about=_ABOUT,
        measure=WithinClasses(metric, each),
        source=f"{metric.source}; Bonferroni's correction for the classes",
        only_proven=True,
    )


@dataclass(frozen=True)
class WithinClasses:
    """Measures a metric within each class.

    What it gives is the figure of the worst class, and in its details under ``"classes"``
    what was measured in each.
    """

    metric: Metric
    each: Each | None = None

    def __call__(self, case: Case) -> Measured:
        """Measure the metric in every class that has rows enough."""
        cut = cases_by_class(case)
        found = self._each(case, cut)
        known = {name: each for name, each in found.items() if not np.isnan(each.value)}
        if not known:
            notes = [each.note for each in found.values()]
            raise NotComputedError(notes[0] if notes else _TOO_FEW)
        worst = min(known, key=lambda name: _badness(self.metric, known[name]))
        note = _WORST.format(name=worst, n=len(known))
        if cut.short:
            note = _SKIPPED.format(said=note, names=", ".join(cut.short))
        chance = min(known[worst].chance * len(known), 1.0)
        return replace(
            known[worst], chance=chance, note=note, details={"classes": found, "worst": worst}
        )

    def _each(self, case: Case, cut: "Cut") -> Mapping[str, Measured]:
        if self.each is not None:
            return self.each(case, list(cut.cases))
        return {name: attempt(self.metric, part) for name, part in cut.cases.items()}


@dataclass(frozen=True)
class Cut:
    """The classes of a case, each a case by itself; ``short`` have too few rows of a side."""

    cases: Mapping[str, Case]
    short: tuple[str, ...]


def cases_by_class(case: Case) -> Cut:
    """Cut real and synthetic rows into their classes, the most frequent first."""
    return case.once("classes", lambda: _cut(case))


def _cut(case: Case) -> Cut:
    reality = case.reality
    train, holdout, drawn = (
        classes_of(rows) for rows in (case.train, case.holdout, case.synthetic)
    )
    classes, counts = np.unique(train, return_counts=True)
    classes = classes[np.argsort(-counts, kind="stable")][:MOST_CLASSES]
    if len(classes) < 2:
        raise NotComputedError(_ONE_CLASS)
    limits, cases, short = _limits(case.limits, len(classes)), {}, []
    for name in classes.tolist():
        rows = [np.flatnonzero(labels == name) for labels in (train, holdout, drawn)]
        if min(map(len, rows)) < FEWEST_ROWS:
            short.append(name)
            continue
        real = reality.once(("class", name), _part(reality, rows[0], rows[1], limits))
        cases[name] = Case(real, case.synthetic.take(rows[2]))
    return Cut(cases, tuple(short))


def _part(
    reality: Reality, train: np.ndarray, holdout: np.ndarray, limits: Limits
) -> Callable[[], Reality]:
    """Give what makes the real rows of one class."""
    return lambda: Reality(
        reality.train.take(train), reality.holdout.take(holdout), limits, reality.seed
    )


def _limits(limits: Limits, n_classes: int) -> Limits:
    """Share the rows that may be looked at among the classes."""
    shared = {
        name: max(value // n_classes, LEAST_LIMIT)
        for name, value in vars(limits).items()
        if name != "resplits"
    }
    few = {"columns": shared["reference"], "probes": shared["reference"], "resplits": N_DEALS}
    return replace(limits, **{**shared, **few})


def _badness(metric: Metric, measured: Measured) -> tuple[float, float]:
    """Order by chance, then by what is kept."""
    chance = 1.0 if np.isnan(measured.chance) else measured.chance
    kept = metric.kept(measured.value, measured.real) if not np.isnan(measured.real) else 1.0
    return chance, kept


_ONE_CLASS = Text("there is only one class", "只有一个类别")
_TOO_FEW = Text("no class has enough rows", "没有行数足够的类别")
