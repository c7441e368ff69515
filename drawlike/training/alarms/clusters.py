"""Landmarks among rows: where they are, however many their columns."""

import torch
from torch import Tensor

DIRECTIONS = 64  # in which wider rows are looked at
_LLOYD_STEPS = 10


def directions(width: int, rng: torch.Generator) -> Tensor | None:
    """Random directions (width, 64), which keep distances to a few per cent; None for few columns.

    Johnson and Lindenstrauss 1984.
    """
    if width <= DIRECTIONS:
        return None
    return torch.randn(width, DIRECTIONS, generator=rng, device=rng.device) / DIRECTIONS**0.5


def nearest(x: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """Distance to the nearest centre (k, d) and its number, for rows (n, d)."""
    return torch.cdist(x, centres).min(1)


def cluster(x: Tensor, k: int, rng: torch.Generator) -> Tensor:
    """Centres (k, d) of k-means from a k-means++ start (Arthur and Vassilvitskii 2007)."""
    centres = x[:1]
    for _ in range(1, k):
        away = nearest(x, centres)[0].square()
        chances = away if away.sum() > 0 else torch.ones_like(away)
        centres = torch.cat([centres, x[torch.multinomial(chances, 1, generator=rng)]])
    for _ in range(_LLOYD_STEPS):
        member = nearest(x, centres)[1]
        count = torch.bincount(member, minlength=k)[:, None]
        sums = torch.zeros_like(centres).index_add_(0, member, x)
        centres = torch.where(count == 0, centres, sums / count)
    return centres
