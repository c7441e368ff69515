"""Sums over kernels, compiled: squares, their exponentials and the sums stay in cache.

What is summed for row i and centre j is exp(-s / 2), where s is

    base_j + |a_i - b_j|^2 + sum_g (a_ig - b_jg)^2 + sum_c (same_ic or other_ic),

the last but one over values that may be shut (NaN): ``shut_ig`` stands for the square where the
centre's is, and the row's leaves the column out. Differences are taken before squares, so
that no digits are lost far from 0.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

F = np.float32
_BLOCK = 2048  # centres whose sums stay in the cache of first level
_FAR = F(1e30)
_HALF, _ONE = F(0.5), F(1.0)
_TO_BITS = F(0.5 * 1.4426950408889634)  # from a difference of s to the exponent of 2
_LEAST = F(-126.0)  # exponents below vanish in float32
_NEGLIGIBLE = 80.0  # differences of s beyond which float64 sums do not change by 1e-16
_LOOSE = {"reassoc", "contract", "nsz", "arcp"}  # sums in any order; no licence for NaN
# minimax polynomial of 2^f, |f| <= 1/2 (Cephes, exp2f)
_P0, _P1, _P2 = F(1.535336188319500e-4), F(1.339887440266574e-3), F(9.618437357674640e-3)
_P3, _P4, _P5 = F(5.550332471162809e-2), F(2.402264791363012e-1), F(6.931472028550421e-1)


class RowSide(NamedTuple):
    """Rows: a (n, d), gated and shut (n, g), codes, same and other (n, m)."""

    dense: np.ndarray
    gated: np.ndarray
    shut: np.ndarray
    codes: np.ndarray
    same: np.ndarray
    other: np.ndarray


class Groups(NamedTuple):
    """Rows of a group do not count for each other: those of rows (n,), of centres (N,)."""

    rows: np.ndarray
    centres: np.ndarray


class CentreSide(NamedTuple):
    """Centres, columns first: b (d, N), gated (g, N), codes (m, N), base (N,)."""

    dense: np.ndarray
    gated: np.ndarray
    codes: np.ndarray
    base: np.ndarray


@njit(cache=True, nogil=True, inline="always")
def _exp2(z: F) -> F:
    """2^z for z <= 0, to 2 units in the last place."""
    z = z if z > _LEAST else _LEAST  # noqa: FURB136 (a compiled max is slower)
    whole = np.floor(z + _HALF)
    f = z - whole
    p = ((((_P0 * f + _P1) * f + _P2) * f + _P3) * f + _P4) * f + _P5
    exponent = (np.int32(whole) + np.int32(127)) << np.int32(23)
    return (p * f + _ONE) * np.int32(exponent).view(np.float32)


@njit(cache=True, nogil=True, fastmath=_LOOSE)
def _add_distances(row: np.ndarray, centres: np.ndarray, first: int, total: np.ndarray) -> None:
    """Add squared distances, four columns at a time, so that sums are touched less often."""
    d, stop = len(row), first + len(total)
    whole = d - d % 4
    for c in range(0, whole, 4):
        p, q, r, s = row[c], row[c + 1], row[c + 2], row[c + 3]
        at_p, at_q = centres[c, first:stop], centres[c + 1, first:stop]
        at_r, at_s = centres[c + 2, first:stop], centres[c + 3, first:stop]
        for j in range(len(total)):
            t, u, v, w = p - at_p[j], q - at_q[j], r - at_r[j], s - at_s[j]
            total[j] += (t * t + u * u) + (v * v + w * w)
    for c in range(whole, d):
        p, at_p = row[c], centres[c, first:stop]
        for j in range(len(total)):
            t = p - at_p[j]
            total[j] += t * t


@njit(cache=True, nogil=True, fastmath=_LOOSE)
def _squares(rows: RowSide, i: int, centres: CentreSide, first: int, total: np.ndarray) -> None:
    """Write s of row i and the centres from ``first`` on."""
    size = len(total)
    total[:] = centres.base[first : first + size]
    _add_distances(rows.dense[i], centres.dense, first, total)
    for c in range(rows.gated.shape[1]):
        a, closed, b = rows.gated[i, c], rows.shut[i, c], centres.gated[c, first : first + size]
        if not np.isnan(a):
            for j in range(size):
                t = (a - b[j]) * (a - b[j])
                total[j] += closed if np.isnan(t) else t
    for c in range(rows.codes.shape[1]):
        code, same, other = rows.codes[i, c], rows.same[i, c], rows.other[i, c]
        there = centres.codes[c, first : first + size]
        for j in range(size):
            total[j] += same if there[j] == code else other


@njit(cache=True, nogil=True, fastmath=True)
def _least(values: np.ndarray) -> F:
    least = _FAR
    for j in range(len(values)):
        least = min(least, values[j])
    return least


@njit(cache=True, nogil=True, fastmath=True)
def _exp_sum(values: np.ndarray, least: F) -> F:
    """Replace s by exp((least - s) / 2), and give the sum."""
    total = F(0.0)
    for j in range(len(values)):
        values[j] = _exp2(_TO_BITS * (least - values[j]))
        total += values[j]
    return total


@njit(cache=True, nogil=True)
def log_sums(rows: RowSide, centres: CentreSide, least: np.ndarray, total: np.ndarray) -> None:
    """Write the least s of each row, and the sum of exp((least - s) / 2), (n,) each."""
    n, n_centres = len(rows.dense), len(centres.base)
    work = np.empty(min(_BLOCK, n_centres), np.float32)
    least[:] = _FAR
    total[:] = 0.0
    for first in range(0, n_centres, _BLOCK):
        block = work[: min(_BLOCK, n_centres - first)]
        for i in range(n):
            _squares(rows, i, centres, first, block)
            lowest = _least(block)
            part = np.float64(_exp_sum(block, lowest))
            if lowest < least[i]:
                total[i] *= np.exp(0.5 * (np.float64(lowest) - least[i]))
                least[i] = lowest
            else:
                part *= np.exp(0.5 * (np.float64(least[i]) - lowest))
            total[i] += part


@njit(cache=True, nogil=True)
def exact_log_sums(rows: RowSide, centres: CentreSide, out: np.ndarray) -> None:
    """Write the logs of the sums, (n,), in float64, for rows and centres in float64."""
    total = np.empty(len(centres.base))
    for i in range(len(rows.dense)):
        _squares(rows, i, centres, 0, total)
        least = total.min()
        part = 0.0
        for j in range(len(total)):
            if total[j] - least < _NEGLIGIBLE:
                part += np.exp(0.5 * (least - total[j]))
        out[i] = np.log(part) - 0.5 * least


@njit(cache=True, nogil=True)
def shares(
    rows: RowSide,
    centres: CentreSide,
    groups: Groups,
    out: np.ndarray,
    log_sum: np.ndarray,
) -> None:
    """Write each centre's share of a row, (n, N), and the log of the sum, (n,).

    Centres of the row's own group do not count.
    """
    for i in range(len(rows.dense)):
        _squares(rows, i, centres, 0, out[i])
        for j in range(len(groups.centres)):
            if groups.centres[j] == groups.rows[i]:
                out[i, j] = _FAR
        lowest = _least(out[i])
        total = _exp_sum(out[i], lowest)
        for j in range(len(groups.centres)):
            out[i, j] = F(0.0) if groups.centres[j] == groups.rows[i] else out[i, j] / total
        log_sum[i] = np.log(np.float64(total)) - 0.5 * np.float64(lowest)
