"""States of the two sides of the gradient: of rows, and of chains.

A binary state is the list of its units that are on, so the products with the weights are
sums of some of their rows; only the hidden states, half of which may be on, take a
matrix product.
"""

import numpy as np
from numba import njit

from ..random import fill_uniform
from .arithmetic import HALF, ONE, TWO, ZERO, add_rows, sigmoid, tanh
from .arrays import Chains, Data, Scratch, Weights


@njit(cache=True, fastmath=True)
def positive(data: Data, weights: Weights, order: np.ndarray, scratch: Scratch) -> None:
    """Hidden probabilities given the rows of a batch."""
    n_missing = len(data.missing)
    for r in range(len(order)):
        row = order[r]
        x, on = data.x[row], scratch.on
        if n_missing and data.missing[row].any():
            _read(x, on, data.grey, scratch)
            _listed(on, data.label[row], r, scratch)
            _excite(weights, r, scratch)
            _draw_missing(x, data.missing[row], weights, r, scratch)
        _read(x, on, data.grey, scratch)
        _listed(on, data.label[row], r, scratch)
        _excite(weights, r, scratch)
        scratch.share[r] = data.weight[row] / np.float32(len(order))


@njit(cache=True, fastmath=True)
def _read(x: np.ndarray, on: np.ndarray, grey: bool, scratch: Scratch) -> None:
    """Bits of a row, drawn afresh at every visit where it holds probabilities."""
    if grey:
        fill_uniform(scratch.random, scratch.uniform[: (len(x) + 63) // 64 * 64])
        for i in range(len(x)):
            on[i] = x[i] > scratch.uniform[i]
    else:
        for i in range(len(x)):
            on[i] = x[i] > HALF


@njit(cache=True, fastmath=True)
def _draw_missing(
    x: np.ndarray,
    missing: np.ndarray,
    weights: Weights,
    r: int,
    scratch: Scratch,
) -> None:
    """Move the missing cells of a row one Gibbs sweep on; they stay in the row."""
    h = scratch.hidden[r]
    fill_uniform(scratch.random, scratch.uniform[: (len(h) + 63) // 64 * 64])
    for j in range(len(h)):
        h[j] = np.float32(scratch.uniform[j] < h[j])
    fill_uniform(scratch.random, scratch.uniform[: (len(x) + 63) // 64 * 64])
    lean = np.dot(h, weights.drift)
    for i in range(len(x)):
        if missing[i]:
            w = weights.visible[i]
            field = weights.visible_bias[i] - weights.visible_center[i] * lean
            for j in range(len(h)):
                field += w[j] * h[j]
            x[i] = np.float32(scratch.uniform[i] < sigmoid(field))


@njit(cache=True, fastmath=True)
def begin_at_rows(data: Data, order: np.ndarray, scratch: Scratch, chains: Chains) -> None:
    """Start chains at the rows of a batch (contrastive divergence, Hinton 2002)."""
    for r in range(len(order)):
        _draw_hidden(scratch.hidden[r], chains.hidden[r], scratch)
        chains.label[r] = data.label[order[r]]
        chains.weight[r] = data.weight[order[r]] / np.float32(len(order))


@njit(cache=True, fastmath=True)
def negative(weights: Weights, chains: Chains, n: int, scratch: Scratch) -> None:
    """Move the chains one Gibbs sweep on; their states stand behind those of the batch."""
    n_visible, on, field = len(weights.visible), scratch.on, scratch.field
    # this way round the product is twice as fast for few chains
    fields = np.dot(weights.visible, chains.hidden.T)
    for c in range(len(chains.hidden)):
        r = n + c
        lean = np.dot(chains.hidden[c], weights.drift)
        for i in range(n_visible):
            field[i] = fields[i, c] + weights.visible_bias[i] - lean * weights.visible_center[i]
        fill_uniform(scratch.random, scratch.uniform[: (n_visible + 63) // 64 * 64])
        for i in range(n_visible):
            p, q = tanh(HALF * field[i])
            on[i] = (TWO * scratch.uniform[i] - ONE) * q < p  # u < sigmoid, undivided
        _listed(on, chains.label[c], r, scratch)
        _excite(weights, r, scratch)
        _draw_hidden(scratch.hidden[r], chains.hidden[c], scratch)
        scratch.share[r] = -chains.weight[c]


@njit(cache=True, fastmath=True)
def _draw_hidden(probability: np.ndarray, into: np.ndarray, scratch: Scratch) -> None:
    fill_uniform(scratch.random, scratch.uniform[: (len(into) + 63) // 64 * 64])
    for j in range(len(into)):
        into[j] = scratch.uniform[j] < probability[j]


@njit(cache=True, fastmath=True)
def _listed(on: np.ndarray, label: int, r: int, scratch: Scratch) -> None:
    """List the units that are on; the last one is the label's, if there is one."""
    units, n = scratch.units[r], 0
    for i in range(len(on)):
        units[n] = i
        n += on[i]
    if label >= 0:
        units[n] = label
        n += 1
    scratch.counts[r] = n


@njit(cache=True, fastmath=True)
def _excite(weights: Weights, r: int, scratch: Scratch) -> None:
    """Hidden probabilities given the units that are on."""
    h, units, lean = scratch.hidden[r], scratch.units[r, : scratch.counts[r]], ZERO
    for i in units:
        lean += weights.visible_center[i]
    for j in range(len(h)):
        h[j] = weights.hidden_bias[j] - lean * weights.drift[j]
    add_rows(weights.all, units, h)
    for j in range(len(h)):
        h[j] = sigmoid(h[j])
