"""Rows that come in parts, of which those with the highest keys are kept."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from ...rows import Batch
from .choosing import highest, random_keys


class Reservoir(NamedTuple):
    """Rows (n, width), their classes, weights and keys (n,).

    The highest keys of all parts are the highest of the whole: parts may be merged in any
    order (Efraimidis & Spirakis 2006).
    """

    x: Tensor
    group: np.ndarray
    weight: np.ndarray
    key: np.ndarray

    @classmethod
    def of(cls, batch: Batch, rng: np.random.Generator | None) -> "Reservoir":
        """Give rows keys that draw by weight without replacement; none where all are kept."""
        weight = batch.weight.double().cpu().numpy()
        key = np.zeros(len(weight)) if rng is None else random_keys(np.log(weight), rng)
        return cls(batch.x.cpu(), batch.label, weight, key)

    def copy(self) -> "Reservoir":
        """Give all rows, in memory of their own."""
        # numpy asks for large pages, which are filled several times as fast
        x = torch.from_numpy(self.x.numpy().copy())
        return Reservoir(x, self.group, self.weight.copy(), self.key)

    def take(self, index: np.ndarray) -> "Reservoir":
        """Give the rows at positions (m,), as a copy."""
        parts = (self.group[index], self.weight[index], self.key[index])
        return Reservoir(self.x[torch.from_numpy(index)], *parts)

    def merged(self, other: "Reservoir") -> "Reservoir":
        """Put other rows behind these; the narrower ones, of shorter sequences, get NaN."""
        parts = zip(self[1:], other[1:], strict=True)
        width = max(self.x.shape[1], other.x.shape[1])
        rows = [pad(x, (0, width - x.shape[1]), value=torch.nan) for x in (self.x, other.x)]
        return Reservoir(torch.cat(rows), *map(np.concatenate, parts))

    def cut(self, k: int) -> "Reservoir":
        """Keep the ``k`` highest keys of each class, in the order of the rows."""
        if len(self.key) <= k:
            return self
        kept = [
            members[highest(self.key[members], k)]
            for members in (np.flatnonzero(self.group == g) for g in np.unique(self.group))
        ]
        return self.take(np.sort(np.concatenate(kept)))
