"""Sums over complete steps that are in each state with posteriors (n, S), compiled.

Sums of a block of steps stay in registers: four states, or four rows of a matrix, by two
vectors of columns.
"""

from math import sqrt
from typing import Any

import numpy as np
from numba import njit

from ..lanes import WIDTH, load, splat, store

Array = np.ndarray[Any, Any]

_TOGETHER = 64  # steps that stay in the cache of first level
# Shares of the largest posterior that are left out: of n steps a state loses n times that at
# most, 1e-6 of what the emptiest state has that is not re-seeded.
LEAST = 1e-16
_FUSED = {"contract"}


@njit(cache=True, nogil=True, fastmath=_FUSED)
def add_lines(x: Array, center: Array, shares: Array, mass: Array, sums: Array) -> None:
    """Add rows, weighted by shares (k, n), to (k,) and to sums of y and of y squared.

    y is a row of ``x`` (n, d) less ``center`` (d,); ``sums`` (4 ceil(k / 4), 8 ceil(d / 4))
    has what is beyond k and 2 d to fill the lanes.
    """
    (n, d), k = x.shape, len(mass)
    y, share = np.zeros((_TOGETHER, sums.shape[1])), np.zeros((_TOGETHER, len(sums)))
    for first in range(0, n, _TOGETHER):
        m = min(_TOGETHER, n - first)
        for t in range(m):
            row, here, out = x[first + t], y[t], share[t]
            for i in range(d):
                here[i] = row[i] - center[i]
            for i in range(d):
                here[d + i] = here[i] * here[i]
            for j in range(k):
                out[j] = shares[j, first + t]
                mass[j] += out[j]
        for j in range(0, len(sums), 4):
            for i in range(0, sums.shape[1], 2 * WIDTH):
                add_product(share, j, y, i, m, sums)


@njit(cache=True, nogil=True, fastmath=_FUSED)
def add_pairs(  # noqa: PLR0917
    x: Array,
    means: Array,
    shares: Array,
    least: float,
    mass: Array,
    first: Array,
    second: Array,
) -> None:
    """Add moments about means (k, p) of rows (n, d) to (k,), (k, p) and (k, p, p).

    Rows are weighted by shares (k, n) above the least. p is a multiple of 8 and what is beyond
    d is 0. Of ``second`` only what is on and above the diagonal is whole.
    """
    (n, d), p = x.shape, means.shape[1]
    z, row = np.zeros((_TOGETHER, p)), np.zeros((_TOGETHER, p))
    weight, chosen = np.zeros((_TOGETHER, 1)), np.empty(_TOGETHER, np.int64)
    for start in range(0, n, _TOGETHER):
        m = min(_TOGETHER, n - start)
        for t in range(m):
            for i in range(d):
                row[t, i] = x[start + t, i]
        for j in range(len(means)):
            count = 0
            for t in range(m):
                chosen[count] = t
                count += shares[j, start + t] > least
            for k in range(count):
                share = shares[j, start + chosen[k]]
                mass[j] += share
                weight[k, 0] = sqrt(share)
                _deviate(row, chosen[k], means, j, weight[k, 0], z, k)
            _add_first(weight, z, count, first, j)
            _add_upper(z, count, second[j])


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _deviate(  # noqa: PLR0917
    row: Array, t: int, means: Array, j: int, weight: float, z: Array, k: int
) -> None:
    """Write the deviation of a step from a state's mean, times a weight."""
    for i in range(0, means.shape[1], WIDTH):
        store(z, k, i, splat(weight) * (load(row, t, i) - load(means, j, i)))


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _add_first(weight: Array, z: Array, n: int, first: Array, j: int) -> None:
    for i in range(0, z.shape[1], WIDTH):
        part = splat(0.0)
        for t in range(n):
            part = part + splat(weight[t, 0]) * load(z, t, i)
        store(first, j, i, load(first, j, i) + part)


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _add_upper(z: Array, n: int, second: Array) -> None:
    """Add z.T @ z of n rows, on and above the diagonal."""
    for i in range(0, z.shape[1], 4):
        for j in range(i - i % 8, z.shape[1], 2 * WIDTH):
            add_product(z, i, z, j, n, second)


@njit(cache=True, nogil=True, fastmath=_FUSED)
def add_product(  # noqa: PLR0917
    a: Array, i: int, b: Array, j: int, n: int, out: Array
) -> None:
    """Add to out[i : i + 4, j : j + 8] the product of such columns of n rows of a and b."""
    p = q = r = s = splat(0.0)
    t, u, v, w = p, q, r, s
    for k in range(n):
        x, y = load(b, k, j), load(b, k, j + WIDTH)
        c, d, e, f = splat(a[k, i]), splat(a[k, i + 1]), splat(a[k, i + 2]), splat(a[k, i + 3])
        p, q, r, s = p + c * x, q + d * x, r + e * x, s + f * x
        t, u, v, w = t + c * y, u + d * y, v + e * y, w + f * y
    _add_to(out, i, j, p, t)
    _add_to(out, i + 1, j, q, u)
    _add_to(out, i + 2, j, r, v)
    _add_to(out, i + 3, j, s, w)


@njit(cache=True, nogil=True)
def _add_to(out: Array, i: int, j: int, left: Any, right: Any) -> None:
    store(out, i, j, load(out, i, j) + left)
    store(out, i, j + WIDTH, load(out, i, j + WIDTH) + right)
