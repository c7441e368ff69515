"""From differences to words: whether anything helps, and whether the figures can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...report import Text
from ..leaks import ADVICE, Leak
from .methods import title_of

LEVEL = 0.05  # chance that any method seems to help where none does
WORTH = 0.05  # of PR-AUC: a gain that too few rows may hide
_FEW_TWINS = 0.02  # of the test rows of a class


@dataclass(frozen=True)
class Judgement:
    """The answer: a ``title``, the ``opening``, all in ``words``, and what was looked at in ``checks``.

    ``passed`` is False where rows leaked, and None where too few rows of a class leave it open.
    """

    passed: bool | None
    title: Text
    opening: Text
    words: Text
    checks: tuple[tuple[Text, bool | None], ...]


@dataclass(frozen=True)
class Case:
    """What a verdict rests on: ``tests`` of each method and figure against nothing."""

    tests: pd.DataFrame
    deciding: tuple[str, str]
    """Names of the figures that decide: of ranking, of decisions."""
    leaks: Sequence[Leak]
    twins: dict[str, float]
    rare: str
    n_rare: int
    uncorrected: tuple[float, float] | None
    """Brier score of resampling that is believed, and of the same when corrected."""

    @property
    def compared(self) -> pd.DataFrame:
        """The tests of figures that decide."""
        return self.tests[self.tests["figure"].isin(self.deciding)]

    @property
    def helpful(self) -> list[str]:
        """Methods that surely gain, the best first."""
        rows = self.compared
        sure = rows[(rows["chance"] < LEVEL) & (rows["gain"] > 0)]
        return list(dict.fromkeys(sure.sort_values("gain", ascending=False)["method"]))

    @property
    def harmful(self) -> list[str]:
        """Methods that surely lose."""
        rows = self.compared
        sure = rows[(rows["chance"] < LEVEL) & (rows["gain"] < 0)]
        return [name for name in dict.fromkeys(sure["method"]) if name not in self.helpful]

    def line(self, method: str, figure: str) -> pd.Series:
        """The test of a method by a figure."""
        rows = self.tests
        return rows[(rows["method"] == method) & (rows["figure"] == figure)].iloc[0]

    @property
    def nearest(self) -> pd.Series | None:
        """The method that ranks best, whether that is sure or not."""
        rows = self.tests[self.tests["figure"] == self.deciding[0]]
        return None if rows.empty else rows.loc[rows["gain"].idxmax()]


def judge(case: Case) -> Judgement:
    """Put a case into words, leaks first."""
    title, passed, words = _answer(case)
    checks = [*_harms(case), *_correction(case), *_twins(case)]
    if case.leaks:
        leaks = [_leak(leak) for leak in case.leaks]
        said = _sentences([_LEAK, *leaks, _ADVICE, _IF_NOT, words, *(text for text, _ in checks)])
        found = [(text, False) for text in leaks]
        opening = _sentences([_LEAK, _ADVICE])
        return Judgement(False, _LEAK_TITLE, opening, said, (*found, (words, None), *checks))
    said = _sentences([words, *(text for text, _ in checks)])
    return Judgement(passed, title, words, said, ((_NO_LEAK, True), *checks))


def _answer(case: Case) -> tuple[Text, bool | None, Text]:
    best = case.nearest
    if best is None:
        return _NOTHING_TITLE, True, _ALONE
    if case.helpful:
        first = case.helpful[0]
        title = _HELPS_TITLE.format(name=title_of(first))
        return title, True, _sentences([_help(case, first), *_also(case)])
    known = {"name": title_of(best["method"]), "gain": _gain(case, best["method"], case.deciding)}
    if best["high"] > WORTH:
        return _FEW_TITLE, None, _FEW.format(rare=case.rare, n=case.n_rare, **known)
    n = case.compared["method"].nunique()
    words = _NOTHING if n > 1 else _NOTHING_OF_ONE
    return _NOTHING_TITLE, True, words.format(n=n, **known)


def _help(case: Case, method: str) -> Text:
    sure = [f for f in case.deciding if case.line(method, f)["chance"] < LEVEL]
    words = _HELPS.format(name=title_of(method), gain=_gain(case, method, sure))
    loss = case.line(method, "log loss")
    if loss["high"] < 0:  # a gain is a loss that falls
        return _sentences([words, _COSTS.format(loss=short(-loss["gain"]))])
    return words


def _also(case: Case) -> list[Text]:
    others = case.helpful[1:]
    return [_SO_DO.format(names=_listed([title_of(name) for name in others]))] if others else []


def _harms(case: Case) -> list[tuple[Text, bool | None]]:
    names = [title_of(name) for name in case.harmful]
    return [(_HURTS.format(names=_listed(names)), None)] if names else []


def _correction(case: Case) -> list[tuple[Text, bool | None]]:
    if case.uncorrected is None:
        return []
    believed, corrected = case.uncorrected
    if believed <= corrected:
        return []
    said = _REPAIRED.format(believed=short(believed), corrected=short(corrected))
    return [(said, None)]


def _twins(case: Case) -> list[tuple[Text, bool | None]]:
    found = {name: share for name, share in case.twins.items() if share > _FEW_TWINS}
    if not found:
        return []
    shares = [_SHARE.format(name=name, share=f"{share:.0%}") for name, share in found.items()]
    return [(_TWINS.format(shares=_listed(shares)), None)]


def _gain(case: Case, method: str, figures: Sequence[str]) -> str:
    lines = [(figure, case.line(method, figure)) for figure in dict.fromkeys(figures)]
    return ", ".join(
        f"{figure} {_signed(x['gain'])} [{short(x['low'])}, {short(x['high'])}]"
        for figure, x in lines
    )


def _leak(leak: Leak) -> Text:
    share, elsewhere = f"{leak.share:.0%}", f"{leak.elsewhere:.0%}"
    said = _LEAKED.format(
        label=leak.label, share=share, elsewhere=elsewhere, kind=_KINDS[leak.kind]
    )
    return Text(leak.finding, said.zh)


def short(value: float) -> str:
    """Three digits behind the point, and no zero before it."""
    rounded = f"{value:.3f}".replace("-0.000", "0.000")
    return rounded.replace("0.", ".", 1) if abs(value) < 1 else rounded


def _signed(value: float) -> str:
    return ("+" if np.round(value, 3) >= 0 else "") + short(value)


def _listed(names: Sequence[Text]) -> Text:
    return Text(", ".join(n.en for n in names), "、".join(n.zh for n in names))


def _sentences(texts: Sequence[Text]) -> Text:
    return Text(" ".join(t.en for t in texts), "".join(t.zh for t in texts))


_NOTHING_TITLE = Text("Tune the threshold", "调整阈值即可")
_NOTHING = Text(
    "Nothing helps here: tune the threshold. The best of {n} methods is {name}: {gain}.",
    "此处各种方法均无帮助：调整阈值即可。{n} 种方法中最好的是 {name}：{gain}。",
)
_NOTHING_OF_ONE = Text(
    "Nothing helps here: tune the threshold. {name}: {gain}.",
    "此处没有帮助：调整阈值即可。{name}：{gain}。",
)
_ALONE = Text(
    "Nothing else was compared: these are the figures of a tuned threshold.",
    "未比较其他方法：以下为仅调阈值的指标。",
)
_HELPS_TITLE = Text("{name} helps", "{name} 有帮助")
_HELPS = Text("{name} helps: {gain}.", "{name} 有帮助：{gain}。")
_COSTS = Text("It costs {loss} of log loss.", "代价是对数损失增加 {loss}。")
_SO_DO = Text("So do, by less: {names}.", "另有帮助但较小：{names}。")
_HURTS = Text("Worse than nothing: {names}.", "比不处理更差：{names}。")
_FEW_TITLE = Text("Too few rows to tell", "行数太少，无法判断")
_FEW = Text(
    "Too few rows of class {rare} ({n}) to tell whether anything helps: tune the threshold, and "
    "gather more rows. {name} ranks best so far: {gain}.",
    "类别 {rare} 的行太少（{n} 行），无法判断是否有方法有帮助：请调整阈值并收集更多数据。目前 {name} 排序最好：{gain}。",
)
_REPAIRED = Text(
    "Whoever believes a classifier of over-sampled rows has a Brier score of {believed}; corrected it is {corrected}.",
    "若直接相信过采样后训练的分类器，Brier 分数为 {believed}；校正后为 {corrected}。",
)
_TWINS = Text(
    "{shares} have a twin among training rows, equal or nearly so: if twins are one thing measured "
    "twice, keep them on one side, else figures are too good.",
    "{shares} 在训练行中有相同或几乎相同的行：若为同一事物的重复测量，应放在同一侧，否则指标偏高。",
)
_SHARE = Text("{share} of the test rows of class {name}", "类别 {name} 的测试行中 {share}")
_LEAK_TITLE = Text("Rows leaked", "数据泄漏")
_LEAK = Text("LEAK: do not believe these figures.", "数据泄漏：以下指标不可信。")
_IF_NOT = Text("Taken at face value:", "若仅看表面：")
_NO_LEAK = Text(
    "No class looks as if it had been resampled before the split.",
    "没有类别像是在划分之前被重采样。",
)
_ADVICE = Text(
    ADVICE,
    "似乎在划分之前已重采样：测试集含有训练过的内容，指标偏高。请先划分，再仅对训练行重采样。",
)
_LEAKED = Text("", "类别 {label} 中 {share} 的行{kind}（其他类别为 {elsewhere}）。")
_KINDS = {
    "copies": Text("copies", "是其他行的拷贝"),
    "between": Text("between", "位于另外两行的连线上"),
    "fractions": Text("fractions", "含有其他类别没有的多位小数"),
    "twins": Text("twins", "在测试时与某一训练行几乎相同"),
}
