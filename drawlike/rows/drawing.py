"""Rows drawn in proportion to their weights, in two passes over any number of them."""

from dataclasses import dataclass

import numpy as np
import torch

from .batch import READ_TOGETHER, Batch, Encoded


def drawn(data: Encoded, n: int, rng: np.random.Generator) -> Batch:
    """Draw about ``n`` rows, some of every class; a class weighs together what it did."""
    mass, count = _census(data)
    wanted = np.minimum(_quotas(mass, n), count)
    draws = [_Draw.of(*each, rng) for each in zip(mass, count, wanted, strict=True)]
    chosen = [_drawn(batch, draws) for batch in data.batches(READ_TOGETHER)]
    return Batch(*map(torch.cat, zip(*chosen, strict=True)))


def _census(data: Encoded) -> tuple[np.ndarray, np.ndarray]:
    """Weight and number of rows of each class, (k,) each; one class without labels."""
    mass, count = np.zeros(max(1, data.n_classes)), np.zeros(max(1, data.n_classes), int)
    for batch in data.batches(READ_TOGETHER):
        label = batch.label
        mass += np.bincount(label, batch.weight.double().cpu(), len(mass))
        count += np.bincount(label, minlength=len(mass))
    return mass, count


def _quotas(mass: np.ndarray, n: int) -> np.ndarray:
    """Share n rows among classes, half of them evenly, half by weight; at least one each."""
    shares = (mass / mass.sum() + (mass > 0) / (mass > 0).sum()) / 2
    return np.maximum(np.floor(n * shares).astype(int), mass > 0)


@dataclass
class _Draw:
    """The levels of a class's cumulative weight, increasing, at which rows are drawn.

    One is in every n-th of the weight, so that the draw is spread over the rows.
    """

    levels: np.ndarray | None
    each: float
    passed: float = 0.0

    @classmethod
    def of(cls, mass: float, count: int, wanted: int, rng: np.random.Generator) -> "_Draw":
        """Draw the levels; there are none where all rows are wanted."""
        if wanted == count:
            return cls(None, 0.0)
        return cls((np.arange(wanted) + rng.random(wanted)) * (mass / wanted), mass / wanted)

    def rows(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Positions and new weights of the next rows of the class that are drawn."""
        if self.levels is None:
            return np.arange(len(weight)), weight
        reached = self.passed + np.cumsum(weight)
        self.passed = float(reached[-1]) if len(reached) else self.passed
        upto = int(np.searchsorted(self.levels, self.passed))
        at = np.searchsorted(reached, self.levels[:upto], side="right")
        self.levels = self.levels[upto:]
        return at, np.full(upto, self.each)


def _drawn(batch: Batch, draws: list[_Draw]) -> Batch:
    label, weight = batch.label, batch.weight.double().cpu().numpy()
    chosen, weights = [], []
    for c, draw in enumerate(draws):
        members = np.flatnonzero(label == c)
        at, new = draw.rows(weight[members])
        chosen.append(members[at])
        weights.append(new)
    positions, new_weight = np.concatenate(chosen), np.concatenate(weights)
    order = np.argsort(positions, kind="stable")
    index = torch.from_numpy(positions[order]).to(batch.x.device)
    return batch.take(index)._replace(weight=torch.from_numpy(new_weight[order]).to(batch.weight))
