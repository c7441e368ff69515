"""The report as the plain document that ``report`` renders."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ...report import (
    Alert,
    Band,
    Block,
    Cell,
    Check,
    Curves,
    Document,
    Facts,
    Fold,
    Head,
    Interval,
    Intervals,
    Paragraph,
    Section,
    Series,
    Table,
    Text,
    Verdict,
)
from ...report.document import Mark
from .figures import Figure
from .methods import NOTHING, UNCORRECTED, title_of
from .result import BalanceReport
from .verdict import LEVEL, short

_DRAWN = 4  # calibration curves beside that of nothing


def document(found: BalanceReport) -> Document:
    """Lay out a report: verdict, figures, differences, calibration, rows, method."""
    judgement = found.judgement
    return Document(
        title=Text("Does balancing help?", "平衡类别有帮助吗？"),
        subtitle=found.data_name or None,
        sections=(
            Section(Text("Figures", "指标"), tuple(_figures(found))),
            *_against_nothing(found),
            Section(Text("Calibration", "校准"), tuple(_calibration(found))),
            Section(Text("Rows", "数据行"), tuple(_rows(found))),
            Section(Text("How it was measured", "测量方法"), tuple(_method(found))),
        ),
        verdict=Verdict(
            judgement.passed,
            judgement.opening,
            tuple(Check(text, passed) for text, passed in judgement.checks),
            judgement.title,
        ),
        footer=f"drawlike, seed {found.trials.plan.seed}",
    )


def _figures(found: BalanceReport) -> Iterator[Block]:
    trials = found.trials
    target, plan = trials.target, trials.plan
    rare, n = str(target.name(trials.rare)), int(target.counts.min())
    yield Facts(
        (
            (Text("rows", "行数"), len(target)),
            (Text("classes", "类别数"), len(target.classes)),
            (Text("smallest class", "最小类"), rare),
            (Text("its rows", "其行数"), f"{n:,} ({n / len(target):.1%})"),
            (Text("folds", "折数"), f"{plan.folds} × {plan.repeats}"),
        )
    )
    heads = (
        Head(Text("method", "方法")),
        *(Head(_with_arrow(f), "right", f.about) for f in trials.figures),
    )
    table = found.table.set_index("method")
    rows = tuple(
        (Cell(title_of(name)), *(_cell(found, table.loc[name], f) for f in trials.figures))
        for name in trials.scores
    )
    yield Table(heads, rows, _CAPTION)
    if found.errors:
        failed = tuple((title_of(name), error[:300]) for name, error in found.errors.items())
        heads = (Head(Text("method", "方法")), Head(Text("error", "错误")))
        yield Fold(Text("Methods that failed", "失败的方法"), (Table(heads, failed),))


def _with_arrow(figure: Figure) -> Text:
    arrow = "↑" if figure.better == "higher" else "↓"
    return Text("{name}\u00a0{arrow}", "{name}\u00a0{arrow}").format(name=figure.title, arrow=arrow)


def _cell(found: BalanceReport, line: pd.Series, figure: Figure) -> Cell:
    name = str(line.name)
    low, high = (line[f"{figure.name} {end}"] for end in ("low", "high"))
    return Cell(line[figure.name], _mark(found, name, figure), note=f"{short(low)} – {short(high)}")


def _mark(found: BalanceReport, method: str, figure: Figure) -> Mark | None:
    if method == UNCORRECTED:
        return "muted"
    tests = found.tests
    own = tests[(tests["method"] == method) & (tests["figure"] == figure.name)]
    if own.empty or own["chance"].iloc[0] >= LEVEL:
        return None
    return "good" if own["gain"].iloc[0] > 0 else "bad"


def _against_nothing(found: BalanceReport) -> Iterator[Section]:
    if found.tests.empty:
        return
    shown = [f for f in found.trials.figures if f.name != "ROC-AUC"]
    blocks = [_intervals(found, figure) for figure in shown]
    heads = (
        Head(Text("method", "方法")),
        Head(Text("figure", "指标")),
        Head(Text("gain", "增益"), "right"),
        Head(Text("chance", "偶然概率"), "right", _CHANCE),
    )
    titles = {f.name: f.title for f in found.trials.figures}
    rows = tuple(
        (
            title_of(x["method"]),
            titles[x["figure"]],
            Cell(x["gain"], interval=(x["low"], x["high"])),
            Cell(float(x["chance"])),
        )
        for x in found.tests.to_dict("records")
    )
    table = Fold(Text("All tests", "全部检验"), (Table(heads, rows, shown=100),))
    yield Section(
        Text("Gains over a tuned threshold", "相对仅调阈值的增益"),
        (Paragraph(_GAINS), *blocks, table),
    )


def _intervals(found: BalanceReport, figure: Figure) -> Intervals:
    lines = found.tests[found.tests["figure"] == figure.name].to_dict("records")
    items = tuple(
        Interval(
            title_of(x["method"]), x["gain"], x["low"], x["high"], _mark(found, x["method"], figure)
        )
        for x in lines
    )
    return Intervals(items, caption=figure.title)


def _calibration(found: BalanceReport) -> Iterator[Block]:
    curves = found.calibration
    most = float(max(curves["said"].max(), curves["true"].max()))
    ideal = Series(Text("as often as said", "与所述一致"), [0.0, most], [0.0, most])
    yield Paragraph(_CURVES)
    for chosen in _groups(found):
        lines = tuple(_series(curves, name) for name in chosen)
        yield Curves(
            (ideal, *lines),
            Text("probability said", "所述概率"),
            Text("share that came true", "实际占比"),
            caption=title_of(chosen[0]) if len(chosen) == 1 else _OTHERS,
            band=_band(curves, chosen[0]) if len(chosen) == 1 else None,
        )


def _groups(found: BalanceReport) -> Iterator[list[str]]:
    """Nothing by itself, what is believed by itself, and the others together."""
    names = list(found.trials.proba)
    yield [NOTHING]
    if UNCORRECTED in names:
        yield [UNCORRECTED]
    others = [name for name in names if name not in (NOTHING, UNCORRECTED)]
    for start in range(0, len(others), _DRAWN):
        yield others[start : start + _DRAWN]


def _series(curves: pd.DataFrame, method: str) -> Series:
    own = curves[curves["method"] == method]
    return Series(title_of(method), own["said"].to_numpy(), own["true"].to_numpy())


def _band(curves: pd.DataFrame, method: str) -> Band:
    own = curves[curves["method"] == method]
    ends = (own["low"].to_numpy(), own["high"].to_numpy())
    return Band(Text("95 % interval", "95% 区间"), own["said"].to_numpy(), *ends)


def _rows(found: BalanceReport) -> Iterator[Block]:
    if found.leaks:
        for text, passed in found.judgement.checks:
            if passed is False:
                yield Alert(text, "bad")
    else:
        yield Paragraph(_CLEAN)
    target = found.trials.target
    heads = (
        Head(Text("class", "类别")),
        Head(Text("rows", "行数"), "right"),
        Head(
            Text("test rows with a twin among training rows, %", "训练行中有孪生行的测试行，%"),
            "right",
            _TWIN,
        ),
    )
    shares = np.round(100 * found.twins, 1).tolist()
    rows = tuple(
        (str(target.name(c)), int(n), float(share))
        for c, (n, share) in enumerate(zip(target.counts, shares, strict=True))
    )
    yield Table(heads, rows)


def _method(found: BalanceReport) -> Iterator[Block]:
    plan = found.trials.plan
    yield Paragraph(_HOW.format(folds=plan.folds, repeats=plan.repeats, inner=plan.inner_folds))
    yield Paragraph(_TESTED)
    heads = (Head(Text("figure", "指标")), Head(Text("meaning", "含义")))
    yield Table(heads, tuple((f.title, f.about) for f in found.trials.figures))


_CAPTION = Text(
    "Means over left-out folds with 95 % intervals; ✓ and ✗ mark what is surely better or worse than "
    "nothing. All but the last row are corrected and tuned alike.",
    "留出折上的均值与 95% 区间；✓ 与 ✗ 表示确定优于或劣于不处理。除最后一行外均经相同的校正与调优。",
)
_CHANCE = Text(
    "of so large a difference by luck, for all methods together (Holm)",
    "偶然出现如此大差异的概率，已对所有方法作 Holm 校正",
)
_GAINS = Text(
    "Mean differences on the same folds with 95 % intervals; right of the line is better.",
    "相同折上的平均差异与 95% 区间；线右侧为更好。",
)
_CURVES = Text(
    "Probabilities in bins that expect equally many rows of the class, and how often they came true, "
    "on rows left out.",
    "将概率按期望行数相等分箱，并与留出行上的实际占比比较。",
)
_OTHERS = Text("Other methods, corrected", "其他方法（已校正）")
_CLEAN = Text(
    "No class looks as if it had been resampled before the split: no more copies, rows between two "
    "others or long fractions than elsewhere.",
    "没有类别像在划分之前被重采样：拷贝、位于两行之间的行与多位小数均不多于其他类别。",
)
_TWIN = Text(
    "a training row of the class equals it, or lies next to it beyond chance",
    "同类训练行与其相同，或异常接近",
)
_HOW = Text(
    "{repeats} times {folds} stratified folds. On each training part every method resamples, learns, corrects "
    "probabilities for the resampling and tunes its threshold on {inner} inner folds; the test part is not touched.",
    "{repeats} 次 {folds} 折分层交叉验证。每种方法仅在训练部分上重采样、学习、校正概率，并用 {inner} 个内部折调整阈值；测试部分不作改动。",
)
_TESTED = Text(
    "Training parts overlap, so differences are tested by the corrected resampled t-test (Nadeau and "
    "Bengio 2003), and chances hold for all methods together (Holm 1979). Intervals are of one difference each.",
    "训练部分相互重叠，故采用校正的重采样 t 检验（Nadeau 与 Bengio 2003），并按 Holm（1979）对所有方法校正。区间为单个差异的区间。",
)
