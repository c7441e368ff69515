"""What compiled loops over complete rows have in common: deviations from each mean, in float64."""

from abc import abstractmethod

import numpy as np
import torch
from torch import Tensor

from .normal import Normals
from .products import Blockwise
from .shares import Weighed

_ROWS = 2048  # of a block: their densities stay in the cache


class Deviations(Blockwise):
    """Deviations from each mean give densities and sums, exactly; ``_mass`` (k,) is summed."""

    def __init__(self, normals: Normals) -> None:
        self.dtype, self.n_rows = torch.float64, _ROWS
        self._mass = np.zeros(len(normals.means))

    @property
    def is_exact(self) -> bool:  # noqa: D102
        return True

    def log_prob(self, x: Tensor) -> Tensor:  # noqa: D102
        self.see(x)
        out = x.new_empty((len(self._mass), len(x)), dtype=self.dtype)
        self.write(self._seen, out.numpy())
        return out

    def add_all(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        top, total = weight.new_empty((2, len(x)))
        self.share(Weighed(*(part.numpy() for part in (x.contiguous(), weight, top, total))))
        return torch.log(total, out=total).add_(top)

    def see(self, x: Tensor) -> None:  # noqa: D102
        self._seen = x.contiguous().numpy()

    def add(self, shares: Tensor) -> None:  # noqa: D102
        self.add_rows(self._seen, shares.numpy())

    @abstractmethod
    def write(self, x: np.ndarray, out: np.ndarray) -> None:
        """Write log-densities (k, n) of rows (n, d)."""

    @abstractmethod
    def share(self, rows: Weighed) -> None:
        """Add rows by their shares, and write each one's largest term and their sum over it."""

    @abstractmethod
    def add_rows(self, x: np.ndarray, shares: np.ndarray) -> None:
        """Add rows (n, d), weighted by shares (k, n) in any layout."""
