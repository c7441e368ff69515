"""Rare classes beside frequent ones: rows that are looked at class by class, and what is seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from ...rows import Rows
from ..balance import is_rare

ROWS_OF_A_CLASS = 40  # that are looked at, of each sort
MOST_CLASSES = 50
FEWEST_ROWS = 10  # held ones of all rare classes, and training ones of one
RARE_OVERFIT, RARE_GAP = "rare classes overfit", 1.0  # an alarm, and from where on
_TINY = 1e-12


class Gap(NamedTuple):
    """How much worse held rows fare than training rows, in rare classes beyond frequent ones.

    ``figure`` is in standard deviations within a class, ``z`` in standard errors; ``names`` are
    the rare classes, the one of the widest gap first.
    """

    figure: float
    z: float
    names: str


NO_GAP = Gap(0.0, 0.0, "")


@dataclass(frozen=True, eq=False)
class Tail:
    """Training rows and rows held back, at most 40 a class of each; ``rare`` (k,) are rare.

    ``names`` are those of the classes.
    """

    rows: Rows
    held: Rows
    rare: np.ndarray
    names: Sequence[str]

    @classmethod
    def of(cls, parts: tuple[Rows, Rows], names: Sequence[str], seed: int) -> Self | None:
        """Choose rows; None where no class is rare, or all rows train."""
        rows, held = parts
        if held is rows or not 1 < rows.n_classes <= MOST_CLASSES:
            return None
        rare = is_rare(rows.counts).cpu().numpy()
        if not rare.any():
            return None
        rng = np.random.default_rng(seed)
        return cls(_some_of_each(rows, rng), _some_of_each(held, rng), rare, names)

    def gap(self, fares: Callable[[Rows], Tensor]) -> Gap:
        """Compare how rows fare: a value a row, (n,), such as a log-likelihood or a logit."""
        taught, held = (fares(part).double().cpu().numpy() for part in (self.rows, self.held))
        label, label_held = _label(self.rows), _label(self.held)
        each = [
            (c, taught[label == c], held[label_held == c])
            for c in range(len(self.rare))
            if (label == c).sum() > 1 and (label_held == c).any()
        ]
        rare, frequent = ([part for part in each if self.rare[part[0]] == is_] for is_ in (1, 0))
        if sum(len(part[2]) for part in rare) < FEWEST_ROWS or not frequent:
            return NO_GAP
        spread = np.sqrt(np.mean([part[1].var() for part in frequent])) + _TINY
        (of_rare, error), (of_frequent, usual) = _mean_gap(rare), _mean_gap(frequent)
        more = of_rare - of_frequent
        widest = sorted(rare, key=lambda part: part[2].mean() - part[1].mean())
        names = ", ".join(self.names[part[0]] for part in widest)
        return Gap(more / spread, more / (np.hypot(error, usual) + _TINY), names)

    def saturated(self, on_rows: Tensor, on_drawn: Tensor) -> tuple[float, str]:
        """Chance that a critic prefers a training row to a drawn one of the class; the worst one.

        Both (n,), of the training rows and of one draw of the class of each.
        """
        label, worst = _label(self.rows), (0.0, "")
        for c in np.flatnonzero(self.rare):
            rows = torch.from_numpy(np.flatnonzero(label == c)).to(on_rows.device)
            if len(rows) >= FEWEST_ROWS:
                above = (on_rows[rows][:, None] > on_drawn[rows]).double().mean()
                worst = max(worst, (float(above), self.names[int(c)]))
        return worst


def _mean_gap(parts: list[tuple[int, np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """Mean fall from training to held rows, a class by its held rows, and its standard error."""
    counts = np.array([len(held) for _, _, held in parts])
    falls = np.array([rows.mean() - held.mean() for _, rows, held in parts])
    within = np.concatenate([held - held.mean() for _, _, held in parts])
    free = max(1, len(within) - len(parts))
    variance = max((within**2).sum() / free, np.mean([rows.var() for _, rows, _ in parts]))
    errors = [variance * (1 / len(held) + 1 / len(rows)) for _, rows, held in parts]
    share = counts / counts.sum()
    return float(share @ falls), float(np.sqrt(share**2 @ np.array(errors)))


def _some_of_each(rows: Rows, rng: np.random.Generator) -> Rows:
    label, order = _label(rows), rng.permutation(len(rows))
    chosen = [order[label[order] == c][:ROWS_OF_A_CLASS] for c in range(rows.n_classes)]
    return rows.take(torch.from_numpy(np.concatenate(chosen)).to(rows.x.device))


def _label(rows: Rows) -> np.ndarray:
    label: np.ndarray = rows.cond.argmax(1).cpu().numpy()
    return label
