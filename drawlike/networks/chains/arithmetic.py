"""What passes do to rows, all of it in vector registers."""

import numpy as np
from numba import njit

from .octets import EIGHT, exp, larger, largest_of, load, splat, store, sum_of
from .parts import INNER, F, put

ZERO, ONE = F(0.0), F(1.0)
_NEVER, _TINY = F(-1e30), F(1e-37)


@njit(inline="always")
def activate(hidden: np.ndarray, chance: np.ndarray, n: int, act: np.ndarray) -> None:
    """Hidden units of sums, of which chance leaves some out."""
    for r in range(n):
        for j in range(0, hidden.shape[1], EIGHT):
            store(act, r, j, larger(load(hidden, r, j), splat(ZERO)) * load(chance, r, j))


@njit(**INNER)
def believe(beliefs: np.ndarray, n: int, share: np.ndarray) -> None:
    """Make shares of classes of their logarithms, and normalise these, too.

    Logarithms of probabilities were added to normalised ones since, so that none is above 0.
    """
    for r in range(n):
        total = splat(ZERO)
        for c in range(0, beliefs.shape[1], EIGHT):
            part = exp(load(beliefs, r, c))
            store(share, r, c, part)
            total = total + part
        mass = sum_of(total)
        scale, log = splat(ONE / mass), splat(F(np.log(mass)))
        for c in range(0, beliefs.shape[1], EIGHT):
            store(share, r, c, load(share, r, c) * scale)
            store(beliefs, r, c, load(beliefs, r, c) - log)


@njit(inline="always")
def logit(p: np.float32) -> np.float32:
    """Log-odds, within what float32 tells from 0 and 1."""
    p = min(max(p, F(1e-7)), F(1 - 1e-7))
    return np.log(p / (ONE - p))


@njit(**INNER)
def pick(rows: np.ndarray, codes: np.ndarray, usual: int, picked: np.ndarray) -> int:
    """Put rows of another code than the usual one side by side; gives how many."""
    m = 0
    for r in range(len(codes)):
        if codes[r] >= 0 and codes[r] != usual:
            put(picked, m, rows, r)
            m += 1
    return m


@njit(inline="always")
def dot(rows: np.ndarray, n: int, table: np.ndarray, at: int, out: np.ndarray) -> None:
    """Write rows @ table[at], (n,)."""
    for r in range(n):
        total = splat(ZERO)
        for j in range(0, table.shape[1], EIGHT):
            total = total + load(rows, r, j) * load(table, at, j)
        out[r] = sum_of(total)


@njit(inline="always")
def scale(table: np.ndarray, r: int, by: np.float32) -> None:
    """Multiply a row."""
    for j in range(0, table.shape[1], EIGHT):
        store(table, r, j, load(table, r, j) * splat(by))


@njit(inline="always")
def weigh(  # noqa: PLR0917
    table: np.ndarray,
    first: int,
    last: int,
    mix: np.ndarray,
    begin: int,
    end: int,
    bias: np.ndarray,
    at: int,
    left_out: int,
    total: np.ndarray,
) -> None:
    """Make weights of some rows and columns of logits, in place, in proportion to ``mix``; and their totals.

    Biases of the logits begin at ``bias[0, at]``.
    """
    for r in range(first, last):
        if left_out >= 0:
            table[r, left_out] = _NEVER
        top = splat(_NEVER)
        for c in range(begin, end, EIGHT):
            logits = load(table, r, c) + load(bias, 0, at + c)
            store(table, r, c, logits)
            top = larger(logits, top)
        most, mass = splat(largest_of(top)), splat(ZERO)
        for c in range(begin, end, EIGHT):
            weight = exp(load(table, r, c) - most) * load(mix, r, c)
            store(table, r, c, weight)
            mass = mass + weight
        total[r] = sum_of(mass)


@njit(inline="always")
def log_of(p: np.float32) -> np.float32:
    """Logarithm of a probability that float32 may take for 0."""
    return np.log(max(p, _TINY))


@njit(inline="always")
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x))."""
    return ONE / (ONE + np.exp(-x))


@njit(inline="always")
def log_sigmoid(x: np.float32) -> np.float32:
    """Logarithm of :func:`sigmoid`."""
    return min(x, ZERO) - np.log(ONE + np.exp(-abs(x)))
