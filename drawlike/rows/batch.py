"""A few encoded rows, and what all of them can do wherever they are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from .memory import Rows

READ_TOGETHER = 16384  # rows in a batch of a pass that only looks and copies


class Batch(NamedTuple):
    """Encoded rows (n, width), conditions (n, k) and weights (n,).

    ``x`` is NaN where a cell is unobserved; ``k`` is 0 when there are no labels.
    """

    x: Tensor
    cond: Tensor
    weight: Tensor

    def take(self, index: Tensor | slice) -> "Batch":
        """Give the rows at ``index``: positions (m,), a boolean mask (n,) or a slice."""
        return Batch(*(part[index] for part in self))

    def to(self, device: torch.device | str) -> "Batch":
        """Give the same rows on another device."""
        return Batch(*(part.to(device) for part in self))

    @property
    def label(self) -> np.ndarray:
        """Class number of each row, (n,); 0 for all without labels."""
        if not self.cond.shape[1]:
            return np.zeros(len(self.x), int)
        # a product is quicker than a search for the largest
        numbers = torch.arange(self.cond.shape[1], dtype=self.cond.dtype, device=self.cond.device)
        return (self.cond @ numbers).long().cpu().numpy()


class Encoded(Protocol):
    """All rows of a fit, to be passed over in order as often as needed.

    :class:`Rows` holds them in memory, :class:`Stream` reads them again at every pass.
    """

    @property
    def streamed(self) -> bool:
        """Whether the rows are read again at every pass."""
        ...

    @property
    def n_classes(self) -> int:
        """Number of labels, 0 without labels."""
        ...

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def batches(self, size: int) -> Iterator[Batch]:
        """Cut the rows, in order, into batches of at most ``size``."""
        ...

    def gather(self) -> "Rows":
        """Give all rows in memory."""
        ...

    def subset(self, n: int, rng: np.random.Generator) -> "Rows":
        """Draw at most ``n`` rows in proportion to their weights; they weigh as all do.

        All rows if there are no more; else some of every class, however rare it is. The
        rows of a class weigh together what the class does.
        """
        ...
