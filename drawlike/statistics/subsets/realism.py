"""How deep rows lie in the balls around real ones."""

import numpy as np
import torch
from torch import Tensor

from .proximity import local_radius, squared_distances
from .views import View

_TOGETHER = 1 << 22  # distances computed at once


class Realism:
    """Balls around real rows that reach to their fifth neighbour.

    The score of a row is the log of the largest ratio of a ball's radius to the row's
    distance from its middle (Kynkäänniemi et al. 2019, arXiv:1904.06991): above 0 the row
    lies in some ball.
    """

    def __init__(self, real: Tensor, view: View) -> None:
        self.locate = view.space(real)
        self.points = self.locate(real)
        self.log_square = torch.from_numpy(2 * np.log(local_radius(self.points)))

    def score(self, x: Tensor) -> Tensor:
        """Score encoded rows (n, width), (n,)."""
        parts = x.split(max(1, _TOGETHER // len(self.points)))
        return torch.cat([self._score(self.locate(part)) for part in parts])

    def _score(self, points: Tensor) -> Tensor:
        squared = squared_distances(points, self.points)
        least = torch.finfo(squared.dtype).tiny
        ratio = self.log_square - squared.clamp(min=least).log()
        return ratio.amax(1).double() / 2
