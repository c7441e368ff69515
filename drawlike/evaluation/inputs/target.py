"""What a learner may predict."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Target:
    """What a learner may predict, (n,): classes of any type, or numbers."""

    values: np.ndarray
    is_class: bool

    def take(self, rows: np.ndarray) -> "Target":
        """Give some of the rows."""
        return Target(self.values[rows], self.is_class)
