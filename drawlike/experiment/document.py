"""A comparison as a report: who does best, who copies, what they draw, how they learned."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from ..report import (
    Alert,
    Block,
    Curves,
    Document,
    Entry,
    Facts,
    Fold,
    Histograms,
    ImageGrid,
    Leaderboard,
    Matrix,
    Measure,
    Paragraph,
    Section,
    Text,
    Verdict,
    Words,
)
from .comparison import KEY_METRICS, Comparison

Documents: TypeAlias = Mapping[str, Document]


def document(found: Comparison) -> Document:
    """Give the content of the report on a comparison."""
    judged = {
        name: evaluation.to_document(found.histories[name])
        for name, evaluation in found.evaluations.items()
    }
    board: tuple[Block, ...] = (_facts(found), _leaderboard(found), *_alerts(found))
    sections = [
        Section(Text("Leaderboard", "排行榜"), board),
        Section(Text("What the judge says", "评判结果"), tuple(_verdicts(found, judged))),
        Section(Text("Samples", "样本"), tuple(_grids(found, judged))),
        *_columns_of_best(found, judged),
        Section(Text("Training", "训练"), tuple(_curves(found, judged))),
    ]
    return Document(
        Text("Models compared on {name}", "{name} 上的模型比较").format(name=found.data_name),
        tuple(section for section in sections if section.blocks),
        _answer(found),
    )


def _answer(found: Comparison) -> Verdict:
    """Say which model to take, and whether its rows may stand in for real ones."""
    if found.best is None:
        return Verdict(False, _NONE)
    evaluation = found.evaluations[found.best]
    words = _BEST.format(name=found.best, verdict=evaluation.judgement.words)
    return Verdict(evaluation.judgement.passed, words)


def _facts(found: Comparison) -> Facts:
    train, seeds = found.judge.train, sorted({trial.seed for trial in found.trials})
    limit = Text("none", "无") if found.seconds is None else f"{found.seconds:g} s"
    return Facts(
        (
            (Text("training rows", "训练行"), len(train)),
            (Text("hold-out rows", "留出行"), len(found.judge.holdout or ())),
            (Text("kind", "类型"), train.kind),
            (Text("label", "标签"), train.label or (Text("no", "无") if train.y is None else "y")),
            (Text("seeds", "种子"), ", ".join(map(str, seeds))),
            (Text("time limit of a fit", "单次拟合时限"), limit),
        )
    )


def _leaderboard(found: Comparison) -> Leaderboard:
    metrics = [name for name in KEY_METRICS if name in found.table]
    columns = ["score", *metrics, "holdout_nats", "fit_seconds"]
    measures = (
        _MEASURES["score"],
        *(_metric_measure(name, found) for name in metrics),
        _MEASURES["holdout_nats"],
        _MEASURES["fit_seconds"],
    )
    entries = tuple(
        Entry(
            row["model"],
            tuple(None if np.isnan(row[name]) else float(row[name]) for name in columns),
            row["passed"],
            _note(row),
            eligible=not row["copies"],
        )
        for row in found.table.to_dict("records")
    )
    return Leaderboard(measures, entries, _CAPTION)


def _metric_measure(name: str, found: Comparison) -> Measure:
    """Take direction and meaning from the judge, and the mean of what real rows reach."""
    findings = [f for e in found.evaluations.values() for f in e.findings if f.metric.name == name]
    metric, real = findings[0].metric, float(np.nanmean([f.measured.real for f in findings]))
    if metric.better == "closer to ideal":
        return Measure(metric.title, "nearest", metric.ideal, real, metric.about)
    return Measure(metric.title, metric.better, reference=real, tooltip=metric.about)


def _note(row: dict[str, object]) -> Words | None:
    if row["error"]:
        return _ERROR.format(error=str(row["error"])[:300])
    if row["copies"]:
        return Text("copies training rows", "抄袭训练行")
    if row["seeds"] != 1:
        spread = {"low": f"{row['score_min']:.3f}", "high": f"{row['score_max']:.3f}"}
        return _SPREAD.format(n=row["seeds"], **spread)
    return None


def _alerts(found: Comparison) -> Iterator[Alert]:
    keeping = [name for name, model in found.models.items() if model.contains_training_rows]
    if keeping:
        yield Alert(_KEEPS.format(names=", ".join(keeping)), "warn")


def _verdicts(found: Comparison, judged: Documents) -> Iterator[Block]:
    for name in _ranked(found):
        words = found.evaluations[name].judgement.words
        yield Paragraph(Text("{name}: {words}", "{name}：{words}").format(name=name, words=words))
        yield Fold(_MORE.format(name=name), judged[name].sections[0].blocks)


def _grids(found: Comparison, judged: Documents) -> Iterator[Block]:
    """Show typical draws of each model, with the nearest training images."""
    for name in _ranked(found):
        grids = [
            b for b in _blocks(judged[name]) if isinstance(b, ImageGrid) and b.partners is not None
        ]
        if grids:  # the first are those that look most like copies
            yield replace(grids[-1], caption=name)


def _columns_of_best(found: Comparison, judged: Documents) -> Iterator[Section]:
    """Show the columns of one model only: those of all would make the page heavy."""
    if found.best is None:
        return
    blocks = [b for b in _blocks(judged[found.best]) if isinstance(b, Histograms | Matrix)]
    title = Text("Columns of {name}", "{name} 的各列")
    yield Section(title.format(name=found.best), tuple(blocks))


def _ranked(found: Comparison) -> list[str]:
    return [name for name in found.table["model"] if name in found.evaluations]


def _blocks(part: Document) -> Iterator[Block]:
    for section in part.sections:
        yield from section.blocks


def _curves(found: Comparison, judged: Documents) -> Iterator[Block]:
    """Show how each model learned; one that learned in one step has no curve."""
    for name in _ranked(found):
        for block in _blocks(judged[name]):
            if isinstance(block, Curves):
                series = tuple(line for line in block.series if len(line.steps) > 1)
                yield from [replace(block, series=series, caption=name)] if series else []


_SCORE = Text(
    "the least of fidelity, diversity and not copying, each beside what fresh real rows reach",
    "保真度、多样性与不抄袭三者中的最小值，均以新的真实行为参照",
)
_MEASURES = {
    "score": Measure(Text("score", "得分"), "higher", tooltip=_SCORE),
    "holdout_nats": Measure(
        Text("hold-out nats", "留出 nats"),
        "higher",
        tooltip=Text("mean log-likelihood of hold-out rows", "留出行的平均对数似然"),
    ),
    "fit_seconds": Measure(Text("fit, s", "拟合（秒）"), "lower"),
}
_CAPTION = Text(
    "All models on the same rows; the last line is what fresh real rows reach",
    "所有模型使用相同的行；最后一行为新的真实行所能达到的水平",
)
_SPREAD = Text("mean of {n} seeds, score {low} to {high}", "{n} 个种子的平均，得分 {low} 至 {high}")
_ERROR = Text("failed: {error}", "失败：{error}")
_KEEPS = Text(
    "Made to emit training rows: {names}. Share neither samples nor folders of it.",
    "按设计输出训练行：{names}。请勿分享其样本或文件夹。",
)
_NONE = Text("No model was fitted that does not copy.", "没有不抄袭的模型拟合成功。")
_BEST = Text("Best is {name}. {verdict}", "最佳为 {name}。{verdict}")
_MORE = Text("All figures of {name}", "{name} 的全部数据")
