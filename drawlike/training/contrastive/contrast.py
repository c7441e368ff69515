"""How the gradient of a Boltzmann machine's likelihood is estimated."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from ...networks.boltzmann import Boltzmann
from ..balance import AS_THEY_COME, Balance

CENTER_PACE = 0.01  # how far a step moves the centre of the hidden units


@dataclass(frozen=True)
class Contrast:
    """Rows against the machine's own states, which come from chains.

    Persistent chains go on from step to step (Tieleman 2008); others begin at the rows of
    each batch. With several ``n_temperatures`` persistent chains are tempered in parallel,
    so that they cross between modes (Desjardins et al. 2010). With ``centered``, the machine
    that learns has the same distribution, but units less their means in its energy, so that
    no unit's bias stands in for another's weights (Montavon & Mueller 2012).
    """

    batch_size: int
    n_chains: int
    n_gibbs: int = 1
    persistent: bool = True
    centered: bool = True
    momentum: float = 0.0
    weight_decay: float = 0.0
    n_temperatures: int = 1


@dataclass(frozen=True)
class Examples:
    """States v (n, D) of the rows, which entries are known, labels (n, k), weights (n,).

    Where ``grey``, binary entries are probabilities, drawn afresh at every visit. Rows are
    visited by a ``balance`` of classes.
    """

    v: Tensor
    known: Tensor | None
    y: Tensor
    weight: Tensor
    grey: bool = False
    balance: Balance = AS_THEY_COME

    def mean(self, of: Tensor) -> Tensor:
        """Weighted mean over the visits, float64."""
        weight = self.balance.weigh(self.weight, self.y)
        return (weight / weight.sum()).to(of) @ of

    @property
    def scaled_weight(self) -> Tensor:
        """Weights whose mean over the visits is 1, (n,)."""
        return self.weight / self.balance.weigh(self.weight, self.y).mean()


class Learner(Protocol):
    """A machine that learns from examples, some rows at a time."""

    @property
    def machine(self) -> Boltzmann:
        """The machine as it is now; later steps may change its arrays."""
        ...

    @property
    def hidden_states(self) -> Tensor:
        """Hidden states of the chains, (c, m)."""
        ...

    def climb(self, order: np.ndarray, rate: float) -> None:
        """Take a step on each batch of the rows in ``order``."""
        ...

    def state(self) -> dict[str, Any]:
        """Everything that changes."""
        ...

    def load(self, state: dict[str, Any]) -> None:
        """Become what :meth:`state` gave."""
        ...


def carried(state: dict[str, Any], *, persistent: bool) -> dict[str, Any]:
    """What of a learner's state goes on with other rows: not what stands for these rows."""
    gone = {"filled", "draws"} if persistent else {"filled", "draws", "chains"}
    return {
        name: carried(value, persistent=persistent) if isinstance(value, dict) else value
        for name, value in state.items()
        if name not in gone
    }


def chain_labels(frequencies: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Class of each chain, at least one of each class, and its weight in a mean, (c,).

    Without labels all classes are 0.
    """
    if not len(frequencies):
        return np.zeros(n, int), np.full(n, 1 / n)
    extra = np.maximum(n - len(frequencies), 0) * frequencies
    counts = 1 + np.diff(np.rint(np.cumsum(np.r_[0.0, extra])).astype(int))
    labels = np.repeat(np.arange(len(counts)), counts)
    return labels, (frequencies / counts)[labels]
