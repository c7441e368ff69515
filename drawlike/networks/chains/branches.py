"""Which codes of many share a branch."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .parts import WIDE

_FEWEST = 3 * WIDE  # codes; of fewer, all cost as much as a branch
_ALONE = 0.1  # share of the rows from which a code is a branch of its own


@dataclass(frozen=True)
class Branches:
    """Branch ``of_code`` (k,) of each code: neighbours, at most 16 to a branch."""

    of_code: np.ndarray

    @classmethod
    def of(cls, shares: np.ndarray) -> "Branches | None":
        """Branches of as many codes as there are shares, None where they are few."""
        if len(shares) < _FEWEST:
            return None
        alone = shares >= _ALONE
        runs = np.cumsum(alone | np.concatenate([[False], alone[:-1]]))
        sizes = [part for length in np.bincount(runs) for part in _parts(length)]
        return cls(np.repeat(np.arange(len(sizes)), sizes))

    @property
    def n(self) -> int:
        """How many there are."""
        return int(self.of_code[-1]) + 1

    @property
    def leaves(self) -> int:
        """Where leaves begin in what is wide, after the branches."""
        return -(-self.n // WIDE) * WIDE

    @property
    def width(self) -> int:
        """How many rows the codes have in what is wide."""
        return self.leaves + self.n * WIDE

    @cached_property
    def leaf(self) -> np.ndarray:
        """Place of each code in its branch, (k,)."""
        return np.arange(len(self.of_code)) - np.searchsorted(self.of_code, self.of_code)

    @property
    def places(self) -> np.ndarray:
        """Where each code stands in what is wide, (k,)."""
        return self.leaves + self.of_code * WIDE + self.leaf

    @cached_property
    def table(self) -> np.ndarray:
        """Code of each branch and leaf, -1 where there is none, (n, 16)."""
        table = np.full((self.n, WIDE), -1)
        table[self.of_code, self.leaf] = np.arange(len(self.of_code))
        return table

    def summed(self, values: np.ndarray) -> np.ndarray:
        """Sums by branch of what each code has, (n, ...)."""
        return np.add.reduceat(values, np.flatnonzero(self.leaf == 0))


def _parts(length: int) -> list[int]:
    """Cut a run of codes into equal parts."""
    n = -(-length // WIDE)
    return [len(part) for part in np.array_split(np.arange(length), n)] if n else []
