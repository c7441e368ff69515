"""From log-densities (S, n) to densities (n, S) that the recursions can take."""

import math

import numpy as np
from numba import njit
from torch import Tensor

FLOOR = -1e250  # log-density of a step beyond the reach of float64
_LOG2_E = 1 / math.log(2)
_AT_ONCE = 4096  # steps that stay in a cache
_LINE = 8  # numbers in a line of the cache


def write_relative(values: Tensor, top: np.ndarray, out: np.ndarray) -> None:
    """Write densities over the greatest of each step, and the log of that, (n,).

    ``values`` are used up.
    """
    for first in range(0, len(top), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        block = values[:, some]
        _lower(block.numpy(), top[some])
        transpose(block.exp2_().numpy(), out[some])  # a base of 2 is the fastest


@njit(cache=True, nogil=True)
def _lower(values: np.ndarray, top: np.ndarray) -> None:
    """Take the greatest of each step from its values, and turn them into powers of 2."""
    for t in range(len(top)):
        top[t] = FLOOR
    for row in values:
        for t in range(len(top)):
            top[t] = max(top[t], row[t])
    for row in values:
        for t in range(len(top)):
            row[t] = ((max(FLOOR, row[t])) - top[t]) * _LOG2_E


@njit(cache=True, nogil=True)
def transpose(values: np.ndarray, out: np.ndarray) -> None:
    """Copy (S, n) to (n, S), a line of the cache at a time."""
    steps = values.shape[1]
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
