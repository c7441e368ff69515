"""Posterior collapse: a decoder that no longer listens to z."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..events import Emitter
from ..losses.variational import kl_to_standard_normal

ACTIVE = 0.01  # variance of a unit's posterior means over rows, from which it is active
TOLD = 0.1  # nats: z that says less of a row says nothing
_PATIENCE = 4  # checks in a row at which z says nothing


@dataclass
class Activity:
    """Counts the active units of z at every check, and warns when z has said nothing for long.

    A unit is active where its posterior mean varies over the rows by more than
    ``ACTIVE`` (Burda et al. 2016, arXiv:1509.00519, section 5.2). Some units are idle
    wherever z has more of them than the data need. In a collapse all of them are, or z has
    less than ``TOLD`` nats of a row, KL(q(z|x) || N(0, I)) on average: every row is then
    drawn as if the columns knew nothing of each other.
    """

    events: Emitter
    idle_checks: int = 0
    warned: bool = field(default=False, init=False)

    def check(self, mean: Tensor, log_var: Tensor, step: int) -> None:
        """Look at the posteriors of some rows, each (n, d)."""
        n_active, nats = _figures(mean, log_var)
        self.events.metric("active units", n_active, step)
        self.idle_checks = 0 if n_active and nats >= TOLD else self.idle_checks + 1
        if self.idle_checks == _PATIENCE:
            self._warn(step, n_active, nats, mean.shape[1])

    def conclude(self, mean: Tensor, log_var: Tensor, step: int) -> None:
        """Look at the weights that are kept, after the last step."""
        n_active, nats = _figures(mean, log_var)
        if not n_active or nats < TOLD:
            self._warn(step, n_active, nats, mean.shape[1])

    def _warn(self, step: int, n_active: int, nats: float, n_units: int) -> None:
        if self.warned:
            return
        self.warned = True
        self.events.warning(
            f"posterior collapse at step {step}: {n_active} of {n_units} latent units are active "
            f"(variance of their means above {ACTIVE}), and z has {nats:.2g} nats of a row "
            f"(below {TOLD} is nothing), so rows are drawn as if their columns were "
            "independent. If they are not, try a smaller beta, warm_up=0.2, free_bits=0.1 or "
            "training_samples=5.",
            name="posterior collapse",
            step=step,
            value=nats,
        )


def _figures(mean: Tensor, log_var: Tensor) -> tuple[int, float]:
    """How many units are active, and nats that z has of a row."""
    with torch.no_grad():
        n_active = int((mean.var(0, correction=0) > ACTIVE).sum())
        return n_active, float(kl_to_standard_normal(mean, log_var).mean())
