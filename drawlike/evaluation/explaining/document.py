"""The report of an evaluation, as the plain document that ``report`` renders."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...codecs.rarity import fewest_rows
from ...events import History
from ...report import (
    Alert,
    Block,
    Cell,
    Check,
    Document,
    Facts,
    Fold,
    Head,
    Histograms,
    Matrix,
    Paragraph,
    Scatter,
    Section,
    Table,
    Text,
    Verdict,
    training_blocks,
)
from ...report.document import Mark
from ..inputs.columns import Columns
from ..inputs.rare import rare_drawn
from ..inputs.samples import ImageSample, TableSample
from ..metric import Finding
from ..metrics.trends import association, code
from ..result import Evaluation
from ..verdict import HEADLINE, LEVEL
from .class_table import class_table
from .explanation import SHOWN_POINTS, explained, histogram
from .side_by_side import SHOWN_COLUMNS, grids, nearest_rows, spaced
from .tail_table import tail_table

DRAWN_ROWS = 20_000  # histograms and heat maps look no different with more


def document(evaluation: Evaluation, curves: History | None = None) -> Document:
    """Lay out a report: verdict, figures, columns or images, evidence, how it was judged."""
    judgement, case = evaluation.judgement, evaluation.case
    checks = tuple(Check(text, passed) for text, passed in judgement.checks)
    sections = [
        Section(Text("Figures", "指标"), tuple(_figures(evaluation))),
        *_contents(evaluation),
        *([Section(_TRAINING, tuple(training_blocks(curves)))] if curves else []),
        Section(Text("How it was judged", "评判方法"), tuple(_method(evaluation))),
    ]
    return Document(
        title=Text("Are these rows like real ones?", "这些数据与真实数据相像吗？"),
        sections=tuple(sections),
        verdict=Verdict(judgement.passed, judgement.opening, checks),
        footer=f"drawlike, seed {case.reality.seed}",
    )


def _figures(evaluation: Evaluation) -> Iterator[Block]:
    case, scores = evaluation.case, evaluation.judgement.scores
    yield Facts(
        (
            (Text("score", "得分"), _known(evaluation.score)),
            *((_ASPECTS[aspect], _known(scores[aspect])) for aspect in HEADLINE),
            (Text("training rows", "训练行"), len(case.reality.train)),
            (Text("hold-out rows", "留出行"), len(case.reality.held_out or ())),
            (Text("synthetic rows", "合成行"), len(case.synthetic)),
        )
    )
    computed = [finding for finding in evaluation.findings if finding.computed]
    yield Table(_HEADS, tuple(_line(finding) for finding in computed), _CAPTION)
    yield from class_table(evaluation.findings)
    yield from tail_table(evaluation.findings)
    absent = [finding for finding in evaluation.findings if not finding.computed]
    if absent:
        rows = tuple((f.metric.title, f.measured.note) for f in absent)
        table = Table((Text("metric", "指标"), Text("reason", "原因")), rows)
        yield Fold(Text("Not computed, and why", "未计算的指标及原因"), (table,))


def _line(finding: Finding) -> tuple[Cell, ...]:
    metric, measured = finding.metric, finding.measured
    mark, said = _finding(finding)
    return (
        Cell(metric.title, tooltip=metric.about, note=measured.note if measured.note.en else None),
        Cell(measured.value, mark, interval=(measured.low, measured.high)),
        Cell(_known(measured.real)),
        Cell(_BETTER[metric.better].format(ideal=f"{metric.ideal:g}"), note=metric.unit),
        Cell(said, mark, tooltip=_chance(measured.chance)),
    )


def _finding(finding: Finding) -> tuple[Mark | None, Text]:
    if finding.passed is None:
        return None, Text("not tested", "未检验")
    if finding.passed is False:
        return "bad", Text("bad", "差")
    if finding.alarm:
        return "warn", Text("slight", "略差")
    return "good", Text("like real", "如真实")


def _contents(evaluation: Evaluation) -> Iterator[Section]:
    """Show what gives the rows away, and the rows themselves."""
    case = evaluation.case
    real, drawn = case.train, case.synthetic
    if isinstance(real, ImageSample) and isinstance(drawn, ImageSample):
        yield from explained(evaluation)
        yield Section(Text("Images", "图像"), tuple(grids(case, real, drawn)))
    if isinstance(real, TableSample) and isinstance(drawn, TableSample):
        mixed = real.take(case.reality.places(len(real), DRAWN_ROWS, "columns"))
        some = mixed, drawn.take(spaced(len(drawn), DRAWN_ROWS))
        yield from explained(evaluation, *some)
        yield Section(Text("Columns", "各列"), tuple(_columns(*some)))
        yield Section(Text("Nearest rows", "最近的行"), (nearest_rows(case, real, drawn),))


def _columns(real: TableSample, drawn: TableSample) -> Iterator[Block]:
    names = real.columns.names
    if len(real.columns.number_names) == len(names) == 2:
        yield Scatter(
            real.columns.numbers[:SHOWN_POINTS], drawn.columns.numbers[:SHOWN_POINTS], *names
        )
    yield Histograms(tuple(histogram(name, real, drawn) for name in names))
    if len(names) > 1:
        chosen = names[:SHOWN_COLUMNS]
        left, right = (association(code(_only(x.columns, chosen))) for x in (real, drawn))
        yield Matrix(chosen, left, right, caption=_PAIRS)


def _only(columns: Columns, names: Sequence[str]) -> Columns:
    for name in columns.names:
        if name not in names:
            columns = columns.without(name)
    return columns


def _method(evaluation: Evaluation) -> Iterator[Block]:
    case = evaluation.case
    yield Paragraph(_TESTS.format(level=f"{LEVEL:.0%}", n=len(evaluation.findings)))
    yield Paragraph(_HEADLINE)
    if isinstance(case.synthetic, ImageSample):
        said = _FEATURES if case.synthetic.own_scale is None else _OWN_FEATURES
        yield Paragraph(said.format(name=case.synthetic.extractor.name))
    if isinstance(case.synthetic, TableSample) and case.synthetic.vocabulary:
        ignored = [str(column.name) for column in case.synthetic.vocabulary.ignored]
        if ignored:
            yield Alert(_IGNORED.format(names=", ".join(ignored)))
        if isinstance(case.train, TableSample) and (rare := rare_drawn(case.train, case.synthetic)):
            names = ", ".join(f"{name} ({n})" for name, n in rare.items())
            yield Alert(_RARE.format(names=names, fewest=fewest_rows(None, len(case.train))))
        noted = [c for c in case.synthetic.vocabulary.schema.columns if c.note]
        if noted:
            lines = tuple((str(c.name), str(c.type), c.note) for c in noted)
            yield Fold(_READ, (Table(_READ_HEADS, lines),))
    if evaluation.left_out:
        yield Alert(_NUMBERING.format(names=", ".join(evaluation.left_out)))
    rows = tuple((f.metric.title, f.metric.about, f.metric.source) for f in evaluation.findings)
    heads = (Text("metric", "指标"), Text("meaning", "含义"), Text("source", "来源"))
    yield Fold(Text("Metrics and sources", "指标与来源"), (Table(heads, rows),))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _chance(chance: float) -> Text | None:
    return None if np.isnan(chance) else _BY_LUCK.format(chance=f"{chance:.2g}")


_TRAINING = Text("Training", "训练过程")
_ASPECTS = {
    "fidelity": Text("fidelity", "保真度"),
    "diversity": Text("diversity", "多样性"),
    "copying": Text("not copied", "未抄袭"),
}
_BETTER = {
    "higher": Text("higher", "越高越好"),
    "lower": Text("lower", "越低越好"),
    "closer to ideal": Text("near {ideal}", "越接近 {ideal} 越好"),
}
_HEADS = (
    Head(Text("metric", "指标")),
    Head(Text("value", "数值"), tooltip=Text("with a 95 % interval", "附 95% 区间")),
    Head(
        Text("real rows", "真实行"),
        tooltip=Text(
            "what fresh real rows score, at the same numbers of rows",
            "行数相同时新的真实行的数值",
        ),
    ),
    Head(Text("better", "方向")),
    Head(Text("finding", "结论")),
)
_CAPTION = Text(
    "Each figure beside the one of fresh real rows. Slight: fresh rows hardly look so, but nearly.",
    "每项指标旁为新的真实行的数值。略差：真实行很少如此，但相差不大。",
)
_PAIRS = Text(
    "How strongly two columns go together: Pearson's correlation of two numbers, else Cramer's V",
    "两列关系的强度：数值列为皮尔逊相关系数，否则为克莱姆 V",
)
_BY_LUCK = Text(
    "fresh real rows look at least as bad with chance {chance}",
    "新的真实行至少同样差的概率为 {chance}",
)
_TESTS = Text(
    "Every figure is measured on fresh real rows too: training and hold-out rows are "
    "exchangeable, so dealing them anew shows what luck does. An alarm is raised so that all "
    "{n} metrics together cry wolf on fresh real rows about {level} of the times (Holm's "
    "correction for many tests).",
    "每项指标也在新的真实行上测量：训练行与留出行可互换，重新分配它们即可看出偶然性的作用。"
    "报警阈值经 Holm 多重检验校正，使全部 {n} 项指标在真实行上合计误报约 {level}。",
)
_HEADLINE = Text(
    "The score is the least of fidelity, diversity and not being copied, each as a share of "
    "what fresh real rows reach. A copy of the training rows scores 0.",
    "得分为保真度、多样性与未抄袭三者中的最小值，各为新的真实行所达水平的比例。训练数据的拷贝得 0 分。",
)
_FEATURES = Text(
    "Images are compared by fixed features that were learned from no data: {name}.",
    "图像以不从任何数据学习的固定特征进行比较：{name}。",
)
_OWN_FEATURES = Text(
    "Images are compared by features that you gave: {name}. They should not have been learned "
    "from these images.",
    "图像以您提供的特征进行比较：{name}。该特征不应由这些图像学得。",
)
_NUMBERING = Text(
    "Columns that only number the rows were left out: {names}.", "仅作行号的列已忽略：{names}。"
)
_RARE = Text(
    "The synthetic rows hold categories that fewer than {fewest} training rows hold, which may "
    "point to people (column and number of categories): {names}.",
    "合成行中含有不足 {fewest} 个训练行才有的类别，可能指向个人（列名与类别数）：{names}。",
)
_READ = Text("How columns were read", "各列的识别方式")
_READ_HEADS = (Text("column", "列"), Text("type", "类型"), Text("note", "说明"))
_IGNORED = Text(
    "Identifiers and free text are not compared: {names}.", "标识符与自由文本不参与比较：{names}。"
)
