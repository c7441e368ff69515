"""Singling out: predicates of synthetic rows that hold for exactly one training row.

A predicate that is rare enough singles out a row by luck, up to 37 times in a hundred (Cohen
and Nissim 2020, arXiv:1904.06009); the hold-out says how often that happens here.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from ...report import Text
from ..case import Case
from ..metric import FEWEST_ROWS, Measured, NotComputedError
from ..needs import columns_of
from ..null import tail_of_share
from .predicates import Lone, Matches, lone_predicates, values
from .risk import Attack, worst


def univariate(case: Case) -> Measured:
    """Share of predicates on one column that single out a training row.

    The predicates are the values that only one synthetic row has, its lowest and highest
    number, and a missing value that is the only one. Every column is attacked by itself, and
    all together; the worst attack is told, and ``details["attacks"]`` has all by the column's
    name, that on all columns under an empty one.
    """
    columns, (train, control, drawn) = columns_of(case.synthetic), _rows(case, case.limits.singled)
    found = {}
    for place, name in enumerate(columns.names):
        lone = Lone.of(drawn[:, place], name in columns.number_names)
        column, other = train[:, place], control[:, place]
        found[name] = Trial(lone.matches(column), lone.matches(other), len(train), len(control))
    trials = _trials(found)
    attacks = {name: trial.attack() for name, trial in trials.items()}
    name, chance = worst(attacks)
    said = _UNIVARIATE.format(
        n=attacks[name].attempts,
        name=name or _ALL.format(n=len(found)),
        tests=len(attacks),
        rows=trials[name].sizes(),
    )
    return attacks[name].measured(said, chance, column=name, attacks=attacks)


def multivariate(case: Case) -> Measured:
    """Share of predicates on several columns that single out a training row.

    Each is made from a synthetic row and holds for no other one. They ask for three columns,
    or for as many more as single out a synthetic row in a tenth of the cases.
    """
    columns, (train, control, drawn) = columns_of(case.synthetic), _rows(case, case.limits.searched)
    if len(columns.names) < 2:
        raise NotComputedError(Text("there is only one column", "只有一列"))
    rng, n_numbers = case.rng("predicates"), len(columns.number_names)
    predicates = lone_predicates(drawn, n_numbers, case.limits.predicates, rng)
    n, n_columns = predicates.columns.shape
    if n < FEWEST_ROWS:
        raise _too_few(n)
    known, unknown = predicates.matches(train), predicates.matches(control)
    trial = Trial(known, unknown, len(train), len(control))
    said = _MULTIVARIATE.format(n=n, k=n_columns, rows=trial.sizes())
    return trial.attack().measured(said, n_columns=n_columns)


@dataclass(frozen=True)
class Trial:
    """Predicates, tried on ``n`` training and on ``m`` control rows."""

    train: Matches
    control: Matches
    n: int
    m: int

    def attack(self) -> Attack:
        """Compare how many single out a row, among equally many rows of both kinds.

        Many predicates may hit the same outlier, and are no independent proof: for the chance
        each row counts once that is singled out among all real rows together. Which of these
        are training rows is a draw without replacement, if the generator knew none of them.
        """
        equal, counts = min(self.n, self.m), (self.train.count, self.control.count)
        hits, control_hits = _alone(counts[0], self.n, equal), _alone(counts[1], self.m, equal)
        lone = counts[0] + counts[1] == 1
        known, unknown = (
            len(np.unique(side.row[lone & (side.count == 1)]))
            for side in (self.train, self.control)
        )
        chance = tail_of_share(known, self.n, unknown, self.m)
        return Attack(hits, len(lone), control_hits, len(lone), chance)

    def sizes(self) -> Text:
        """Say against how many rows it was, and what all training rows would have given."""
        share = f"{(self.train.count == 1).mean():.3f}"
        said = _SIZES if self.n <= self.m else _CUT
        return said.format(rows=min(self.n, self.m), all=self.n, share=share)


def _trials(found: dict[str, Trial]) -> dict[str, Trial]:
    """Keep the columns that have predicates enough, and add all together, under no name."""
    count = sum(len(trial.train.count) for trial in found.values())
    if count < FEWEST_ROWS:
        raise _too_few(count)
    trials = {name: trial for name, trial in found.items() if len(trial.train.count) >= FEWEST_ROWS}
    if len(found) > 1:
        every = list(found.values())
        known, unknown = [trial.train for trial in every], [trial.control for trial in every]
        trials[""] = replace(every[0], train=Matches.of_all(known), control=Matches.of_all(unknown))
    return trials


def _alone(counts: np.ndarray, n: int, size: int) -> float:
    """Expected number of predicates that hold for one of ``size`` rows, out of ``n``."""
    kinds, times = np.unique(counts, return_counts=True)
    single = stats.hypergeom.pmf(1, n, kinds, size) if size < n else kinds == 1
    return float(times @ single)


def _rows(case: Case, most: int) -> list[np.ndarray]:
    """Values of training, hold-out and synthetic rows, at most so many of each."""
    sides = (case.train, case.holdout, case.synthetic)
    return [values(columns_of(case.reality.some(side, most, "singled out"))) for side in sides]


def _too_few(n: int) -> NotComputedError:
    return NotComputedError(_TOO_FEW.format(n=n))


_ALL = Text("all {n} columns", "全部 {n} 列")
_UNIVARIATE = Text(
    "worst of {tests} attacks: {n} predicates on {name}, {rows}",
    "{tests} 次攻击中最严重的一次：{name}上的 {n} 个谓词，{rows}",
)
_MULTIVARIATE = Text(
    "{n} predicates on {k} columns each, {rows}", "{n} 个谓词，每个涉及 {k} 列，{rows}"
)
_SIZES = Text("against {rows} rows of each kind", "对两种行各 {rows} 行")
_CUT = Text(
    "against {rows} rows of each kind; of all {all} training rows {share}",
    "对两种行各 {rows} 行；对全部 {all} 个训练行为 {share}",
)
_TOO_FEW = Text(
    "only {n} predicates single out a synthetic row", "仅有 {n} 个谓词能单独指向一个合成行"
)
