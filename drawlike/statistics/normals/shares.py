"""Responsibilities of components for rows, and whole E steps, compiled."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..powers import LOG2_E, raise_two
from .densities import Lines, Whole, write_lines, write_whole
from .moments import LEAST, add_lines, add_pairs

Array = np.ndarray[Any, Any]

_TOGETHER = 64  # rows that stay in the cache of first level
_AT_ONCE = 256  # rows of which every component's share stays in the cache


def share(joint: Tensor, weight: Tensor) -> Tensor:
    """Log-densities of rows (n,); responsibilities times weights take the place of (k, n)."""
    top, total = joint.new_empty((2, joint.shape[1]))
    _share(joint.numpy(), weight.numpy(), top.numpy(), total.numpy())
    return torch.log(total, out=total).add_(top)


class Weighed(NamedTuple):
    """Rows (n, d) and their weights; log-densities are ``top`` plus logs of ``total``, (n,) each."""

    x: Array
    weight: Array
    top: Array
    total: Array


@njit(cache=True, nogil=True)
def share_and_add(rows: Weighed, lines: Lines, center: Array, mass: Array, sums: Array) -> None:
    """Add rows by their shares of the weights to sums, as :func:`add_lines` does."""
    x, weight, top, total = rows
    joint = np.empty((len(mass), _AT_ONCE + 8))  # rows that do not collide in the cache
    for first in range(0, len(x), _AT_ONCE):
        last = min(len(x), first + _AT_ONCE)
        some, shares = x[first:last], joint[:, : last - first]
        write_lines(some, lines, shares)
        _share(shares, weight[first:last], top[first:last], total[first:last])
        add_lines(some, center, shares, mass, sums)


@njit(cache=True, nogil=True)
def share_and_add_pairs(  # noqa: PLR0917
    rows: Weighed, whole: Whole, means: Array, mass: Array, first: Array, second: Array
) -> None:
    """Add rows by their shares of the weights to sums, as :func:`add_pairs` does."""
    x, weight, top, total = rows
    joint, least = np.empty((len(mass), _AT_ONCE + 8)), LEAST * weight.max()
    for start in range(0, len(x), _AT_ONCE):
        end = min(len(x), start + _AT_ONCE)
        some, shares = x[start:end], joint[:, : end - start]
        write_whole(some, whole, shares)
        _share(shares, weight[start:end], top[start:end], total[start:end])
        add_pairs(some, means, shares, least, mass, first, second)


@njit(cache=True, nogil=True)
def _share(joint: Array, weight: Array, top: Array, total: Array) -> None:
    k, n = joint.shape
    block = np.zeros((k, _TOGETHER))
    for first in range(0, n, _TOGETHER):
        last = min(n, first + _TOGETHER)
        _lower(joint, first, top[first:last], block)
        raise_two(block.reshape(-1))
        _divide(block, weight[first:last], total[first:last], joint, first)


@njit(cache=True, nogil=True)
def _lower(joint: Array, first: int, top: Array, out: Array) -> None:
    """Take the greatest of each row from its values, and write powers of 2."""
    m = len(top)
    top[:] = -np.inf
    for j in range(len(joint)):
        row = joint[j, first : first + m]
        for r in range(m):
            top[r] = row[r] if row[r] > top[r] else top[r]  # noqa: FURB136
    for j in range(len(joint)):
        row, powers = joint[j, first : first + m], out[j]
        for r in range(m):
            powers[r] = (row[r] - top[r]) * LOG2_E


@njit(cache=True, nogil=True)
def _divide(block: Array, weight: Array, total: Array, joint: Array, first: int) -> None:
    """Write shares that sum to the weights, and what they were divided by."""
    m = len(total)
    total[:] = 0.0
    for j in range(len(block)):
        row = block[j]
        for r in range(m):
            total[r] += row[r]
    rate = weight / total
    for j in range(len(block)):
        row, out = block[j], joint[j, first : first + m]
        for r in range(m):
            out[r] = row[r] * rate[r]
