"""From log-densities (S, n) to densities (n, S) that the recursions can take."""

import math
from typing import Any

import numpy as np
from numba import njit
from torch import Tensor

Array = np.ndarray[Any, Any]

FLOOR = -1e250  # log-density of a step beyond the reach of float64
_LOG2_E = 1 / math.log(2)
_TOGETHER = 64  # steps that stay in the cache of first level
_LINE = 8  # numbers in a line of the cache
_LEAST = -1000.0  # powers of 2 below are 0 to the recursions
_WHOLE = 1.5 * 2.0**52  # added to a number, it leaves the nearest whole one in the last bits
_FUSED = {"contract"}
# 2^f, |f| <= 1/2, by its Taylor series: to a unit in the last place
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12 = (
    math.log(2) ** k / math.factorial(k) for k in range(1, 13)
)


def write_relative(values: Tensor, top: Array, out: Array) -> None:
    """Write densities over the greatest of each step, (n, S), and the log of that, (n,)."""
    _write_relative(values.numpy(), top, out)


@njit(cache=True, nogil=True)
def _write_relative(values: Array, top: Array, out: Array) -> None:
    n_states, steps = values.shape
    block = np.zeros((n_states, _TOGETHER))
    for first in range(0, steps, _TOGETHER):
        last = min(steps, first + _TOGETHER)
        _lower(values, first, top[first:last], block)
        _raise_two(block.reshape(-1))
        transpose(block, out[first:last])


@njit(cache=True, nogil=True)
def _lower(values: Array, first: int, top: Array, out: Array) -> None:
    """Take the greatest of each step from its values, and write powers of 2."""
    for t in range(len(top)):
        top[t] = FLOOR
    for s in range(len(values)):
        row = values[s, first : first + len(top)]
        for t in range(len(top)):
            top[t] = row[t] if row[t] > top[t] else top[t]  # noqa: FURB136
    for s in range(len(values)):
        row, powers = values[s, first : first + len(top)], out[s]
        for t in range(len(top)):
            value = row[t] if row[t] > FLOOR else FLOOR  # noqa: FURB136
            powers[t] = (value - top[t]) * _LOG2_E


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _raise_two(powers: Array) -> None:
    for i in range(len(powers)):
        powers[i] = _exp2(powers[i])


@njit(cache=True, nogil=True, fastmath=_FUSED, inline="always")
def _exp2(z: float) -> float:
    """2^z for z <= 0, by operations that become vector instructions."""
    least = z if z > _LEAST else _LEAST  # noqa: FURB136 (a compiled max is slower)
    whole = least + _WHOLE
    f = least - (whole - _WHOLE)
    p = ((((_C12 * f + _C11) * f + _C10) * f + _C9) * f + _C8) * f + _C7
    p = ((((p * f + _C6) * f + _C5) * f + _C4) * f + _C3) * f + _C2
    bits = (np.float64(whole).view(np.int64) + np.int64(1023)) << np.int64(52)
    power = ((p * f + _C1) * f + 1.0) * np.int64(bits).view(np.float64)
    return power if z > _LEAST else 0.0


@njit(cache=True, nogil=True)
def transpose(values: np.ndarray, out: np.ndarray) -> None:
    """Copy (S, n), of which there may be more, to (n, S), a line of the cache at a time."""
    steps = len(out)
    for first in range(0, steps, _LINE):
        for s in range(len(values)):
            for t in range(first, min(steps, first + _LINE)):
                out[t, s] = values[s, t]


@njit(cache=True, nogil=True)
def gather(values: np.ndarray, out: np.ndarray) -> None:
    """Copy (n, S) to (S, n), a line of the cache at a time."""
    steps, n = values.shape
    for first in range(0, steps, _LINE):
        for s in range(n):
            for t in range(first, min(steps, first + _LINE)):
                out[s, t] = values[t, s]
