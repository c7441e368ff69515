"""From log-densities (S, n) to densities (n, S) that the recursions can take."""

from typing import Any

import numpy as np
from numba import njit
from torch import Tensor

from ..powers import LOG2_E, raise_two

Array = np.ndarray[Any, Any]

FLOOR = -1e250  # log-density of a step beyond the reach of float64
_TOGETHER = 64  # steps that stay in the cache of first level
_LINE = 8  # numbers in a line of the cache


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
        raise_two(block.reshape(-1))
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
            powers[t] = (value - top[t]) * LOG2_E


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
