"""Rows as points: the closer, the more alike.

A real cell counts in the units of the data or in standard deviations, a code that differs
counts 1, which is one standard deviation as in SMOTE-NC (Chawla et al. 2002,
arXiv:1106.1813); an unobserved cell lies in the middle.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ...layout import Layout
from ..columns import Columns

_TOGETHER = 1 << 17  # distances computed at once, such as fit a cache
_ROWS = 64  # rows that a matrix product pays for
_SPARE = 3  # neighbours more than asked for, among which exact distances decide


@dataclass(frozen=True, eq=False)
class Proximity:
    """Where 0 is, and how long 1 is, in each real column."""

    columns: Columns
    center: Tensor
    unit: Tensor
    dtype: torch.dtype

    @classmethod
    def of(cls, layout: Layout, x: Tensor, *, standard: bool) -> "Proximity":
        """Measure encoded rows (n, width); ``standard`` counts in standard deviations."""
        columns = Columns.of(layout)
        reals, _ = columns.split(x)
        count = (~reals.isnan()).sum(0).clamp(min=1)
        center = reals.nan_to_num(nan=0.0).sum(0) / count
        unit = torch.ones_like(center)
        if standard:
            spread = ((reals - center).nan_to_num(nan=0.0).square().sum(0) / count).sqrt()
            unit = torch.where(spread > 0, spread, unit)
        # grey levels have few digits
        return cls(columns, center, unit, torch.float32 if layout.image else torch.float64)

    def points(self, x: Tensor) -> Tensor:
        """Points (n, p) of encoded rows, whose distances are Euclidean."""
        reals, codes = self.columns.split(x)
        parts = [((reals - self.center) / self.unit).nan_to_num(nan=0.0).to(self.dtype)]
        for code, size in zip(codes.T, self.columns.sizes, strict=True):
            parts.append(one_hot(code, size + 1)[:, :size].to(self.dtype) * 0.5**0.5)
        return torch.cat(parts, 1)


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Squared Euclidean distances of all pairs of rows, (len(a), len(b))."""
    squared = torch.addmm(b.square().sum(1), a, b.T, alpha=-2)
    return squared.add_(a.square().sum(1)[:, None]).clamp_(min=0.0)


def neighbours(points: Tensor, k: int, rows: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The ``k`` nearest other rows, nearest first: squared distances and numbers, (n, k).

    Of all rows, or of those numbered ``rows``. Candidates come from a matrix product, and
    their order from the differences. With fewer than ``k`` other rows all of them are given.
    """
    points = points - points.mean(0)  # a product loses digits far from 0
    k = min(k, len(points) - 1)
    rows = torch.arange(len(points)) if rows is None else rows
    norms = points.square().sum(1)
    found = [
        _near(points, norms, part, k) for part in rows.split(max(_ROWS, _TOGETHER // len(points)))
    ]
    return torch.cat([squared for squared, _ in found]), torch.cat([index for _, index in found])


def _near(points: Tensor, norms: Tensor, rows: Tensor, k: int) -> tuple[Tensor, Tensor]:
    from .lines import smallest, sort_exactly  # compiled: a second to import

    squared = torch.addmm(norms, points[rows], points.T, alpha=-2)
    index = torch.zeros((len(rows), min(k + _SPARE, len(points) - 1)), dtype=torch.long)
    exact = points.new_zeros(index.shape)
    smallest(squared.numpy(), rows.numpy(), index.numpy())
    sort_exactly(points.numpy(), rows.numpy(), index.numpy(), exact.numpy())
    return exact[:, :k], index[:, :k]


def local_radius(points: Tensor, k: int = 5) -> np.ndarray:
    """Distance to the ``k``-th other row, never 0, (n,): long where rows are sparse."""
    if len(points) < 2:
        return np.ones(len(points))
    radius = neighbours(points, k)[0][:, -1].double().sqrt().numpy()
    positive = radius[radius > 0]
    return np.maximum(radius, positive.min() if len(positive) else 1.0)
