"""Distances between two sets of rows."""

import torch
from torch import Tensor


def energy_distance(a: Tensor, b: Tensor) -> Tensor:
    """Energy distance of rows (n, d) and (m, d), a scalar in the rows' unit.

    2 E|a - b| - E|a - a'| - E|b - b'|, pairs of one row with itself left out, so that two
    draws of one law give 0 on average (Szekely and Rizzo 2013).
    """
    return 2 * torch.cdist(a, b).mean() - _mean_within(a) - _mean_within(b)


def _mean_within(a: Tensor) -> Tensor:
    return torch.cdist(a, a).sum() / max(1, len(a) * (len(a) - 1))
