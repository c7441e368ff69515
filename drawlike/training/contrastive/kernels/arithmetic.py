"""Sums of rows and sigmoids, in float32 and in vector registers."""

import numpy as np
from numba import njit

F = np.float32
ZERO, ONE, TWO, HALF = F(0.0), F(1.0), F(2.0), F(0.5)
_TANH_END = F(7.90531110763549805)


@njit(cache=True, fastmath=True)
def add_rows(table: np.ndarray, rows: np.ndarray, total: np.ndarray) -> None:
    """Add some rows of a table, four at a time to halve the traffic of the total."""
    n, at = len(rows), 0
    while at + 4 <= n:
        a, b = table[rows[at]], table[rows[at + 1]]
        c, d = table[rows[at + 2]], table[rows[at + 3]]
        for j in range(len(total)):
            total[j] += (a[j] + b[j]) + (c[j] + d[j])
        at += 4
    while at < n:
        a = table[rows[at]]
        for j in range(len(total)):
            total[j] += a[j]
        at += 1


@njit(cache=True, fastmath=True)
def sigmoid(x: np.float32) -> np.float32:
    """1 / (1 + exp(-x))."""
    p, q = tanh(HALF * x)
    return HALF + HALF * p / q


@njit(cache=True, fastmath=True)
def tanh(x: np.float32) -> tuple[np.float32, np.float32]:
    """Numerator and denominator of tanh, to a few units in the last place.

    The rational function is Eigen's; unlike ``exp`` it runs in vector registers.
    """
    x = min(max(x, -_TANH_END), _TANH_END)
    s = x * x
    p = F(-2.76076847742355e-16) * s + F(2.00018790482477e-13)
    p = (p * s + F(-8.60467152213735e-11)) * s + F(5.12229709037114e-08)
    p = (p * s + F(1.48572235717979e-05)) * s + F(6.37261928875436e-04)
    p = p * s + F(4.89352455891786e-03)
    q = F(1.19825839466702e-06) * s + F(1.18534705686654e-04)
    q = (q * s + F(2.26843463243900e-03)) * s + F(4.89352518554385e-03)
    return p * x, q
