"""What passes do to rows: most of it in vector registers."""

import numpy as np
from numba import njit

from .parts import F

ZERO, ONE, QUARTER = F(0.0), F(1.0), F(0.25)
_END, TINY = F(7.9), F(1e-12)


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def activate(hidden: np.ndarray, chance: np.ndarray, act: np.ndarray) -> None:
    """Hidden units of sums, of which chance leaves some out."""
    for r in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            act[r, j] = max(hidden[r, j], ZERO) * chance[r, j]


@njit(cache=True, fastmath=True, nogil=True)
def believe(beliefs: np.ndarray, share: np.ndarray) -> None:
    """Make shares of classes of their logarithms, up to a constant."""
    for r in range(len(beliefs)):
        largest, total = F(-3e38), ZERO
        for c in range(beliefs.shape[1]):
            largest = max(largest, beliefs[r, c])
        for c in range(beliefs.shape[1]):
            share[r, c] = _exp(beliefs[r, c] - largest)
            total += share[r, c]
        scale = ONE / total
        for c in range(beliefs.shape[1]):
            share[r, c] *= scale


@njit(cache=True, fastmath=True, nogil=True)
def logit(p: np.float32) -> np.float32:
    """Log-odds, within what float32 tells from 0 and 1."""
    p = min(max(p, F(1e-7)), F(1 - 1e-7))
    return np.log(p / (ONE - p))


@njit(cache=True, fastmath=True, nogil=True)
def pick(act: np.ndarray, codes: np.ndarray, usual: int, picked: np.ndarray) -> int:
    """Put rows of another code than the usual one side by side; gives how many."""
    m = 0
    for r in range(len(act)):
        if codes[r] >= 0 and codes[r] != usual:
            picked[m] = act[r]
            m += 1
    return m


@njit(cache=True, fastmath=True, nogil=True)
def normalise(  # noqa: PLR0917
    row: np.ndarray,
    mix: np.ndarray,
    bias: np.ndarray,
    prior: np.ndarray,
    has_prior: bool,
    left_out: int,
    code: int,
) -> np.float32:
    """Make probabilities of logits, in place, in proportion to ``mix``; gives the code's log."""
    largest = _biased(row, bias, prior, has_prior, left_out)
    code = max(code, 0)
    own, total = row[code] - largest + np.log(max(mix[code], TINY)), ZERO
    for k in range(len(row)):
        row[k] = _exp(row[k] - largest) * max(mix[k], TINY)
        total += row[k]
    if left_out >= 0:
        total -= row[left_out]
        row[left_out] = ZERO
    scale = ONE / total
    for k in range(len(row)):
        row[k] *= scale
    return own - np.log(total)


@njit(cache=True, fastmath=True, nogil=True)
def _biased(
    row: np.ndarray, bias: np.ndarray, prior: np.ndarray, has_prior: bool, left_out: int
) -> np.float32:
    """Add biases to logits, in place; gives the largest."""
    for k in range(len(row)):
        row[k] += bias[k]
    if has_prior:
        for k in range(len(row)):
            row[k] += prior[k]
    if left_out >= 0:
        row[left_out] = F(-1e30)
    largest = row[0]
    for k in range(len(row)):
        largest = max(largest, row[k])
    return largest


@njit(cache=True, fastmath=True, nogil=True)
def chosen(row: np.ndarray, level: np.float32, left_out: int) -> int:
    """Give the code at which probabilities, added up, pass a level."""
    total, last = ZERO, 0
    for k in range(len(row)):
        if k != left_out:
            total += row[k]
            last = k
            if level < total:
                return k
    return last


@njit(cache=True, fastmath=True, nogil=True)
def to_error(row: np.ndarray, code: int, slope: np.float32, to_bias: np.ndarray) -> None:
    """Make a gradient by logits of probabilities, in place."""
    if code < 0:
        row[:] = ZERO
        return
    for k in range(len(row)):
        row[k] *= -slope
    row[code] += slope
    for k in range(len(row)):
        to_bias[k] += row[k]


@njit(cache=True, fastmath=True, nogil=True)
def rectified(hidden: np.ndarray, act: np.ndarray) -> None:
    """Hidden units of sums."""
    for r in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            act[r, j] = max(hidden[r, j], ZERO)


@njit(cache=True, fastmath=True, nogil=True)
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x))."""
    return ONE / (ONE + np.exp(-x))


@njit(cache=True, fastmath=True, nogil=True)
def log_sigmoid(x: np.float32) -> np.float32:
    """Logarithm of :func:`sigmoid`."""
    return min(x, ZERO) - np.log(ONE + np.exp(-abs(x)))


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _exp(x: np.float32) -> np.float32:
    """exp(x) for x of at most 0, by a rational function that runs in vector registers.

    It is ((1 + t) / (1 - t))^2 with t = tanh(x / 4), whose function is Eigen's; relative errors
    are below 1e-3 where the value is 1e-13, and 1e-6 where it counts.
    """
    x = max(QUARTER * x, -_END)
    s = x * x
    p = F(-2.76076847742355e-16) * s + F(2.00018790482477e-13)
    p = (p * s + F(-8.60467152213735e-11)) * s + F(5.12229709037114e-08)
    p = (p * s + F(1.48572235717979e-05)) * s + F(6.37261928875436e-04)
    p = (p * s + F(4.89352455891786e-03)) * x
    q = F(1.19825839466702e-06) * s + F(1.18534705686654e-04)
    q = (q * s + F(2.26843463243900e-03)) * s + F(4.89352518554385e-03)
    root = (q + p) / (q - p)
    return root * root
