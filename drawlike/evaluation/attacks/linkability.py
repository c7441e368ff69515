"""Linkability: two parts of a row, found together again by way of a synthetic row."""

import numpy as np

from ...report import Text
from ..case import Case
from ..metric import Measured
from .search import same_nearest
from .targets import Targets, attack

SHOWN = 3
_SAID = Text(
    "{n} training and {m} hold-out rows, known by {first} here and by {others} there",
    "{n} 个训练行与 {m} 个留出行，一处已知{first}，另一处已知{others}",
)
_AND_MORE = Text("{names} and {n} more", "{names}等另外 {n} 列")


def linkability(case: Case) -> Measured:
    """Share of training rows of which both halves have the same nearest synthetic row.

    The attacker has two files, each with half of the columns, and joins their rows by the
    synthetic ones. The columns are dealt in turn, from the one with most values on, so that
    both halves tell rows apart as well as they can.
    """
    targets = Targets.of(case)
    names = targets.columns.names
    values = [len(np.unique(case.train.columns.get(name))) for name in names]  # type: ignore[union-attr]
    order = np.argsort(values, kind="stable")[::-1]
    first = np.zeros(len(names), bool)
    first[order[::2]] = True
    train, control, synthetic = targets.tables()
    found = attack(*(same_nearest(side, synthetic, first) for side in (train, control)))
    halves = [[names[place] for place in order[start::2]] for start in (0, 1)]
    shown = dict(zip(("first", "others"), map(_shown, halves), strict=True))
    said = _SAID.format(n=found.attempts, m=found.control_attempts, **shown)
    return found.measured(said, halves=halves)


def _shown(names: list[str]) -> Text:
    listed = ", ".join(names[:SHOWN])
    more = len(names) - SHOWN
    return _AND_MORE.format(names=listed, n=more) if more > 0 else Text(listed, listed)
