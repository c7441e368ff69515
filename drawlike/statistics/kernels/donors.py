"""Unobserved cells of kernels' centres, filled with cells of rows that are alike.

A centre with gaps stands for several: each takes the missing cells of one donor, drawn in
proportion to the kernel between the two in the cells that are observed, and an equal part
of the weight. Over the draws that is the kernel estimate of the missing cells given the
others (a hot deck: Andridge & Little 2010), so a sum over the centres marginalises them;
the density of the observed cells is that of the centre itself.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .bandwidth import scott

_DRAWS = 5  # donors of a centre
_DONORS = 8192  # candidates, drawn if there are more
_TILE = 1 << 21


class Filled(NamedTuple):
    """Complete rows (M, d), which row each was, and its weight, (M,) each."""

    reals: Tensor
    origin: Tensor
    weight: Tensor


def fill(reals: Tensor, weight: Tensor, rng: np.random.Generator) -> Filled:
    """Replace each row with gaps by several complete ones; columns have mean 0, variance 1."""
    reals = _known_somewhere(reals, rng)
    seen = ~reals.isnan()
    whole = seen.all(1)
    numbers = torch.arange(len(reals), device=reals.device)
    if bool(whole.all()):
        return Filled(reals, numbers, weight)
    gaps = numbers[~whole]
    drawn = reals[gaps].repeat(_DRAWS, 1, 1)
    patterns, place = seen[gaps].unique(dim=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        rows = (place == number).nonzero()[:, 0]
        for missing in _asked(~pattern, seen):
            donor = _donors(reals, weight, gaps[rows], missing, rng)
            for column in missing.tolist():
                drawn[:, rows, column] = reals[donor, column]
    origin = torch.cat([numbers[whole], gaps.repeat(_DRAWS)])
    share = torch.cat([weight[whole], weight[gaps].repeat(_DRAWS) / _DRAWS])
    return Filled(torch.cat([reals[whole], drawn.flatten(0, 1)]), origin, share)


def _known_somewhere(reals: Tensor, rng: np.random.Generator) -> Tensor:
    """Draw from a normal what no row has: a class may lack a column that others have."""
    never = reals.isnan().all(0)
    if not bool(never.any()):
        return reals
    noise = torch.from_numpy(rng.standard_normal((len(reals), int(never.sum()))))
    return reals.clone().index_copy_(1, never.nonzero()[:, 0], noise.to(reals))


def _asked(missing: Tensor, seen: Tensor) -> Iterator[Tensor]:
    """Columns to fill from one donor: all that are missing, or each if no row has them all."""
    columns = missing.nonzero()[:, 0]
    if bool(seen[:, columns].all(1).any()):
        yield columns
    else:
        yield from columns.split(1)


def _donors(
    reals: Tensor, weight: Tensor, rows: Tensor, missing: Tensor, rng: np.random.Generator
) -> Tensor:
    """Numbers of the donors of each row, (draws, rows)."""
    able = (~reals[:, missing].isnan()).all(1).nonzero()[:, 0]
    if len(able) > _DONORS:
        able = able[torch.from_numpy(rng.choice(len(able), _DONORS, replace=False)).to(able)]
    able, chosen = able.sort().values, []
    for part in rows.split(max(1, _TILE // len(able))):
        odds = _alike(reals[part], reals[able]).add_(weight[able].log()).softmax(1).cumsum(1)
        # one in every part of the cumulative odds: fewer draws do
        at = (np.arange(_DRAWS) + rng.random((len(part), _DRAWS))) / _DRAWS
        level = torch.from_numpy(at).to(odds) * odds[:, -1:]
        found = torch.searchsorted(odds, level).clamp(max=len(able) - 1)
        chosen.append(able[found])
    return torch.cat(chosen).T


def _alike(rows: Tensor, donors: Tensor) -> Tensor:
    """Log of the kernel between rows and donors, (n, N); a gap of a donor is its column's normal."""
    width = scott(len(donors), rows.shape[1]) ** 2
    here, there = (~rows.isnan()).double(), (~donors.isnan()).double()
    a, b = rows.nan_to_num(nan=0.0), donors.nan_to_num(nan=0.0)
    square = (a.square() @ there.T) - 2 * a @ b.T + here @ b.square().T
    anything = (a.square() / (1 + width) + here * np.log((1 + width) / width)) @ (1 - there).T
    return (square / width + anything).div_(-2)
