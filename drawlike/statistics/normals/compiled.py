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
def log_prob(  # noqa: PLR0917
    x: Array, means: Array, rests: Array, whiteners: Array, constants: Array, out: Array
) -> None:
    """Write log-densities of rows (n, d) by deviations from each mean to (k, n).

    The arithmetic is in the type of ``whiteners`` (k, p, p), lower triangles with p a
    multiple of 4 of which those above d are 0; ``rests`` (k, d) is what that type drops of
    the means (k, d).
    """
    n, d = x.shape
    y = np.empty((d, _TOGETHER), whiteners.dtype)
    z = np.zeros((whiteners.shape[1], _TOGETHER), whiteners.dtype)
    distance = np.empty(_TOGETHER, whiteners.dtype)
    for start in range(0, n, _TOGETHER):
        m = min(_TOGETHER, n - start)
        _turn(x[start : start + m], y)
        for j in range(len(means)):
            for i in range(d):
                mean, rest = means[j, i], rests[j, i]
                for r in range(_TOGETHER):
                    z[i, r] = (y[i, r] - mean) - rest
            _distances(whiteners[j], z, d, distance)
            for r in range(m):
                out[j, start + r] = constants[j] - distance[r] / 2


@njit(cache=True, nogil=True, fastmath=_ORDER)
def _turn(x: Array, y: Array) -> None:
    """Write rows (m, d) to columns (d, n), and 0 into what is left of these."""
    for i in range(len(y)):
        for r in range(len(x)):
            y[i, r] = x[r, i]
        for r in range(len(x), y.shape[1]):
            y[i, r] = 0


@njit(cache=True, nogil=True, fastmath=_ORDER)
def _distances(whitener: Array, z: Array, d: int, distance: Array) -> None:
    """Squared lengths of whitened deviations (p, n): two rows and four columns at a time."""
    one, two = np.empty_like(distance), np.empty_like(distance)
    for r in range(_TOGETHER):
        distance[r] = 0
    for i in range(0, d, 2):
        for r in range(_TOGETHER):
            one[r] = 0
        for r in range(_TOGETHER):
            two[r] = 0
        for j in range(0, i + 2, 4):
            a, b, c, e = z[j], z[j + 1], z[j + 2], z[j + 3]
            v0, v1, v2, v3 = (
                whitener[i, j],
                whitener[i, j + 1],
                whitener[i, j + 2],
                whitener[i, j + 3],
            )
            k = i + 1
            w0, w1, w2, w3 = (
                whitener[k, j],
                whitener[k, j + 1],
                whitener[k, j + 2],
                whitener[k, j + 3],
            )
            for r in range(_TOGETHER):
                a0, a1, a2, a3 = a[r], b[r], c[r], e[r]
                one[r] += v0 * a0 + v1 * a1 + v2 * a2 + v3 * a3
                two[r] += w0 * a0 + w1 * a1 + w2 * a2 + w3 * a3
        for r in range(_TOGETHER):
            distance[r] += one[r] * one[r] + two[r] * two[r]


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
