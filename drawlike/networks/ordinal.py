"""A table with a row a code, in which codes that neighbour in value begin alike."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor, nn

from ..layout import Choice

_FEWEST = 6  # ordered codes; fewer learn as fast one by one
_FREE = 0.3  # weight of what a code of an order has of its own
_KNOTS = (4, 8, 16, 32)
_Bases: TypeAlias = list[tuple[slice, Tensor]]
Softmax: TypeAlias = tuple[int, np.ndarray]


class OrdinalTable(nn.Module):
    """Rows of all codes of some softmaxes, (n_codes, width).

    ``softmaxes`` say how many codes each has, and the shares of those that are ordered, which come
    first. A row of an ordered code is ``.3 free + basis @ coefficients``: the basis has the codes'
    normal score and hat functions at 4, 8, 16 and 32 knots over their ranks.
    """

    def __init__(self, softmaxes: Sequence[Softmax], width: int, spread: float) -> None:
        super().__init__()
        self.spread = spread
        bases = [_basis(ordered) for _, ordered in softmaxes]
        sizes = [size for size, _ in softmaxes]
        self.free = nn.Parameter(torch.empty(sum(sizes), width))
        self.coefficients = nn.ParameterList(
            [
                nn.Parameter(torch.empty(basis.shape[1], width))
                for basis in bases
                if basis is not None
            ]
        )
        self._bases = _places(sizes, bases)

    def begin_from(self, rng: torch.Generator) -> None:
        """Draw the free part; smooth parts begin at 0."""
        self.free.normal_(0.0, self.spread, generator=rng)
        for part in self.coefficients:
            part.normal_(0.0, self.spread / 2, generator=rng)

    def forward(self) -> Tensor:
        """Give the rows, (n_codes, width)."""
        bases = [(place, basis.to(self.free)) for place, basis in self._bases]
        rows: Tensor = _Smooth.apply(self.free, bases, *self.coefficients)
        return rows


def softmaxes_of(choice: Choice) -> list[Softmax]:
    """Give a choice's softmaxes: of its codes, or of its groups and of their members."""
    n, (first, *members) = choice.n_ordered_groups, choice.sizes
    alike = [(size, np.full(size if n else 0, 1 / size)) for size in members]
    return [(first, choice.group_shares[:n]), *alike]


class _Smooth(torch.autograd.Function):
    """Rows of free parts and coefficients: a graph of all pieces takes longer than they do."""

    @staticmethod
    def forward(ctx: Any, free: Tensor, bases: _Bases, *coefficients: Tensor) -> Tensor:
        ctx.bases, out = bases, free.clone()
        for (place, basis), smooth in zip(bases, coefficients, strict=True):
            out[place].mul_(_FREE).addmm_(basis, smooth)
        return out

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:
        of_free = slope.clone()
        for place, _ in ctx.bases:
            of_free[place] *= _FREE
        return of_free, None, *(basis.T @ slope[place] for place, basis in ctx.bases)


def _places(sizes: Sequence[int], bases: Sequence[np.ndarray | None]) -> _Bases:
    """Rows that have a basis, and it."""
    starts = np.cumsum([0, *sizes])[:-1].tolist()
    return [
        (slice(start, start + len(basis)), torch.from_numpy(basis).float())
        for start, basis in zip(starts, bases, strict=True)
        if basis is not None
    ]


def _basis(shares: np.ndarray) -> np.ndarray | None:
    """What codes of an order have in common with their neighbours, (n, m)."""
    n = len(shares)
    if n < _FEWEST:
        return None
    shares = np.maximum(shares, 1e-9)
    rank = (np.cumsum(shares) - shares / 2) / shares.sum()
    columns = [ndtri(rank.clip(1e-4, 1 - 1e-4))]
    for knots in _KNOTS:
        if knots < n:
            at = np.linspace(0, 1, knots)
            columns += list(np.maximum(0, 1 - np.abs(rank[:, None] - at) * (knots - 1)).T)
    return np.stack(columns, 1)
