"""Parts of the report that explain: what gives rows away, and what they teach."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...report import (
    Band,
    Block,
    Cell,
    Curves,
    Head,
    Histogram,
    Histograms,
    Paragraph,
    Scatter,
    Section,
    Series,
    Share,
    Table,
    Text,
    category_histogram,
    number_histogram,
)
from ...report.numbers import percent
from ..inputs.samples import ImageSample, TableSample
from ..learning.giveaway import GivenAway, Relation
from ..metrics.spectrum import Spectrum
from ..result import Evaluation
from .joint import joint_shares
from .scales import Scale, coverage_by_scale, worst_scale

SHOWN_COLUMNS = 10
SHOWN_HISTOGRAMS = 3
LEAST_ALONE = 0.55  # AUC from which on a column's own values are worth a look
SHOWN_POINTS = 1500
SHOWN_IMPORTANCES = 12


def explained(
    evaluation: Evaluation, real: TableSample | None = None, drawn: TableSample | None = None
) -> Iterator[Section]:
    """Say what gave the rows away and what learners made of them, where that is known.

    ``real`` and ``drawn`` are some rows of a table, to look at.
    """
    found: GivenAway = _details(evaluation, "C2ST AUC").get("given_away", GivenAway())
    if real is not None and drawn is not None and found.columns:
        yield Section(_GIVEN_AWAY, tuple(_columns(found, real, drawn)))
    if isinstance(evaluation.case.synthetic, ImageSample):
        yield Section(_GIVEN_AWAY, tuple(_sizes(evaluation)))
    taught = tuple(_learners(evaluation)) + tuple(_importances(evaluation))
    if taught:
        yield Section(Text("What learners make of them", "学习器的表现"), taught)


def _details(evaluation: Evaluation, name: str) -> dict[str, Any]:
    found = (f.measured.details for f in evaluation.findings if f.metric.name == name)
    return dict(next(found, {}))


def _columns(found: GivenAway, real: TableSample, drawn: TableSample) -> Iterator[Block]:
    """Show the columns that tell, how the worst look, and the worst relation."""
    top = max(tell.share for tell in found.columns)
    rows = tuple(
        (tell.name, Cell(percent(tell.share), bar=tell.share / top), tell.alone)
        for tell in found.columns[:SHOWN_COLUMNS]
    )
    yield Table(_HEADS, rows, _BY_COLUMN)
    telling = [tell.name for tell in found.columns if tell.alone > LEAST_ALONE][:SHOWN_HISTOGRAMS]
    if telling:
        yield Histograms(tuple(histogram(name, real, drawn) for name in telling))
    else:
        yield Paragraph(_TOGETHER_ONLY)
    if found.relations:
        pairs = tuple((_pair(r), r.together, r.alone) for r in found.relations)
        yield Table(_PAIR_HEADS, pairs, _BY_PAIR)
        yield _relation(found.relations[0], real, drawn)


def histogram(name: str, real: TableSample, drawn: TableSample) -> Histogram:
    """Count a column of both."""
    left, right = real.shown(name), drawn.shown(name)
    if name in real.columns.number_names:
        return number_histogram(name, left, right)
    return category_histogram(name, left, right)


def _pair(relation: Relation) -> str:
    return " × ".join(relation.names)


def _relation(relation: Relation, real: TableSample, drawn: TableSample) -> Block:
    """Show two numbers as points, other pairs by where their shares differ most."""
    a, b = relation.names
    if {a, b} <= set(real.columns.number_names):
        left, right = (
            np.column_stack([side.columns.get(name)[:SHOWN_POINTS] for name in (a, b)])
            for side in (real, drawn)
        )
        return Scatter(left, right, a, b, _TOGETHER.format(a=a, b=b))
    rows = tuple(
        (cell.name, percent(cell.real), percent(cell.synthetic))
        for cell in joint_shares(a, b, real, drawn)
    )
    return Table(_CELL_HEADS, rows, _TOGETHER.format(a=a, b=b))


def _sizes(evaluation: Evaluation) -> Iterator[Block]:
    """Show the power of images by frequency, and their coverage by size of detail."""
    spectrum: Spectrum | None = _details(evaluation, "power spectrum").get("spectrum")
    if spectrum is not None:
        if spectrum.words.en:
            yield Paragraph(_SENTENCE.format(said=spectrum.words))
        known = not np.isnan(spectrum.low).any()
        band = Band(_FRESH, spectrum.frequency, spectrum.low, spectrum.high) if known else None
        line = Series(Text("synthetic", "合成"), spectrum.frequency, spectrum.ratio)
        yield Curves((line,), _FREQUENCY, _POWER, log=True, caption=_SPECTRUM, band=band)
    scales = coverage_by_scale(evaluation.case)
    if worst_scale(scales).en:
        yield Paragraph(_SENTENCE.format(said=worst_scale(scales)))
    yield Table(_SCALE_HEADS, tuple(_scale(scale) for scale in scales), _SCALES)


def _scale(scale: Scale) -> tuple[Cell | Text | float | None, ...]:
    real = None if np.isnan(scale.real) else scale.real
    return scale.name, Cell(scale.synthetic, bar=scale.synthetic), real


def _learners(evaluation: Evaluation) -> Iterator[Block]:
    for name in ("utility AUC", "utility R2"):
        scores = _details(evaluation, name).get("learners", ())
        if scores:
            heads = (_LEARNER, Head(_BY_SYNTHETIC, "right"), Head(_BY_REAL, "right"))
            yield Table(heads, scores, _LEARNERS.format(figure=name.removeprefix("utility ")))


def _importances(evaluation: Evaluation) -> Iterator[Block]:
    """Show each column's part of what matters for the label, the largest first."""
    known = _details(evaluation, "importance agreement").get("importances", ())
    if known:
        names, *sides = zip(*known, strict=True)
        gains = np.maximum(sides, 0)
        own, real = gains / np.maximum(gains.sum(1, keepdims=True), 1e-12)
        order = np.argsort(-np.maximum(own, real), kind="stable")[:SHOWN_IMPORTANCES]
        shares = tuple(Share(names[i], float(real[i]), float(own[i])) for i in order)
        yield Paragraph(_IMPORTANCES)
        yield Histograms((Histogram(_IMPORTANCE, shares),))


