"""In which order variables are taken: in training, and when some are given."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...layout import Variables

Order = np.ndarray | None  # None is the variables' own order


@dataclass(frozen=True)
class Orders:
    """Orders of ``n_variables`` that a network learns besides their own.

    ``others`` (m, n_variables) are all that there are, or None where any may come.
    """

    n_variables: int
    learns_any: bool
    others: np.ndarray | None = None

    @classmethod
    def drawn(cls, n: int, n_orders: int | None, rng: np.random.Generator) -> "Orders":
        """Any order, or the own one and ``n_orders`` - 1 others."""
        if n_orders is None:
            return cls(n, True)
        others = [rng.permutation(n) for _ in range(n_orders - 1)]
        return cls(n, True, np.array(others, int).reshape(-1, n))

    def next(self, noise: torch.Generator) -> Order:
        """Order of the next step: every second one is the variables' own, by chance."""
        if not self.learns_any or self.others is not None and not len(self.others):
            return None
        pick = torch.rand(2, generator=noise, device=noise.device).tolist()
        if pick[0] < 0.5:
            return None
        if self.others is not None:
            return self.others[int(pick[1] * len(self.others))]
        return torch.randperm(self.n_variables, generator=noise, device=noise.device).cpu().numpy()

    def first(self, n: int) -> list[Order]:
        """The own order and n - 1 others, always the same; no more than there are."""
        if not self.learns_any:
            return [None]
        if self.others is not None:
            return [None, *self.others[: n - 1]]
        rng = np.random.default_rng(0)
        return [None, *(rng.permutation(self.n_variables) for _ in range(n - 1))]


class Pattern(NamedTuple):
    """Rows that know the same variables: their numbers, and an order with these first.

    ``n_known`` variables are known whole, and stand before ``n_partly`` that are in part.
    """

    rows: Tensor
    order: Order
    n_known: int
    n_partly: int


def by_pattern(variables: Variables, values: Tensor) -> Iterator[Pattern]:
    """Rows of values with NaN, grouped by what they know."""
    known = variables.known(values).cpu().numpy()
    for pattern, rows in _groups(known):
        order = np.argsort(-pattern, kind="stable")
        is_own = (order == np.arange(len(order))).all()
        whole, partly = int((pattern == 1).sum()), int(((pattern > 0) & (pattern < 1)).sum())
        yield Pattern(torch.from_numpy(rows), None if is_own else order, whole, partly)


def _groups(known: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        yield pattern, np.flatnonzero(which.reshape(-1) == i)
