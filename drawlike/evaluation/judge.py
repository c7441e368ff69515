"""The judge: real rows once, then any number of synthetic sets."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ..datasets import Dataset, as_dataset
from ..errors import DataError, SettingError
from ..events import SILENT, Emitter
from ..report import Text
from .case import Case, Limits, Reality
from .inputs.own_features import ImageFeatures
from .inputs.reading import reader_for
from .inputs.row_numbers import columns, row_numbers, without
from .inputs.samples import Sample
from .metric import FEWEST_ROWS, Measured, Metric, attempt
from .panel import PANEL, choose
from .result import Evaluation
from .verdict import LEVEL, Narrowing, find, judge

CONTROL_ROWS = 500
NARROW = 256  # columns of points up to which products are small
_EARLIEST_SECONDS = 0.5
_DEAR_LIMITS = {"image": {"classified": 4000, "taught": 5000}}  # many features a row


class Judge:
    """Judges synthetic sets against the same training and hold-out rows.

    What real rows score against each other is measured once, so that judging a second set
    is quicker than the first. Nothing here sees a model.

    Parameters
    ----------
    train, holdout
        Real rows: a Dataset, a frame, an array, or a pair (X, y). The generator saw
        ``train`` and never ``holdout``, which may be None: then nothing can be judged.
    label
        The column of a table that a learner should predict.
    kind, schema
        Settle what an array is and what the columns of a table mean.
    features
        Features in which images are compared, as for :func:`evaluate`.
    random_state
        Seed of all draws; equal seeds give equal reports.
    seconds
        About how long one set may take; the dear parts look at fewer rows then.
    metrics
        Names of the figures to measure, or of their aspects, as in the panel; all by default.
        Rows never count as usable unless all figures of copying are among them.

    Raises
    ------
    SchemaError
        If the sets have different columns or shapes.
    SettingError
        If a metric is unknown, listing close names.
    UnsupportedError
        If no metric is made for this kind of data.
    """

    def __init__(
        self,
        train: Any,
        holdout: Any = None,
        *,
        label: str | None = None,
        kind: str | None = None,
        schema: Any = None,
        features: ImageFeatures | None = None,
        random_state: int = 0,
        seconds: float | None = None,
        metrics: Iterable[str] | None = None,
    ) -> None:
        given = _dataset(train, label=label, kind=kind, schema=schema)
        self.kind, self._numbering = given.kind, row_numbers(given)
        self.train = without(given, self._numbering)
        self.panel = tuple(metric for metric in PANEL if self.kind in metric.kinds)
        self.asked = self.panel if metrics is None else choose(PANEL, metrics, self.kind)
        self.holdout = None if holdout is None else self._like_train(holdout)[0]
        self._reader = reader_for(self.kind, features)(self.train, self.holdout)
        rows = self._reader.read(self.train, "training")
        fresh = None
        if self.holdout is not None:
            fresh = self._reader.read(self.holdout, "hold-out")
        limits = _limits(self.kind, seconds, len(rows) + len(fresh or ()))
        self.reality = Reality(rows, fresh, limits, random_state)

    def __call__(
        self,
        synthetic: Any,
        *,
        log_prob: Mapping[str, Any] | None = None,
        events: Emitter = SILENT,
    ) -> Evaluation:
        """Judge one set of synthetic rows; ``log_prob`` as for :func:`evaluate`."""
        data, left_out = self._like_train(synthetic)
        rows = self._reader.read(data, "synthetic")
        self.reality.events = events
        case = Case(self.reality, rows, self._log_probs(log_prob))
        with _threads_that_pay(rows):
            findings = find(self._measured(case, events))
        n_holdout = len(self.holdout or ())
        judgement = judge(findings, self._blindness(case), n_holdout, self._narrowing())
        self.reality.events = SILENT  # who listened may be gone when the report is written
        return Evaluation(tuple(findings), judgement, case, self.train, data, left_out)

    def _measured(self, case: Case, events: Emitter) -> list[tuple[Metric, Measured]]:
        measured = []
        for step, metric in enumerate(self.asked):
            events.progress(step, len(self.asked), unit="metrics")
            result = attempt(metric, case)
            measured.append((metric, result))
            if not np.isnan(result.value):
                events.metric(metric.name, result.value)
        events.progress(len(self.asked), len(self.asked), unit="metrics")
        return measured

    def _like_train(self, data: Any) -> tuple[Dataset, tuple[str, ...]]:
        """Read rows beside the training rows, and name the columns that only number them."""
        rows = _dataset(data, kind=self.kind)
        own = columns(self.train)
        spare = {*row_numbers(rows), *self._numbering} - own
        left_out = tuple(sorted(columns(rows) & spare))
        return without(rows, left_out), left_out

    def _blindness(self, case: Case) -> Text | None:
        """Say why nothing can be judged, if so."""
        sets = {_TRAINING: self.train, _HOLDOUT: self.holdout, _SYNTHETIC: case.synthetic}
        if self.holdout is None:
            return _NO_HOLDOUT
        for name, rows in sets.items():
            if len(rows or ()) < FEWEST_ROWS:
                return _FEW_ROWS.format(n=len(rows or ()), what=name, fewest=FEWEST_ROWS)
        size = min(len(case.synthetic), len(self.train), CONTROL_ROWS)
        seen = self.reality.once(("control", size), lambda: _sees_copies(self.reality, size))
        return None if seen else _BLIND

    def _narrowing(self) -> Narrowing | None:
        """Say what was left out, if anything was."""
        if len(self.asked) == len(self.panel):
            return None
        copying = {metric.name for metric in self.panel if metric.aspect == "copying"}
        return Narrowing(
            [metric.title for metric in self.asked],
            len(self.panel),
            copying <= {metric.name for metric in self.asked},
        )

    def _log_probs(self, given: Mapping[str, Any] | None) -> dict[str, np.ndarray] | None:
        if given is None or self.holdout is None:
            return None
        arrays = {}
        for name, rows in (("train", self.train), ("holdout", self.holdout)):
            if name not in given:
                raise SettingError(
                    f"log_prob has {', '.join(given) or 'nothing'}; give 'train' and 'holdout', "
                    "each with one log-density a row."
                )
            arrays[name] = np.asarray(given[name], float)
            if arrays[name].ndim != 1 or not 0 < len(arrays[name]) <= len(rows or ()):
                raise DataError(
                    f"log_prob[{name!r}] has shape {arrays[name].shape}; expected one log-density "
                    f"a row, of all {len(rows or ())} rows or of some drawn at random."
                )
        return arrays


def _threads_that_pay(rows: Sample) -> AbstractContextManager[Any]:
    """Keep a library's products of few columns to one thread; our own threads stay.

    They would wait for each other longer than they work, most of all on a busy machine.
    """
    if rows.take(np.arange(1)).points().shape[1] > NARROW:
        return nullcontext()
    return threadpool_limits(1, user_api="blas")


def _sees_copies(reality: Reality, size: int) -> bool:
    """Whether training rows, handed in as synthetic, would be found out.

    Where rows are so few or so alike that a copy looks like fresh rows, no verdict is given.
    """
    copies = Case(reality, reality.some(reality.train, size, "control"))
    found = (attempt(metric, copies) for metric in PANEL if metric.aspect == "copying")
    return any(result.chance < LEVEL / len(PANEL) for result in found)


def _dataset(data: Any, **known: Any) -> Dataset:
    if isinstance(data, Dataset):
        known = {name: value for name, value in known.items() if name != "kind"}
        return as_dataset(data, **known)
    X, y = data if isinstance(data, tuple) and len(data) == 2 else (data, None)
    return as_dataset(X, y, **known)


def _limits(kind: str, seconds: float | None, n_rows: int) -> Limits:
    """Cut the rows looked at to a time, by a rough count of the work."""
    limits = replace(Limits(), **_DEAR_LIMITS.get(kind, {}))
    if seconds is None:
        return limits
    if seconds <= 0:
        raise SettingError(f"seconds={seconds} is no time: give a positive number, or None.")
    expected = _EARLIEST_SECONDS + min(n_rows, 100_000) / 2500
    return limits.scaled(min(seconds / expected, 1.0))


_TRAINING, _HOLDOUT = Text("training", "训练"), Text("hold-out", "留出")
_SYNTHETIC = Text("synthetic", "合成")
_NO_HOLDOUT = Text(
    "Cannot judge: without hold-out rows, learning and copying look the same.",
    "无法判断：没有留出行，就无法区分学习与抄袭。",
)
_FEW_ROWS = Text(
    "Cannot judge: there are only {n} {what} rows, fewer than {fewest}.",
    "无法判断：{what}数据只有 {n} 行，少于 {fewest} 行。",
)
_BLIND = Text(
    "Cannot judge: a copy of the training rows would not be told from fresh rows, "
    "the rows are too few or too much alike.",
    "无法判断：行数太少或过于相似，训练行的拷贝与新的真实行无法区分。",
)
