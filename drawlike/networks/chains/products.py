"""Products of small matrices, in one thread, whose sums always have the same order.

A library of linear algebra copies both matrices before it multiplies, which for a softmax of ten
codes takes longer than the product; and it brings its own threads.
"""

import numpy as np
from numba import njit

from .octets import EIGHT, load, splat, store
from .parts import INNER, WIDE, F

ROWS, COLUMNS = 4, WIDE  # of a product, that are summed in registers
_AT_ONCE = 32  # rows of a sum over rows, that stay in the nearest cache


@njit(inline="always")
def multiply(  # noqa: PLR0917
    a: np.ndarray,
    first: int,
    last: int,
    depth: int,
    b: np.ndarray,
    i: int,
    j: int,
    out: np.ndarray,
    at: int,
) -> None:
    """Write a[first:last, :depth] @ b[i : i + depth, j : j + 16] to 16 columns of ``out`` from ``at`` on.

    Rows are those of ``a``, which has room for some up to a multiple of four.
    """
    for r in range(first, last, ROWS):
        _tile(a, r, r + 1, r + 2, r + 3, depth, b, i, j, out, r, at)


@njit(inline="always")
def _tile(  # noqa: PLR0917
    a: np.ndarray,
    i0: int,
    i1: int,
    i2: int,
    i3: int,
    depth: int,
    b: np.ndarray,
    i: int,
    j: int,
    out: np.ndarray,
    r: int,
    at: int,
) -> None:
    """Write products of four rows of ``a`` to rows from r on."""
    a0 = a1 = b0 = b1 = c0 = c1 = d0 = d1 = splat(F(0.0))
    for k in range(depth):
        left, right = load(b, i + k, j), load(b, i + k, j + EIGHT)
        x = splat(a[i0, k])
        a0, a1 = a0 + x * left, a1 + x * right
        x = splat(a[i1, k])
        b0, b1 = b0 + x * left, b1 + x * right
        x = splat(a[i2, k])
        c0, c1 = c0 + x * left, c1 + x * right
        x = splat(a[i3, k])
        d0, d1 = d0 + x * left, d1 + x * right
    store(out, r, at, a0)
    store(out, r, at + EIGHT, a1)
    store(out, r + 1, at, b0)
    store(out, r + 1, at + EIGHT, b1)
    store(out, r + 2, at, c0)
    store(out, r + 2, at + EIGHT, c1)
    store(out, r + 3, at, d0)
    store(out, r + 3, at + EIGHT, d1)


@njit(**INNER)
def add_outer(  # noqa: PLR0917
    a: np.ndarray, first: int, last: int, b: np.ndarray, out: np.ndarray, at: int
) -> None:
    """Add a[first:last].T @ b[first:last] to rows of ``out`` from ``at`` on, a row a column of a."""
    for begin in range(first, last, _AT_ONCE):
        end = min(last, begin + _AT_ONCE)
        for j in range(0, b.shape[1], COLUMNS):
            for i in range(0, a.shape[1], ROWS):
                _add_tile(a, i, begin, end, b, j, out, at + i)


@njit(inline="always")
def _add_tile(  # noqa: PLR0917
    a: np.ndarray, i: int, first: int, last: int, b: np.ndarray, j: int, out: np.ndarray, at: int
) -> None:
    a0, a1 = load(out, at, j), load(out, at, j + EIGHT)
    b0, b1 = load(out, at + 1, j), load(out, at + 1, j + EIGHT)
    c0, c1 = load(out, at + 2, j), load(out, at + 2, j + EIGHT)
    d0, d1 = load(out, at + 3, j), load(out, at + 3, j + EIGHT)
    for r in range(first, last):
        left, right = load(b, r, j), load(b, r, j + EIGHT)
        x = splat(a[r, i])
        a0, a1 = a0 + x * left, a1 + x * right
        x = splat(a[r, i + 1])
        b0, b1 = b0 + x * left, b1 + x * right
        x = splat(a[r, i + 2])
        c0, c1 = c0 + x * left, c1 + x * right
        x = splat(a[r, i + 3])
        d0, d1 = d0 + x * left, d1 + x * right
    store(out, at, j, a0)
    store(out, at, j + EIGHT, a1)
    store(out, at + 1, j, b0)
    store(out, at + 1, j + EIGHT, b1)
    store(out, at + 2, j, c0)
    store(out, at + 2, j + EIGHT, c1)
    store(out, at + 3, j, d0)
    store(out, at + 3, j + EIGHT, d1)


@njit(**INNER)
def logits_of(  # noqa: PLR0917
    act: np.ndarray, first: int, last: int, panels: np.ndarray, at: int, out: np.ndarray
) -> None:
    """Products of some rows with the panels of the codes from ``at`` on, as many as ``out`` has."""
    depth = act.shape[1]
    for k in range(0, out.shape[1], COLUMNS):
        multiply(act, first, last, depth, panels, (at + k) // COLUMNS * depth, 0, out, k)


@njit(**INNER)
def logits_of_some(  # noqa: PLR0917
    act: np.ndarray,
    rows: np.ndarray,
    first: int,
    last: int,
    panels: np.ndarray,
    at: int,
    out: np.ndarray,
) -> None:
    """Products of ``act[rows[first:last]]`` with the panel of the codes from ``at`` on.

    There are rows up to a multiple of four.
    """
    depth, i = act.shape[1], at // COLUMNS * act.shape[1]
    for r in range(first, last, ROWS):
        i0, i1, i2, i3 = rows[r], rows[r + 1], rows[r + 2], rows[r + 3]
        _tile(act, i0, i1, i2, i3, depth, panels, i, 0, out, r, 0)


@njit(**INNER)
def back_through(  # noqa: PLR0917
    error: np.ndarray, first: int, last: int, output: np.ndarray, at: int, out: np.ndarray
) -> None:
    """Products of some rows of errors with the rows of their codes, which begin at ``at``."""
    for j in range(0, out.shape[1], COLUMNS):
        multiply(error, first, last, error.shape[1], output, at, j, out, j)
