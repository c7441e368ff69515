"""Loops over rows in main memory, compiled."""

from typing import Any

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

_ORDER = {"contract", "nsz", "reassoc"}  # sums may be taken in any order
_TOGETHER = 128  # rows of a component whose deviations stay in the cache


@njit(cache=True, nogil=True, fastmath=_ORDER)
def center(x: Array, middle: Array, out: Array) -> None:
    """Write deviations of rows (n, d) from a middle (d,) to (d, n)."""
    for i in range(x.shape[1]):
        mine = middle[i]
        for r in range(len(x)):
            out[i, r] = x[r, i] - mine


@njit(cache=True, nogil=True, fastmath=_ORDER)
def add_pairs(  # noqa: PLR0917
    x: Array,
    shares: Array,
    least: float,
    means: Array,
    mass: Array,
    first: Array,
    second: Array,
) -> None:
    """Add moments about the means (k, d) of rows (n, d), by shares (k, n) above the least.

    Only the upper triangles of ``second`` (k, d, d) are written.
    """
    n, d = x.shape
    z, weight = np.empty((d, _TOGETHER)), np.empty(_TOGETHER)
    for j in range(len(means)):
        total, count = 0.0, 0
        for r in range(n):
            if shares[j, r] > least:
                share = np.float64(shares[j, r])
                total += share
                weight[count] = share
                for i in range(d):
                    z[i, count] = x[r, i] - means[j, i]
                count += 1
                if count == _TOGETHER:
                    _add(z, weight, count, first[j], second[j])
                    count = 0
        _add(z, weight, count, first[j], second[j])
        mass[j] += total


@njit(cache=True, nogil=True, fastmath=_ORDER)
def _add(z: Array, weight: Array, n: int, first: Array, second: Array) -> None:
    weighted = np.empty(_TOGETHER)
    for i in range(len(z)):
        total = 0.0
        for r in range(n):
            weighted[r] = weight[r] * z[i, r]
            total += weighted[r]
        first[i] += total
        for j in range(i, len(z)):
            product = 0.0
            for r in range(n):
                product += weighted[r] * z[j, r]
            second[i, j] += product


@njit(cache=True, nogil=True)
def count(shares: Array, least: float) -> int:
    """Count shares (k, n) above the least."""
    total = 0
    for j in range(len(shares)):
        for share in shares[j]:
            if share > least:
                total += 1
    return total
