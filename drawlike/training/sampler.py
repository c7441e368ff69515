"""Which rows a step sees."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..rows import Batch, Rows
from .balance import AS_THEY_COME, Balance


@dataclass
class Shuffled:
    """Endless batches: a fresh order of the rows each epoch, drawn from (seed, epoch).

    Weights are scaled to a mean of one over an epoch. Under a ``balance`` of classes an epoch
    has as many rows, some of them again, and others wait for another one.
    """

    rows: Rows
    batch_size: int
    seed: int
    balance: Balance = AS_THEY_COME
    epoch: int = 0
    position: int = 0

    def __post_init__(self) -> None:
        self.batch_size = min(self.batch_size, len(self.rows))
        self._mean_weight = self.balance.weigh(self.rows.weight, self.rows.cond).mean()
        self._order = self._shuffle()

    @property
    def steps_per_epoch(self) -> int:
        """Number of whole batches in an epoch."""
        return len(self.rows) // self.batch_size

    @property
    def steps_between_checks(self) -> int:
        """About an epoch, but neither a few steps nor many minutes."""
        return min(max(self.steps_per_epoch, 50), 500)

    def draw(self) -> Batch:
        """Give the next batch; what does not fill a batch waits for another epoch's order."""
        if self.position + self.batch_size > len(self.rows):
            self.epoch, self.position = self.epoch + 1, 0
            self._order = self._shuffle()
        chosen = self._order[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        part = self.rows.take(chosen)
        return Batch(part.x, part.cond, part.weight / self._mean_weight)

    def state_dict(self) -> dict[str, int]:
        """Where the stream stands."""
        return {"epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go to where a stream stood."""
        self.epoch, self.position = state["epoch"], state["position"]
        self._order = self._shuffle()

    def _shuffle(self) -> Tensor:
        rng = np.random.default_rng((self.seed, self.epoch))
        order = self.balance.order(self.rows.cond, rng)
        return torch.from_numpy(order).to(self.rows.x.device)


def hold_back(
    rows: Rows, fraction: float, rng: np.random.Generator, balance: Balance = AS_THEY_COME
) -> tuple[Rows, Rows]:
    """Part rows at random into training and validation rows.

    Under a ``balance`` of classes each gives its share, and validation rows weigh as often as
    training rows of their class come.
    A class of which no row would train keeps its rows for training. Where fewer than ten
    rows would validate, all rows do both: their figure is then too good, but it still
    tells when training diverges.
    """
    if not 0 <= fraction < 1:
        raise SettingError(
            f"validation_fraction={fraction!r}; use a share of the rows, 0 or more and below 1."
        )
    n_held = round(fraction * len(rows))
    if n_held < 10:
        return rows, rows
    order = torch.from_numpy(balance.shuffle(rows.cond, rng)).to(rows.x.device)
    held, kept = order[:n_held], order[n_held:]
    if rows.cond.shape[1]:
        lost = rows.cond[kept].sum(0)[rows.cond[held].argmax(1)] == 0
        held, kept = held[~lost], torch.cat([kept, held[lost]])
    if len(held) < 10:
        return rows, rows
    weighed = Rows(rows.x, rows.cond, balance.weigh(rows.weight, rows.cond))
    return rows.take(kept), weighed.take(held)
