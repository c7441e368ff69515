"""From findings to a verdict in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..report import Text
from .metric import Aspect, Finding, Measured, Metric
from .null import holm

LEVEL = 0.01  # chance that any of all metrics alarms on fresh real rows
FEW_HELD_OUT = 100
HEADLINE: tuple[Aspect, ...] = ("fidelity", "diversity", "copying")


@dataclass(frozen=True)
class Judgement:
    """What follows from all findings.

    ``passed`` is None where nothing can be judged; ``score`` is the least of ``scores``.
    ``words`` are the ``opening`` and what is wrong; ``checks`` all that was looked at.
    """

    passed: bool | None
    opening: Text
    words: Text
    checks: Sequence[tuple[Text, bool | None]]
    scores: dict[Aspect, float]

    @property
    def score(self) -> float:
        """Headline from 0 to 1, NaN where nothing can be judged."""
        known = [score for score in self.scores.values() if not np.isnan(score)]
        return min(known) if self.passed is not None and known else np.nan


def find(measured: Sequence[tuple[Metric, Measured]]) -> list[Finding]:
    """Raise alarms, so that all metrics together cry wolf once in a hundred times (Holm)."""
    chances = np.array([result.chance for _, result in measured])
    alarms = holm(chances, LEVEL)
    return [Finding(*pair, alarm=bool(alarm)) for pair, alarm in zip(measured, alarms, strict=True)]


@dataclass(frozen=True)
class Narrowing:
    """Which figures were asked for, of how many, and whether all that see copies are among them."""

    titles: Sequence[Text]
    n_all: int
    sees_copies: bool


def judge(
    findings: Sequence[Finding],
    blind: Text | None,
    n_holdout: int,
    narrowing: Narrowing | None = None,
) -> Judgement:
    """Put findings into words; ``blind`` says why nothing can be judged, if so."""
    checks = [check for aspect in SAID if (check := _check(aspect, findings))]
    failed = [text for text, passed in checks if passed is False]
    undecided = blind
    if narrowing and not narrowing.sees_copies and not failed:
        undecided = blind or _COPIES_UNSEEN
    if undecided:
        # silence proves nothing here
        checks = [(text, passed) for text, passed in checks if text not in _GOOD]
    if blind:
        checks += _copied(findings)
    checks += [(remark, None) for remark in _limits(n_holdout, narrowing)]
    opening = undecided or (_UNUSABLE if failed else _USABLE)
    scores = {aspect: _score(aspect, findings) for aspect in HEADLINE}
    words = _sentences([opening, *failed, *_remarks(checks)])
    return Judgement(None if undecided else not failed, opening, words, checks, scores)


def _limits(n_holdout: int, narrowing: Narrowing | None) -> Iterator[Text]:
    """Say what a verdict does not rest on."""
    if narrowing:
        yield _NARROW.format(names=_listed(narrowing.titles), m=narrowing.n_all)
    if 0 < n_holdout < FEW_HELD_OUT:
        yield _COARSE.format(n=n_holdout)


def _check(aspect: Aspect, findings: Sequence[Finding]) -> tuple[Text, bool | None] | None:
    """Say what the metrics of one aspect amount to, and whether they pass."""
    known = [f for f in findings if f.metric.aspect == aspect and f.computed]
    bad = [f for f in known if f.passed is False]
    noticed = [f for f in known if f.alarm and f.passed]
    said = SAID[aspect]
    if bad:
        return _sentences([said.bad.format(figures=_figures(bad)), said.matters]), False
    if noticed:
        return said.slight.format(figures=_figures(noticed)), True
    return (said.good, True) if any(f.passed for f in known) else None


def _remarks(checks: Sequence[tuple[Text, bool | None]]) -> list[Text]:
    return [text for text, passed in checks if passed is not False and text not in _GOOD]


def _copied(findings: Sequence[Finding]) -> list[tuple[Text, bool | None]]:
    """Say how many rows equal training rows; so much is certain without any hold-out."""
    shares = [f.measured.value for f in findings if f.metric.name == "exact copies"]
    return [(_EQUAL.format(share=f"{share:.0%}"), None) for share in shares if share > 0]


def _score(aspect: Aspect, findings: Sequence[Finding]) -> float:
    """Mean of what is kept; of copying the least, and only what is proven counts."""
    known = [f for f in findings if f.metric.aspect == aspect and f.computed]
    known = [f for f in known if f.alarm or not f.metric.only_proven]
    if aspect == "copying" and known:
        return min((f.kept for f in known if f.alarm), default=1.0)
    kept = [f.kept for f in known if not np.isnan(f.kept)]
    return float(np.mean(kept)) if kept else np.nan


def _figures(findings: Sequence[Finding]) -> Text:
    """Name the figures, the worst first."""
    worst = sorted(findings, key=lambda f: f.kept)
    parts = [
        (f.metric.title, f"{f.measured.value:.3g}", f"{f.measured.real:.3g}") for f in worst[:4]
    ]
    return Text(
        ", ".join(f"{title.en} {value} (real rows {real})" for title, value, real in parts),
        "、".join(f"{title.zh} {value}（真实行 {real}）" for title, value, real in parts),
    )


def _listed(titles: Sequence[Text]) -> Text:
    return Text(", ".join(title.en for title in titles), "、".join(title.zh for title in titles))


def _sentences(parts: Sequence[Text]) -> Text:
    return Text(" ".join(part.en for part in parts), "".join(part.zh for part in parts))


@dataclass(frozen=True)
class _Said:
    """What is said of an aspect: no fault, a slight one, a bad one, and to whom it matters."""

    good: Text
    slight: Text
    bad: Text
    matters: Text


SAID: dict[Aspect, _Said] = {
    "copying": _Said(
        good=Text("No copying of real rows was found.", "未发现抄袭真实行。"),
        slight=Text(
            "A trace of the training rows shows: {figures}.", "可见训练行的轻微痕迹：{figures}。"
        ),
        bad=Text("Real rows are copied: {figures}.", "真实行被抄袭：{figures}。"),
        matters=Text(
            "It matters to the people in the data: such rows must not be shared.",
            "这关系到数据中的当事人：这样的行不可公开。",
        ),
    ),
    "fidelity": _Said(
        good=Text("The rows look like fresh real ones.", "合成行与新的真实行看起来一致。"),
        slight=Text(
            "The rows differ slightly from real ones: {figures}.",
            "合成行与真实行略有差异：{figures}。",
        ),
        bad=Text("Rows are invented or distorted: {figures}.", "存在编造或失真的行：{figures}。"),
        matters=Text(
            "It matters to anyone who analyses columns, relations or single rows.",
            "这关系到分析各列、列间关系或单行的人。",
        ),
    ),
    "diversity": _Said(
        good=Text("Nothing that real rows show is lost.", "真实数据的多样性没有丢失。"),
        slight=Text(
            "A little of the real variety is lost: {figures}.",
            "真实数据的多样性略有丢失：{figures}。",
        ),
        bad=Text(
            "Part of the real variety is lost: {figures}.", "真实数据的部分多样性丢失：{figures}。"
        ),
        matters=Text(
            "It matters to anyone who studies rare cases or tests on them.",
            "这关系到研究或测试罕见情形的人。",
        ),
    ),
    "utility": _Said(
        good=Text(
            "A learner taught by them does its work on real rows.",
            "用合成行训练的学习器在真实行上表现正常。",
        ),
        slight=Text(
            "A learner taught by them does slightly worse on real rows: {figures}.",
            "用合成行训练的学习器在真实行上略差：{figures}。",
        ),
        bad=Text(
            "A learner taught by them does worse on real rows: {figures}.",
            "用合成行训练的学习器在真实行上更差：{figures}。",
        ),
        matters=Text(
            "It matters to anyone who trains on these rows.", "这关系到用这些行训练模型的人。"
        ),
    ),
    "likelihood": _Said(
        good=Text(
            "The model's density does not favour the training rows.", "模型密度并不偏向训练行。"
        ),
        slight=Text(
            "The model's density favours the training rows: {figures}.",
            "模型密度偏向训练行：{figures}。",
        ),
        bad=Text("", ""),  # a gap is a remark: it shows in the rows or it does no harm
        matters=Text("", ""),
    ),
}
_GOOD = {said.good for said in SAID.values()}
_EQUAL = Text("{share} of the rows equal a training row.", "{share} 的行与某一训练行相同。")
_USABLE = Text("Usable.", "可用。")
_UNUSABLE = Text("Not usable in place of real data.", "不可替代真实数据使用。")
_COPIES_UNSEEN = Text(
    "Cannot judge: not all figures of copying were asked for, and a copy looks best in the others.",
    "无法判断：未要求全部抄袭指标，而拷贝在其余指标上表现最好。",
)
_NARROW = Text(
    "This is about these of {m} figures only: {names}.",
    "以上仅就 {m} 项指标中的这些而言：{names}。",
)
_COARSE = Text(
    "With only {n} hold-out rows, only coarse faults can be seen.",
    "留出行仅 {n} 行，只能发现明显的缺陷。",
)
