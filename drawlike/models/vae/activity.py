"""Posterior collapse: a decoder that no longer listens to z."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ...events import Emitter

ACTIVE = 0.01  # variance of a unit's posterior means over rows, from which it is active
_PATIENCE = 4  # checks in a row without an active unit


@dataclass
class Activity:
    """Counts the active units of z at every check, and warns when there is none for long.

    A unit is active where its posterior mean varies over the rows by more than
    ``ACTIVE`` (Burda et al. 2016, arXiv:1509.00519, section 5.2). Some units are idle
    wherever z has more of them than the data need; all of them are in a collapse, where
    every row is drawn as if the columns knew nothing of each other.
    """

    events: Emitter
    idle_checks: int = 0
    warned: bool = field(default=False, init=False)

    def check(self, means: Tensor, step: int) -> None:
        """Look at the posterior means of some rows, (n, d)."""
        n_active, most = _active(means)
        self.events.metric("active units", n_active, step)
        self.idle_checks = 0 if n_active else self.idle_checks + 1
        if self.idle_checks == _PATIENCE:
            self._warn(f"at step {step}", most, means.shape[1])

    def conclude(self, means: Tensor) -> None:
        """Look at the weights that are kept."""
        n_active, most = _active(means)
        if not n_active:
            self._warn("at the end", most, means.shape[1])

    def _warn(self, when: str, most: float, n_units: int) -> None:
        if self.warned:
            return
        self.warned = True
        self.events.warning(
            f"posterior collapse: 0 of {n_units} latent units are active {when} (the means of "
            f"the most active one have variance {most:.2g} over the rows; {ACTIVE} is active), "
            "so rows are drawn as if their columns were independent. If they are not, try a "
            "smaller beta, warm_up=0.2, or free_bits=0.1.",
            name="posterior collapse",
        )


def _active(means: Tensor) -> tuple[int, float]:
    """How many units are active, and the largest variance of one."""
    variance = torch.var(means, 0, correction=0)
    return int((variance > ACTIVE).sum()), float(variance.max())
