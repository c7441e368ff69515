"""Whom an attacker targets, and the synthetic rows that are searched for their like."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from ...report import Text
from ..case import Case
from ..inputs.columns import Columns
from ..inputs.samples import Sample, TableSample
from ..metric import NotComputedError
from ..null import tail_of_share
from .risk import Attack
from .search import Table

WORK = 400_000_000  # cells that may be compared
FEWEST_TARGETS = 200


@dataclass(frozen=True)
class Targets:
    """Training and control rows, and the synthetic rows that an attacker has."""

    train: TableSample
    control: TableSample
    synthetic: TableSample

    @classmethod
    def of(cls, case: Case) -> Self:
        """Draw as many as there is time for.

        Raises
        ------
        NotComputedError
            If the rows do not have two columns.
        """
        synthetic = case.reality.some(case.synthetic, case.limits.searched, "searched")
        width = len(table(synthetic).columns.names)
        if width < 2:
            raise NotComputedError(Text("there is only one column", "只有一列"))
        searched = np.arange(len(synthetic))[: WORK // (width * FEWEST_TARGETS)]
        most = max(WORK // (width * len(searched)), FEWEST_TARGETS)
        targets = np.arange(min(most, case.limits.attacks))
        real = case.reality.train_probes, case.reality.holdout_probes
        train, control = (table(rows.take(targets[: len(rows)])) for rows in real)
        return cls(train, control, table(synthetic.take(searched)))

    @property
    def columns(self) -> Columns:
        """The synthetic rows' columns."""
        return self.synthetic.columns

    def tables(self) -> tuple[Table, Table, Table]:
        """Give all three as distances see them."""
        sides = (self.train, self.control, self.synthetic)
        train, control, synthetic = (Table.of(side.space.cells(side.columns)) for side in sides)
        return train, control, synthetic


def attack(train: np.ndarray, control: np.ndarray) -> Attack:
    """Compare on how many rows the attack succeeded, (n,) and (m,) booleans.

    Whether it does depends on that row and the synthetic rows alone, so that Fisher's test is
    exact if the generator knew neither.
    """
    hits, control_hits = int(train.sum()), int(control.sum())
    chance = tail_of_share(hits, len(train), control_hits, len(control))
    return Attack(hits, len(train), control_hits, len(control), chance)


def table(sample: Sample) -> TableSample:
    """Give rows that have columns; those of images are not computed."""
    if not isinstance(sample, TableSample):
        raise NotComputedError(Text("there are no columns", "没有列"))
    return sample
