"""Whether synthetic rows teach that the same columns matter."""

import numpy as np
from scipy import stats

from ...report import Text
from ..case import Case, Reality
from ..inputs.samples import Sample
from ..metric import Measured, NotComputedError
from .classifier import side_by_side
from .learners import BOOSTED
from .tasks import Lesson, Task, task_of

N_PARTS, MOST_PARTS = 6, 4  # of real and of synthetic rows
LARGEST_PART, SMALLEST_PART = 2000, 30  # rows
_SHIFTED = Text(
    "the weight of {name} shifts most: {own}, taught by real rows {real}; parts of {m} rows",
    "{name} 的权重变化最大：{own}，用真实行训练则为 {real}；每块 {m} 行",
)


def importance_agreement(case: Case) -> Measured:
    """Cosine between the importances of columns, taught by synthetic and by real rows.

    A column's importance is how much the score on the hold-out falls when its values are
    shuffled (Breiman 2001, 10.1023/A:1010933404324; Fisher, Rudin and Dominici 2019,
    arXiv:1801.01489). Parts of the synthetic rows are compared with the mean over parts of
    the real rows as large, as each part of the real rows is with the others.
    """
    task, names, size = _asked(case)
    real = case.reality.once(
        ("importance", size), lambda: _of_parts(case.reality, task, case.train, size, N_PARTS)
    )
    own = _of_parts(case.reality, task, case.synthetic, size, MOST_PARTS)
    values, baseline = _agreements(own, real), _agreements(real, real)
    chance = stats.ttest_ind(*map(_angle, (values, baseline)), alternative="greater").pvalue
    error = (values if len(values) > 1 else baseline).std(ddof=1) / len(values) ** 0.5
    value, (mine, theirs) = float(values.mean()), (parts.mean(0).tolist() for parts in (own, real))
    worst = int(np.abs(np.subtract(mine, theirs)).argmax())
    return Measured(
        value,
        value - 1.96 * float(error),
        min(value + 1.96 * float(error), 1.0),
        real=float(baseline.mean()),
        chance=float(chance),
        note=_SHIFTED.format(
            name=names[worst],
            own=f"{mine[worst]:.3f}",
            real=f"{theirs[worst]:.3f}",
            m=size,
        ),
        details={"importances": tuple(zip(names, mine, theirs, strict=True))},
    )


def _asked(case: Case) -> tuple[Task, tuple[str, ...], int]:
    """Give the task, the columns that may matter, and the rows of a part."""
    task = task_of(case.train)
    names = Lesson.of(case.train.take(np.arange(1))).names
    if len(names) < 2:
        raise NotComputedError(Text("fewer than two columns tell the label", "可用的列不足两列"))
    size = min(len(case.train) // N_PARTS, len(case.synthetic), LARGEST_PART)
    if size < SMALLEST_PART:
        raise NotComputedError(Text("the rows are too few for parts", "行数太少，无法分块"))
    return task, names, size


def _of_parts(reality: Reality, task: Task, rows: Sample, size: int, most: int) -> np.ndarray:
    """Importances of the columns, taught by disjoint parts of the rows, (k, p)."""
    order = reality.rng("importance").permutation(len(rows))
    count = min(len(rows) // size, most)
    test = Lesson.of(reality.some(reality.holdout, reality.limits.fresh, "importance test"))
    tell, found = reality.teller("importances of columns", "parts"), []
    parts = [Lesson.of(rows.take(order[k * size : (k + 1) * size])) for k in range(count)]
    for each in side_by_side(lambda part: _importances(task, part, test, reality.seed), parts):
        found.append(each)
        tell(len(found), count)
    return np.array(found)


def _importances(task: Task, lesson: Lesson, test: Lesson, seed: int) -> np.ndarray:
    """How much the score falls when a column is shuffled, (p,)."""
    learners = task.learners(is_image=False)
    learner = BOOSTED if BOOSTED in learners else learners[-1]
    predict, X = task.teach(learner, lesson, seed), test.X
    order = np.random.default_rng(seed).permutation(len(X))
    p = X.shape[1]
    shuffled = np.repeat(X[None], p + 1, axis=0)  # the last as it is
    for i in range(p):
        shuffled[i, :, i] = X[order, i]
    guesses = predict(shuffled.reshape(-1, p))
    scores = np.array([task.score(guess, test.y) for guess in np.split(guesses, p + 1)])
    if np.isnan(scores[-1]):
        raise NotComputedError(Text("the hold-out is all of one class", "留出行均属同一类别"))
    return scores[-1] - scores[:-1]


def _agreements(parts: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Cosine of each part with the mean of the real parts but the one of its number, (k,)."""
    others = (real.sum(0) - real[: len(parts)]) / (len(real) - 1)
    norms = np.linalg.norm(parts, axis=1) * np.linalg.norm(others, axis=1)
    return np.divide((parts * others).sum(1), norms, out=np.zeros(len(parts)), where=norms > 0)


def _angle(cosines: np.ndarray) -> np.ndarray:
    return np.arccos(np.clip(cosines, -1, 1))
