"""Long tails, zeros and rare categories of each column, for the report."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ...report import Block, Cell, Fold, Head, Paragraph, Table, Text
from ...report.document import Mark
from ..metric import Finding
from ..metrics.compared import Compared
from ..metrics.tails import NEARER
from ..null import holm
from ..verdict import LEVEL

_Shown = tuple[Text, Callable[[float], float], Text, Text]
_Line = tuple[Cell | Text | str, ...]


def tail_table(findings: Sequence[Finding]) -> Iterator[Block]:
    """Lay out a line a column and figure, and how much of fresh rows no training row has seen."""
    told = [f for f in findings if f.metric.name in _SHOWN and f.computed]
    if not told:
        return
    lines = [line for finding in told for line in _lines(finding)]
    blocks: list[Block] = [Table(_HEADS, tuple(lines), _CAPTION)]
    blocks += [Paragraph(text) for finding in told for text in _unseen(finding)]
    yield Fold(_TITLE, tuple(blocks))


def _lines(finding: Finding) -> Iterator[_Line]:
    nearer = finding.measured.details.get(NEARER)
    if nearer:
        yield from _figures(finding, nearer, _NEARER, may_alarm=False)
    found: Mapping[str, Compared] = finding.measured.details["columns"]
    yield from _figures(finding, found, _SHOWN[finding.metric.name])


def _figures(
    finding: Finding, found: Mapping[str, Compared], words: _Shown, *, may_alarm: bool = True
) -> Iterator[_Line]:
    title, shown, more, less = words
    chances = np.array([each.chance for each in found.values()])
    alarms = holm(chances, LEVEL) & finding.alarm & may_alarm
    for (name, each), alarm in zip(found.items(), alarms, strict=True):
        usual = each.low <= each.drawn <= each.high
        said = _LIKE if usual else more if each.gap > 0 else less
        mark: Mark | None = "bad" if alarm and not finding.passed else "warn" if alarm else None
        yield (
            name,
            title,
            Cell(shown(each.real), interval=(shown(each.low), shown(each.high))),
            Cell(shown(each.drawn), mark),
            Cell(said if alarm or usual else _EDGE.format(said=said), mark),
        )


def _unseen(finding: Finding) -> Iterator[Text]:
    for name, share in finding.measured.details.get("unseen", {}).items():
        if share >= 0.001:
            yield _UNSEEN.format(name=name, share=f"{share:.1%}")


def _as_it_is(value: float) -> float:
    return value


def _factor(value: float) -> float:
    return float(np.exp(value))


_SHOWN: dict[str, _Shown] = {
    "tail shape": (
        Text("tail shape", "尾部形状"),
        _as_it_is,
        Text("the tail is too heavy", "尾部过重"),
        Text("the tail is too light", "尾部过轻"),
    ),
    "far quantiles": (
        Text("99.9th percentile from the median", "99.9 百分位数与中位数之距"),
        _factor,
        Text("the farthest values lie too far out", "最远的取值过远"),
        Text("the farthest values are too near", "最远的取值过近"),
    ),
    "zero shares": (
        Text("share of zeros", "零值比例"),
        _as_it_is,
        Text("too many zeros", "零值过多"),
        Text("too few zeros", "零值过少"),
    ),
    "rare mass": (
        Text("share of rows in rare categories", "稀有类别行的比例"),
        _as_it_is,
        Text("rare categories come too often", "稀有类别过多"),
        Text("rare categories come too seldom", "稀有类别过少"),
    ),
    "distinct values": (
        Text("categories that came, of those expected", "出现的类别数与预期之比"),
        _factor,
        Text("too many different values", "不同取值过多"),
        Text("too few different values", "不同取值过少"),
    ),
}
_NEARER: _Shown = (
    Text("99th percentile from the median", "99 百分位数与中位数之距"),
    _factor,
    Text("far values lie too far out", "远端取值过远"),
    Text("far values are too near", "远端取值过近"),
)
_LIKE = Text("like real", "如真实")
_EDGE = Text("{said}, or luck", "{said}，或属偶然")
_TITLE = Text("Long tails, zeros and rare categories", "长尾、零值与稀有类别")
_HEADS = (
    Head(Text("column", "列")),
    Head(Text("figure", "指标")),
    Head(Text("real rows", "真实行"), tooltip=Text("95 % of other deals", "重新分配的 95% 区间")),
    Head(Text("synthetic rows", "合成行")),
    Head(Text("finding", "结论")),
)
_CAPTION = Text(
    "Shape: 0 is an exponential tail, 1/2 a tail without variance; its inverse is the tail index. "
    "Marked where luck hardly explains the difference.",
    "形状：0 为指数尾，1/2 起方差不存在；其倒数为尾指数。难以用偶然解释的差异已标出。",
)
_UNSEEN = Text(
    "Of {name} about {share} of fresh rows hold a category that no training row has "
    "(Good and Turing's estimate): no model can draw those.",
    "{name} 列约有 {share} 的新行属于训练数据中从未出现的类别（Good-Turing 估计），任何模型都无法生成。",
)
