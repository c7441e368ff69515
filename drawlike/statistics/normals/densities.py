"""Log-densities of complete steps in every state, by deviations, compiled.

Two vectors of steps and four columns at a time, so that every sum stays in a register.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..lanes import WIDTH, load, splat, store

Array = np.ndarray[Any, Any]

_TOGETHER = 64  # steps that stay in the cache of first level
_FUSED = {"contract"}


class Lines(NamedTuple):
    """Independent columns: means and rates (S, d), one over standard deviations; constants (S,)."""

    means: Array
    rates: Array
    constants: Array


class Whole(NamedTuple):
    """A covariance a state: whitened columns are ``offsets`` (S, p) plus ``whiteners`` times y.

    y is a step less ``center`` (d,). ``whiteners`` (S, p, p) are by column of y first, upper
    triangles, with p a multiple of 4 of which what is beyond d is 0; ``constants`` are (S,).
    """

    center: Array
    offsets: Array
    whiteners: Array
    constants: Array


@njit(cache=True, nogil=True, fastmath=_FUSED)
def write_lines(x: Array, lines: Lines, out: Array) -> None:
    """Write log-densities (S, n) of steps (n, d)."""
    (n, d), pair = x.shape, 2 * WIDTH
    y, distance = np.zeros((d, _TOGETHER)), np.empty((1, _TOGETHER))
    for first in range(0, n, _TOGETHER):
        some = x[first : first + _TOGETHER]
        for i in range(d):
            for r in range(len(some)):
                y[i, r] = some[r, i]
        for j in range(len(lines.means)):
            for r in range(0, _TOGETHER, pair):
                a = b = splat(0.0)
                for i in range(d):
                    mean, rate = splat(lines.means[j, i]), splat(lines.rates[j, i])
                    z, w = (load(y, i, r) - mean) * rate, (load(y, i, r + WIDTH) - mean) * rate
                    a, b = a + z * z, b + w * w
                store(distance, 0, r, a)
                store(distance, 0, r + WIDTH, b)
            _finish(distance[0], lines.constants[j], out[j, first : first + len(some)])


@njit(cache=True, nogil=True, fastmath=_FUSED)
def write_whole(x: Array, whole: Whole, out: Array) -> None:
    """Write log-densities (S, n) of steps (n, d)."""
    (n, d), p = x.shape, whole.offsets.shape[1]
    y, distance = np.zeros((p, _TOGETHER)), np.empty((1, _TOGETHER))
    for first in range(0, n, _TOGETHER):
        some = x[first : first + _TOGETHER]
        for i in range(d):
            for r in range(len(some)):
                y[i, r] = some[r, i] - whole.center[i]
        for j in range(len(whole.offsets)):
            for r in range(0, _TOGETHER, 2 * WIDTH):
                _add_squares(y, r, whole.offsets[j], whole.whiteners[j], distance)
            _finish(distance[0], whole.constants[j], out[j, first : first + len(some)])


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _add_squares(y: Array, r: int, offset: Array, whitener: Array, distance: Array) -> None:
    left = right = splat(0.0)
    for i in range(0, len(offset), 4):
        a, b, c, d = (
            splat(offset[i]),
            splat(offset[i + 1]),
            splat(offset[i + 2]),
            splat(offset[i + 3]),
        )
        e, f, g, h = a, b, c, d
        for j in range(i + 4):
            u, v = load(y, j, r), load(y, j, r + WIDTH)
            p, q = splat(whitener[j, i]), splat(whitener[j, i + 1])
            s, t = splat(whitener[j, i + 2]), splat(whitener[j, i + 3])
            a, b, c, d = a + p * u, b + q * u, c + s * u, d + t * u
            e, f, g, h = e + p * v, f + q * v, g + s * v, h + t * v
        left = left + ((a * a + b * b) + (c * c + d * d))
        right = right + ((e * e + f * f) + (g * g + h * h))
    store(distance, 0, r, left)
    store(distance, 0, r + WIDTH, right)


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _finish(distance: Array, constant: float, out: Array) -> None:
    for r in range(len(out)):
        out[r] = constant - distance[r] / 2
