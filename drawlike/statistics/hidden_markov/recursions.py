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
from ..normals.moments import add_product

LANES = 4  # pieces of sequences at a time
_TOGETHER = 64  # steps that stay in the cache of first level
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
    """Write vectors (4, n) @ matrix (n, p) to (4, p), the first n columns at least."""
    for j in range(0, len(matrix), 2 * WIDTH):
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
    """Columns of 0 up to a multiple of two vectors of lanes, (n, p).

    In lines of 64 numbers, whatever is in one column would collide in the cache.
    """
    n, pair = matrix.shape[1], 2 * WIDTH
    width = -(-n // pair) * pair
    out = np.zeros((len(matrix), width if width % 64 else width + pair))
    out[:, :n] = matrix
    return out


class Way(NamedTuple):
    """A way through the steps: ``stride`` is 1 for forward and -1 for backward.

    A vector meets ``matrix`` (S, p) between steps, and is ``begin`` (S,) at the first one.
    """

    stride: int
    matrix: np.ndarray
    begin: np.ndarray


class Here(NamedTuple):
    """Vectors that arrive, and those that go on, (4, p) each, and room for a sum, (1, 4)."""

    arriving: np.ndarray
    leaving: np.ndarray
    room: np.ndarray


@njit(cache=True, nogil=True, fastmath=_FUSED)
def _arrive(  # noqa: PLR0917
    here: Here, k: int, emission: np.ndarray, t: int, stride: int, scale: float, out: np.ndarray
) -> float:
    """Fill a row of u or of v, and vector k that goes on; gives its sum."""
    (arriving, leaving, room), n = here, out.shape[1]
    whole, sums, scales = n - n % WIDTH, splat(0.0), splat(scale)
    for j in range(0, whole, WIDTH):
        seen = load(arriving, k, j) * scales
        told = seen * load(emission, t, j)
        store(out, t, j, told if stride > 0 else seen)
        store(leaving, k, j, told)
        sums = sums + told
    store(room, 0, 0, sums)
    total = (room[0, 0] + room[0, 1]) + (room[0, 2] + room[0, 3])
    for j in range(whole, n):
        seen_here = arriving[k, j] * scale
        leaving[k, j] = seen_here * emission[t, j]
        out[t, j] = leaving[k, j] if stride > 0 else seen_here
        total += leaving[k, j]
    return total


@njit(cache=True, nogil=True)
def _nowhere(matrix: np.ndarray) -> Here:
    shape = LANES, matrix.shape[1]
    return Here(np.zeros(shape), np.zeros(shape), np.zeros((1, WIDTH)))


@njit(cache=True, nogil=True, error_model="numpy")
def run_lanes(
    way: Way, emission: np.ndarray, pieces: np.ndarray, out: np.ndarray, sums: np.ndarray
) -> None:
    """Fill out (N, S) and sums (N,), four pieces at a time.

    Each piece, (m, 2), is its first step and its number of steps.
    """
    (stride, matrix, begin), n, taken, running = way, out.shape[1], 0, 4
    here = _nowhere(matrix)
    at, left, scale = np.zeros(4, np.int64), np.zeros(4, np.int64), np.ones(4)
    while running:
        _propagate_lanes(here.leaving, matrix, here.arriving)
        running = 0
        for k in range(4):
            if left[k] == 0 and taken < len(pieces):
                at[k], left[k] = pieces[taken]
                here.arriving[k, :n], scale[k] = begin, 1.0
                taken += 1
            if left[k] > 0:
                t = at[k]
                sums[t] = _arrive(here, k, emission, t, stride, scale[k], out)
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
    here, old = _nowhere(matrix), np.empty(n)
    here.arriving[0, :n] = begin
    if goes_on:
        before = first - stride
        here.leaving[0, :n] = out[before] if stride > 0 else out[before] * emission[before]
        scale = 1.0 / sums[before]
        _propagate(here.leaving[0, :n], matrix, here.arriving[:1])
    for t in range(first, first + stride * count, stride):
        old[:] = out[t]
        sums[t] = _arrive(here, 0, emission, t, stride, scale, out)
        if goes_on and _agree(old, out[t]):
            break
        scale = 1.0 / sums[t]
        _propagate(here.leaving[0, :n], matrix, here.arriving[:1])


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


@njit(cache=True, nogil=True)
def sum_of_products(u: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Give u.T @ w, (S, S); faster than a general product of such narrow matrices."""
    (steps, n), p = u.shape, -(-u.shape[1] // (2 * WIDTH)) * 2 * WIDTH
    total, rooms = np.zeros((p, p)), np.zeros((2, _TOGETHER, p))
    for first in range(0, steps, _TOGETHER):
        m = min(_TOGETHER, steps - first)
        a, b = _filled(u[first : first + m], rooms[0]), _filled(w[first : first + m], rooms[1])
        for i in range(0, p, 4):
            for j in range(0, p, 2 * WIDTH):
                add_product(a, i, b, j, m, total)
    return total[:n, :n]


@njit(cache=True, nogil=True)
def _filled(rows: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Rows as wide as the room for them."""
    if rows.shape[1] == room.shape[1]:
        return rows
    room[: len(rows), : rows.shape[1]] = rows
    return room