_GIVEN_AWAY = Text("What gives them away", "破绽所在")
_COLUMN, _LEARNER = Text("column", "列"), Text("learner", "学习器")
_BY_SYNTHETIC = Text("taught by synthetic rows", "用合成行训练")
_BY_REAL = Text("taught by real rows", "用真实行训练")
_ALONE = Text("AUC alone", "单独 AUC")
_HEADS = (
    _COLUMN,
    Head(
        Text("share", "份额"),
        "right",
        Text(
            "Shapley value of the classifier's AUC when columns are hidden",
            "隐藏各列时分类器 AUC 的沙普利值",
        ),
    ),
    Head(_ALONE, "right"),
)
_PAIR_HEADS = (
    Text("columns", "列对"),
    Head(Text("AUC together", "合并 AUC"), "right"),
    Head(Text("AUC of the better one alone", "其中较好一列单独 AUC"), "right"),
)
_CELL_HEADS = (
    Text("together", "组合"),
    Head(Text("real", "真实"), "right"),
    Head(Text("synthetic", "合成"), "right"),
)
_SCALE_HEADS = (
    Text("size of detail", "细节尺度"),
    Head(Text("coverage", "覆盖率"), "right"),
    Head(Text("fresh real images", "新的真实图像"), "right"),
)
_BY_COLUMN = Text(
    "By which columns a classifier tells the rows from real ones",
    "分类器凭哪些列区分合成行与真实行",
)
_TOGETHER_ONLY = Text(
    "By itself every column looks right: it is how columns go together that tells.",
    "单独来看各列均正常：破绽在于列与列之间的关系。",
)
_BY_PAIR = Text(
    "Pairs of columns that tell more together than each by itself: their relation is broken",
    "合在一起比各自单独更能暴露的列对：两列之间的关系已被破坏",
)
_TOGETHER = Text("How {a} and {b} go together", "{a} 与 {b} 之间的关系")
_SENTENCE = Text("What gives the images away: {said}.", "图像的破绽：{said}。")
_FREQUENCY = Text("cycles a pixel (0.5: a wave of two pixels)", "每像素周数（0.5 为两像素一周）")
_POWER = Text("power over the training images'", "功率与训练图像之比")
_FRESH = Text("95 % of fresh real images", "95% 的新的真实图像")
_SPECTRUM = Text(
    "Power of coarse detail (left) to fine detail (right), synthetic over training images",
    "从粗（左）到细（右）各尺度细节的功率，合成图像与训练图像之比",
)
_SCALES = Text(
    "Coverage of the real images in features of each size of detail by itself",
    "仅用各尺度细节的特征时对真实图像的覆盖率",
)
_LEARNERS = Text(
    "{figure} on the hold-out, by learner; the figure above is their mean",
    "各学习器在留出行上的 {figure}；上文指标为其平均",
)
_IMPORTANCE = Text("importance of each column", "各列的重要性")
_IMPORTANCES = Text(
    "Which columns matter to a learner taught by real and by synthetic rows: its score on the "
    "hold-out falls when a column is shuffled, and here is each column's part of all falls.",
    "用真实行与合成行训练的学习器各看重哪些列：打乱某列后其在留出行上的得分下降，图为各列占全部下降的份额。",
)
