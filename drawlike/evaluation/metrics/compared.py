"""A figure of each column by itself, beside what other deals of real rows show."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...report import Text
from ..metric import Measured
from ..null import around, both_tails


@dataclass(frozen=True)
class Compared:
    """A figure of one column, of real and of drawn rows.

    95 % of fresh real rows lie from ``low`` to ``high``; ``chance`` is the probability that they
    lie as far out as the drawn ones.
    """

    real: float
    drawn: float
    low: float
    high: float
    chance: float

    @property
    def gap(self) -> float:
        """How much more the drawn rows have."""
        return self.drawn - self.real


def compared(base: float, gap: float, gaps: np.ndarray, grain: float = 0.0) -> Compared:
    """Set drawn rows, ``gap`` above the training rows' ``base``, beside fresh ones, (k,) gaps."""
    known = gaps[~np.isnan(gaps)]
    real, reach = float(base + known.mean()), 1.96 * max(float(known.std(ddof=1)), grain)
    chance = both_tails(gap, known, grain)
    return Compared(real, float(base + gap), real - reach, real + reach, chance)


def of_blocks(gaps: np.ndarray, n_train: int, size: int, n_blocks: int) -> np.ndarray:
    """Gaps (k, ...) of one set of ``size`` fresh rows, drawn in to those of a mean over blocks.

    Training rows and blocks are independent, and the variance of each falls with its rows.
    """
    factor = (1 / n_train + 1 / (n_blocks * size)) / (1 / n_train + 1 / size)
    known = (~np.isnan(gaps)).sum(0)
    centre = np.nansum(gaps, axis=0) / np.maximum(known, 1)
    drawn_in: np.ndarray = centre + (gaps - centre) * np.sqrt(factor)
    return drawn_in


def of_the_worst(
    found: Mapping[str, Compared], gaps: Mapping[str, np.ndarray], note: Text
) -> Measured:
    """Measure the column that looks least like real; its chance counts all columns.

    ``gaps`` are those of real rows, (k,) a column. ``note`` names the column and their number.
    """
    worst = min(found, key=lambda name: found[name].chance)
    known = gaps[worst][~np.isnan(gaps[worst])]
    draws = np.abs(known - known.mean())
    value = abs(found[worst].gap)
    low, high = around(value, known, 1)
    return Measured(
        value,
        max(low, 0.0),
        high,
        real=float(draws.mean()),
        chance=min(found[worst].chance * len(found), 1.0),
        note=note.format(name=worst, n=len(found)),
        details={"columns": dict(found), "worst": worst},
    )
