"""The compiled loop that draws two-valued variables from a masked network."""

from typing import NamedTuple

import numpy as np
from numba import njit


class BlockOfBits(NamedTuple):
    """What the units of a block of variables see of the block itself.

    Parameters
    ----------
    weights : tuple of (rows, columns) float32
        Of each hidden layer, of the log-odds from the last one, and from the inputs.
    known : (layers + 1, variables + 1)
        How many of the block's inputs and units are known after so many of its variables.
    starts : (layers + 2,)
        Where the block's inputs, units and log-odds begin in the state.
    residual : (layers,) bool
        Whether a hidden layer is added to the one below.
    """

    weights: tuple[np.ndarray, ...]
    known: np.ndarray
    starts: np.ndarray
    residual: np.ndarray


@njit(cache=True, fastmath=True)
def draw_bits_of(block: BlockOfBits, state: np.ndarray, threshold: np.ndarray) -> None:
    """Finish a block: units, log-odds, and bits, one variable after the other.

    ``state`` (units, n) float32 holds inputs, hidden layers and log-odds; of unfinished units
    the sums over earlier blocks. A bit is 1 where its log-odds are above the ``threshold``
    (variables, n).
    """
    weights, known, starts, residual = block
    n_hidden = len(residual)
    for t in range(len(threshold)):
        for layer in range(n_hidden):
            below, here = starts[layer], starts[layer + 1]
            seen = known[layer, t + (layer > 0)]
            for unit in range(known[layer + 1, t], known[layer + 1, t + 1]):
                row = state[here + unit]
                _add_rows(weights[layer][unit], state, below, seen, row)
                if residual[layer]:
                    from_below = state[below + unit]
                    for j in range(len(row)):
                        row[j] = max(row[j], np.float32(0)) + from_below[j]
                else:
                    for j in range(len(row)):
                        row[j] = max(row[j], np.float32(0))
        odds, bit = state[starts[n_hidden + 1] + t], state[starts[0] + t]
        _add_rows(weights[n_hidden][t], state, starts[n_hidden], known[n_hidden, t + 1], odds)
        _add_rows(weights[n_hidden + 1][t], state, starts[0], t, odds)
        for j in range(len(bit)):
            bit[j] = np.float32(1) if odds[j] > threshold[t, j] else np.float32(-1)


@njit(cache=True, fastmath=True)
def _add_rows(
    weight: np.ndarray, state: np.ndarray, start: int, count: int, total: np.ndarray
) -> None:
    """Add weighted rows of the state, four at a time to halve the traffic of the total."""
    at = 0
    while at + 4 <= count:
        a, b = state[start + at], state[start + at + 1]
        c, d = state[start + at + 2], state[start + at + 3]
        p, q, r, s = weight[at], weight[at + 1], weight[at + 2], weight[at + 3]
        for j in range(len(total)):
            total[j] += (p * a[j] + q * b[j]) + (r * c[j] + s * d[j])
        at += 4
    while at < count:
        a, p = state[start + at], weight[at]
        for j in range(len(total)):
            total[j] += p * a[j]
        at += 1
