"""Forward and backward recursions without logarithms (Rabiner 1989, section V.A).

    u_t = b_t * (u_{t-1} / c_{t-1}) P,       c_t = sum u_t
    v_t = P (b_{t+1} * v_{t+1} / d_{t+1}),   d_t = sum b_t * v_t

Rows of ``emission`` b_t are divided by their greatest value, whose log is added back to the
likelihood, so that log p(x_t | x_<t) = log c_t plus that log. A vector is divided by its sum
only when the next one is made, and the sum is taken meanwhile.

Arrays of all steps are (N, S); sequence i has the steps bounds[i] .. bounds[i + 1].
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from ..lanes import WIDTH, load, splat, store

LANES = 4  # pieces of sequences at a time
_TINY = 1e-280  # below, float64 loses digits, and then the number
_AGREE = 1e-8
_SAME = 1e-13  # relative difference of vectors, most of which is rounding
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


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _propagate_lanes(vectors: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """Write vectors (4, n) @ matrix (n, p) to (4, p), p a multiple of two vectors of lanes."""
    for j in range(0, out.shape[1], 2 * WIDTH):
        a = b = c = d = splat(0.0)
        e, f, g, h = a, b, c, d
        for i in range(len(matrix)):
            x, y = load(matrix, i, j), load(matrix, i, j + WIDTH)
            p, q = splat(vectors[0, i]), splat(vectors[1, i])
            r, s = splat(vectors[2, i]), splat(vectors[3, i])
            a, b, c, d = a + p * x, b + q * x, c + r * x, d + s * x
            e, f, g, h = e + p * y, f + q * y, g + r * y, h + s * y
        for k, left, right in ((0, a, e), (1, b, f), (2, c, g), (3, d, h)):
            store(out, k, j, left)
            store(out, k, j + WIDTH, right)


@njit(cache=True, nogil=True)
def widened(matrix: np.ndarray) -> np.ndarray:
    """Columns of 0 up to a multiple of two vectors of lanes, (n, p)."""
    n = matrix.shape[1]
    out = np.zeros((len(matrix), -(-n // (2 * WIDTH)) * 2 * WIDTH))
    out[:, :n] = matrix
    return out


class Way(NamedTuple):
    """A way through the steps: ``stride`` is 1 for forward and -1 for backward.

    A vector meets ``matrix`` (S, p) between steps, and is ``begin`` (S,) at the first one.
    """

    stride: int
    matrix: np.ndarray
    begin: np.ndarray


@njit(cache=True, nogil=True, fastmath=_LOOSE, inline="always")
def _arrive(  # noqa: PLR0917
    arriving: np.ndarray,
    factor: np.ndarray,
    scale: float,
    stride: int,
    row: np.ndarray,
    vector: np.ndarray,
) -> float:
    """Fill a row of u or of v, and the vector that goes on; gives its sum."""
    total = 0.0
    if stride > 0:
        for j in range(len(row)):
            vector[j] = row[j] = arriving[j] * factor[j] * scale
            total += vector[j]
    else:
        for j in range(len(row)):
            row[j] = arriving[j] * scale
            vector[j] = row[j] * factor[j]
            total += vector[j]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def run_lanes(
    way: Way, emission: np.ndarray, pieces: np.ndarray, out: np.ndarray, sums: np.ndarray
) -> None:
    """Fill out (N, S) and sums (N,), four pieces at a time.

    Each piece, (m, 2), is its first step and its number of steps.
    """
    (stride, matrix, begin), n, taken, running = way, out.shape[1], 0, 4
    vectors, arriving = np.zeros((4, n)), np.zeros((4, matrix.shape[1]))
    at, left, scale = np.zeros(4, np.int64), np.zeros(4, np.int64), np.ones(4)
    while running:
        _propagate_lanes(vectors, matrix, arriving)
        running = 0
        for k in range(4):
            if left[k] == 0 and taken < len(pieces):
                at[k], left[k] = pieces[taken]
                arriving[k, :n], scale[k] = begin, 1.0
                taken += 1
            if left[k] > 0:
                t = at[k]
                sums[t] = _arrive(arriving[k], emission[t], scale[k], stride, out[t], vectors[k])
                scale[k] = 1.0 / sums[t]
                at[k], left[k] = t + stride, left[k] - 1
                running += 1


@njit(cache=True, nogil=True, error_model="numpy")
def run_one(  # noqa: PLR0917
    way: Way,
    emission: np.ndarray,
    first: int,
    count: int,
    out: np.ndarray,
    sums: np.ndarray,
    goes_on: bool,
) -> None:
    """Fill steps of a single piece; one that ``goes_on`` ends where it meets what is there.

    Products with a positive matrix bring vectors closer, up to a factor, and never apart (Birkhoff
    1957): where one agrees with what is there, all later ones do.
    """
    (stride, matrix, begin), n, scale = way, out.shape[1], 1.0
    vector, row, arriving = np.empty(n), np.empty(n), np.zeros((1, matrix.shape[1]))
    arriving[0, :n] = begin
    if goes_on:
        before = first - stride
        vector[:] = out[before] if stride > 0 else out[before] * emission[before]
        scale = 1.0 / sums[before]
        _propagate(vector, matrix, arriving)
    for t in range(first, first + stride * count, stride):
        sums[t] = _arrive(arriving[0], emission[t], scale, stride, row, vector)
        met = goes_on and _agree(row, out[t])
        out[t] = row
        if met:
            break
        scale = 1.0 / sums[t]
        _propagate(vector, matrix, arriving)


@njit(cache=True, nogil=True, error_model="numpy")
def _agree(a: np.ndarray, b: np.ndarray) -> bool:
    """Tell whether vectors are the same up to a factor, in every element that matters."""
    least, most = np.inf, 0.0
    for j in range(len(a)):
        if a[j] > _TINY or b[j] > _TINY:
            ratio = a[j] / b[j]
            if not 0.0 < ratio < np.inf:
                return False
            least, most = min(least, ratio), max(most, ratio)
    return most <= least * (1.0 + _SAME)


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
