"""Utility: whether learners that saw only synthetic rows do their work on real ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ...report import Text
from ..case import Case, Reality
from ..clouds.neighbours import Tell
from ..metric import Measured, NotComputedError
from ..needs import target_of
from .classifier import side_by_side
from .learners import Learner
from .tasks import Lesson, Task, task_of

N_PARTS = 4  # of the real rows, which show the luck of the rows learned from
N_BOOTSTRAPS = 40
_WORST = Text(
    "of {n} learners {name} loses most: {value} (real rows {real}); {own}, taught by real rows "
    "{best}",
    "{n} 个学习器中{name}损失最大：{value}（真实行 {real}）；{own}，用真实行训练则 {best}",
)


def classification(case: Case) -> Measured:
    """ROC-AUC on the hold-out, mean over classes and learners, taught by synthetic rows."""
    if not target_of(case.train).is_class:
        raise NotComputedError(Text("the label is a number", "标签是数值"))
    return _measure(case, task_of(case.train))


def regression(case: Case) -> Measured:
    """R squared on the hold-out, mean over learners, taught by synthetic rows."""
    if target_of(case.train).is_class:
        raise NotComputedError(Text("the label is a class", "标签是类别"))
    return _measure(case, task_of(case.train))


@dataclass(frozen=True, eq=False)
class _Scores:
    """Scores of learners on the hold-out and on bootstrap samples of it, (l,) and (b, l)."""

    whole: np.ndarray
    drawn: np.ndarray
    remarks: list[Text]

    @classmethod
    def of(
        cls, task: Task, guesses: Sequence[np.ndarray], truth: np.ndarray, seed: int
    ) -> "_Scores":
        rng, n = np.random.default_rng(seed), len(truth)
        picks = [rng.integers(n, size=n) for _ in range(N_BOOTSTRAPS)]
        whole = [task.score(guess, truth) for guess in guesses]
        drawn = [[task.score(guess[i], truth[i]) for guess in guesses] for i in picks]
        remarks = [task.remark(guess, truth) for guess in guesses]
        return cls(np.array(whole), np.array(drawn), remarks)


@dataclass(frozen=True, eq=False)
class _Exam:
    """What learners are asked, of which rows."""

    task: Task
    learners: Sequence[Learner]
    test: Lesson
    seed: int

    def answers(self, lesson: Lesson, tell: Tell) -> list[np.ndarray]:
        """Let each learner learn, and give its predictions for the rows of the test."""
        guesses: list[np.ndarray] = []

        def answer(learner: Learner) -> np.ndarray:
            return self.task.teach(learner, lesson, self.seed)(self.test.X)

        for guess in side_by_side(answer, self.learners):
            guesses.append(guess)
            tell(len(guesses), len(self.learners))
        return guesses

    def scores(self, answers: Sequence[np.ndarray]) -> _Scores:
        return _Scores.of(self.task, answers, self.test.y, self.seed)


@dataclass(frozen=True, eq=False)
class _Real:
    """What real rows teach, and how much the luck of those rows moves a learner's score."""

    exam: _Exam
    scores: _Scores
    variance: float


def _measure(case: Case, task: Task) -> Measured:
    size = min(len(case.train), len(case.synthetic), case.limits.taught)
    taught = Lesson.of(case.reality.some(case.synthetic, size, "utility synthetic"))
    tell = case.reality.teller("taught by synthetic rows", "learners")
    real = case.reality.once(("utility", size), lambda: _taught_by_real(case.reality, task, size))
    own = real.exam.scores(real.exam.answers(taught, tell))
    learners = real.exam.learners
    value, best = float(own.whole.mean()), float(real.scores.whole.mean())
    error = float(np.sqrt(np.nanvar(own.drawn.mean(1)) + real.variance))
    return Measured(
        value,
        value - 1.96 * error,
        min(value + 1.96 * error, 1.0),
        best,
        _chance(own, real),
        _worst(learners, own, real.scores),
        {"learners": _by_learner(learners, own, real.scores)},
    )


def _chance(own: _Scores, real: _Real) -> float:
    """Chance of such a gap: of the hold-out's luck, and of that of the rows learned from."""
    luck = float(np.nanvar((real.scores.drawn - own.drawn).mean(1)))
    variance = luck + 2 * real.variance  # of the rows learned from on both sides
    if variance <= 0:
        return 1.0
    freedom = variance**2 / (
        luck**2 / (N_BOOTSTRAPS - 1) + (2 * real.variance) ** 2 / ((N_PARTS - 1) * own.whole.size)
    )
    gap = (real.scores.whole - own.whole).mean()
    return float(stats.t.sf(gap / np.sqrt(variance), freedom))


def _taught_by_real(reality: Reality, task: Task, size: int) -> _Real:
    test = Lesson.of(reality.some(reality.holdout, reality.limits.classified, "utility test"))
    lesson = Lesson.of(reality.some(reality.train, size, "utility train"))
    learners = task.learners(is_image=reality.train.columns is None)
    exam, tell = _Exam(task, learners, test, reality.seed), reality.teller("real rows", "learners")
    whole, scores = exam.scores(exam.answers(lesson, tell)), []
    if np.isnan(whole.whole).any():
        raise NotComputedError(Text("the hold-out is all of one class", "留出行均属同一类别"))
    for part in np.array_split(np.arange(len(lesson.y)), N_PARTS):
        answers = exam.answers(lesson.take(part), tell)
        scores.append([task.score(guess, test.y) for guess in answers])
    # a part's variance is about N_PARTS times that of all rows; that of the mean over learners
    # is at most the mean of theirs
    variance = float(np.nan_to_num(np.nanvar(scores, axis=0, ddof=1)).mean()) / N_PARTS
    return _Real(exam, whole, variance)


def _by_learner(
    learners: Sequence[Learner], own: _Scores, real: _Scores
) -> tuple[tuple[Text, float, float], ...]:
    scores = zip(learners, own.whole, real.whole, strict=True)
    return tuple((learner.name, float(value), float(best)) for learner, value, best in scores)


def _worst(learners: Sequence[Learner], own: _Scores, real: _Scores) -> Text:
    worst = int((own.whole - real.whole).argmin())
    return _WORST.format(
        n=len(learners),
        name=learners[worst].name,
        value=f"{own.whole[worst]:.3f}",
        real=f"{real.whole[worst]:.3f}",
        own=own.remarks[worst],
        best=real.remarks[worst],
    )
