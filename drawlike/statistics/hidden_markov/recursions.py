"""Forward and backward recursions without logarithms (Rabiner 1989, section V.A).

    u_t = b_t * (u_{t-1} / c_{t-1}) P,       c_t = sum u_t
    v_t = P (b_{t+1} * v_{t+1} / d_{t+1}),   d_t = sum v_t

Rows of ``emission`` b_t are divided by their greatest value, whose log is added back to the
likelihood, so that log p(x_t | x_<t) = log c_t plus that log. A vector is divided by its sum
only when the next one is made, and the sum is taken meanwhile.

Arrays of all steps are (N, S); sequence i has the steps bounds[i] .. bounds[i + 1].
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..lanes import WIDTH, load, splat, store

_TINY = 1e-280  # below, float64 loses digits, and then the number
_AGREE = 1e-8
_FUSED = {"contract"}  # sums in any order would be slower here
_LOOSE = {"reassoc", "contract", "nsz", "arcp"}  # sums in any order; no licence for NaN


class Sequences(NamedTuple):
    """Emissions (N, S), bounds (m + 1,) and weights (m,) of sequences."""

    emission: np.ndarray
    bounds: np.ndarray
    weight: np.ndarray


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _propagate(vector: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """Write vector (n,) @ matrix (n, p) to (1, p), p a multiple of the lanes."""
    whole = out.shape[1] - out.shape[1] % (4 * WIDTH)
    for j in range(0, whole, 4 * WIDTH):
        _propagate_four(vector, matrix, j, out)
    for j in range(whole, out.shape[1], WIDTH):
        total = splat(0.0)
        for i in range(len(vector)):
            total = total + splat(vector[i]) * load(matrix, i, j)
        store(out, 0, j, total)


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _propagate_four(vector: np.ndarray, matrix: np.ndarray, j: int, out: np.ndarray) -> None:
    """Write four vectors from column j on; even and odd rows wait for each other less."""
    n, k, m = len(vector), j + 2 * WIDTH, j + 3 * WIDTH
    a = b = c = d = splat(0.0)
    p, q, r, s = a, b, c, d
    for i in range(0, n - 1, 2):
        u, v = splat(vector[i]), splat(vector[i + 1])
        a, b = a + u * load(matrix, i, j), b + u * load(matrix, i, j + WIDTH)
        c, d = c + u * load(matrix, i, k), d + u * load(matrix, i, m)
        p, q = p + v * load(matrix, i + 1, j), q + v * load(matrix, i + 1, j + WIDTH)
        r, s = r + v * load(matrix, i + 1, k), s + v * load(matrix, i + 1, m)
    if n % 2:
        u = splat(vector[n - 1])
        a, b = a + u * load(matrix, n - 1, j), b + u * load(matrix, n - 1, j + WIDTH)
        c, d = c + u * load(matrix, n - 1, k), d + u * load(matrix, n - 1, m)
    store(out, 0, j, a + p)
    store(out, 0, j + WIDTH, b + q)
    store(out, 0, k, c + r)
    store(out, 0, m, d + s)


@njit(cache=True, nogil=True)
def _widened(matrix: np.ndarray) -> np.ndarray:
    """Columns of 0 up to a multiple of the lanes, (n, p)."""
    n = matrix.shape[1]
    out = np.zeros((len(matrix), -(-n // WIDTH) * WIDTH))
    out[:, :n] = matrix
    return out


@njit(cache=True, nogil=True, fastmath=_FUSED, error_model="numpy")
def forward(
    sequences: Sequences,
    start: np.ndarray,
    transitions: np.ndarray,
    u: np.ndarray,
    c: np.ndarray,
) -> None:
    """Fill u (N, S) and c (N,)."""
    emission, bounds, _ = sequences
    matrix = _widened(transitions)
    arriving = np.empty((1, matrix.shape[1]))
    for i in range(len(bounds) - 1):
        scale = 1.0
        for t in range(bounds[i], bounds[i + 1]):
            if t == bounds[i]:
                arriving[0, : len(start)] = start
            else:
                _propagate(u[t - 1], matrix, arriving)
            row, factor, total = u[t], emission[t], 0.0
            for j in range(len(start)):
                value = arriving[0, j] * factor[j] * scale
                row[j] = value
                total += value
            c[t] = total
            scale = 1.0 / total


@njit(cache=True, nogil=True, fastmath=_FUSED, error_model="numpy")
def backward(sequences: Sequences, transposed: np.ndarray, v: np.ndarray, d: np.ndarray) -> None:
    """Fill v (N, S) and d (N,)."""
    emission, bounds, _ = sequences
    n, matrix = len(transposed), _widened(transposed)
    weighted, arriving = np.empty(n), np.empty((1, matrix.shape[1]))
    for i in range(len(bounds) - 1):
        last = bounds[i + 1] - 1
        if last < bounds[i]:
            continue
        v[last] = 1.0
        d[last] = n
        for t in range(last - 1, bounds[i] - 1, -1):
            ahead, factor, scale = v[t + 1], emission[t + 1], 1.0 / d[t + 1]
            for j in range(n):
                weighted[j] = ahead[j] * factor[j]
            row, total = v[t], 0.0
            _propagate(weighted, matrix, arriving)
            for j in range(n):
                row[j] = arriving[0, j] * scale
                total += row[j]
            d[t] = total


@njit(cache=True, nogil=True, fastmath=_LOOSE, error_model="numpy")
def combine(
    sequences: Sequences,
    ahead: tuple[np.ndarray, np.ndarray],
    back: tuple[np.ndarray, np.ndarray],
    sound: np.ndarray,
) -> None:
    """Turn v into posteriors and emission into w, with the sequence's weight.

    P * (u[:-1].T @ w[1:]) are the expected numbers of transitions; the first w of a sequence
    is 0. ``ahead`` is (u, c), and ``back`` is (v, d). Forward and backward agree that c_t h_{t+1} = d_{t+1} h_t
    with h_t = u_t v_t, unless states that matter later fell below what float64 can tell from
    0; ``sound`` (m,) tells.
    """
    (emission, bounds, weight), (u, c), (v, d) = sequences, ahead, back
    for i in range(len(bounds) - 1):
        sound[i] = True
        left, n = 0.0, u.shape[1]
        for t in range(bounds[i], bounds[i + 1]):
            h = 0.0
            for j in range(n):
                h += u[t, j] * v[t, j]
            first = t == bounds[i]
            if not (h > _TINY and c[t] > _TINY and d[t] > _TINY):
                sound[i] = False
                break
            if not first and abs(c[t - 1] * h - d[t] * left) > _AGREE * d[t] * left:
                sound[i] = False
                break
            onward = 0.0 if first else weight[i] / (d[t] * left)
            share = weight[i] / h
            for j in range(n):
                emission[t, j] *= v[t, j] * onward
                v[t, j] *= u[t, j] * share
            left = h


@njit(cache=True, nogil=True, fastmath=_LOOSE)
def add_products(u: np.ndarray, w: np.ndarray, total: np.ndarray) -> None:
    """Add u.T @ w to total (S, S); faster than a general product of such narrow matrices."""
    steps, n = u.shape
    whole = steps - steps % 4
    for t in range(0, whole, 4):
        for i in range(n):
            a, b, c, d = u[t, i], u[t + 1, i], u[t + 2, i], u[t + 3, i]
            for j in range(n):
                total[i, j] += (a * w[t, j] + b * w[t + 1, j]) + (c * w[t + 2, j] + d * w[t + 3, j])
    for t in range(whole, steps):
        for i in range(n):
            for j in range(n):
                total[i, j] += u[t, i] * w[t, j]
