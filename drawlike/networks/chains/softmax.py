"""Softmaxes of many rows; those of many codes are of branches, and of the leaves of one branch.

A class-based softmax (Goodman 2001, arXiv:cs/0108006): leaves of other branches cost nothing. Rows are
sorted by branch, so that what is multiplied is of many.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .arithmetic import ZERO, weigh
from .octets import EIGHT, load, splat, store
from .parts import (
    AT,
    FIRST,
    INNER,
    LEAVES,
    PRIOR,
    TO,
    USUAL,
    WIDE,
    Tables,
    Task,
    add_prior,
    up,
)
from .products import logits_of, logits_of_some


class Sorted(NamedTuple):
    """Rows by branch: those of branch b are ``rows[starts[b] : ends[b]]``, and all starts are multiples of four."""

    rows: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


@njit(inline="always")
def width_of(step: np.ndarray) -> int:
    """How many codes a step's first softmax is of: its branches, or all."""
    return step[LEAVES] if step[LEAVES] else step[TO] - step[AT]


@njit(**INNER)
def softmax_of(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    groups: np.ndarray,
    act: np.ndarray,
    share: np.ndarray,
    n: int,
    room: np.ndarray,
    mixed: np.ndarray,
    total: np.ndarray,
) -> np.ndarray:
    """Weights of all codes but the usual one of a step, in ``room``, and their total a row.

    ``groups`` are those of the rows, if the step's codes are members. Of a step of branches, they
    are those of the branches.
    """
    at, wide = task.steps[i, AT], width_of(task.steps[i])
    weights, mix = rows_of(room, up(n), wide), rows_of(mixed, up(n), wide)
    logits_of(act, 0, n, tables.panels, at, weights)
    logits_of(share, 0, n, tables.class_panels, at, mix)
    if task.steps[i, PRIOR] >= 0:
        add_prior(tables, task.steps[i], groups, weights)
    weigh(weights, 0, n, mix, 0, wide, task.bias, at, task.steps[i, USUAL], total)
    return weights


@njit(**INNER)
def whole_softmax_of(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    act: np.ndarray,
    share: np.ndarray,
    n: int,
    room: np.ndarray,
    mixed: np.ndarray,
    total: np.ndarray,
    branch_total: np.ndarray,
) -> np.ndarray:
    """Weights of the leaves of all branches, which come after those of the branches, and their total."""
    at, wide, leaves = (
        task.steps[i, AT],
        task.steps[i, TO] - task.steps[i, AT],
        task.steps[i, LEAVES],
    )
    weights, mix = rows_of(room, up(n), wide), rows_of(mixed, up(n), wide)
    logits_of(act, 0, n, tables.panels, at, weights)
    logits_of(share, 0, n, tables.class_panels, at, mix)
    weigh(weights, 0, n, mix, 0, leaves, task.bias, at, -1, total)
    for begin in range(leaves, wide, WIDE):
        weigh(weights, 0, n, mix, begin, begin + WIDE, task.bias, at, -1, branch_total)
        for r in range(n):
            by = splat(weights[r, (begin - leaves) // WIDE] / branch_total[r])
            store(weights, r, begin, load(weights, r, begin) * by)
            store(weights, r, begin + EIGHT, load(weights, r, begin + EIGHT) * by)
    return weights


@njit(**INNER)
def softmax_of_leaves(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    order: Sorted,
    act: np.ndarray,
    share: np.ndarray,
    room: np.ndarray,
    mixed: np.ndarray,
    total: np.ndarray,
) -> np.ndarray:
    """Weights (rows, 16) of the leaves of each sorted row's branch, and their total a row."""
    n = up(order.ends[-1])
    weights, mix = rows_of(room, n, WIDE), rows_of(mixed, n, WIDE)
    for b in range(len(order.starts)):
        first, last = order.starts[b], order.ends[b]
        at = task.steps[i, AT] + task.steps[i, LEAVES] + b * WIDE
        if last > first:
            logits_of_some(act, order.rows, first, last, tables.panels, at, weights)
            logits_of_some(share, order.rows, first, last, tables.class_panels, at, mix)
            weigh(weights, first, last, mix, 0, WIDE, task.bias, at, -1, total)
    return weights


@njit(inline="always")
def rows_of(room: np.ndarray, n: int, width: int) -> np.ndarray:
    """Give the first n rows of some width that have room."""
    return room[: n * width].reshape(n, width)


@njit(**INNER)
def branches_of(tables: Tables, step: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Branch of each code, -1 where unobserved, (n,)."""
    found, first = np.full(len(codes), -1, np.int64), step[AT] + step[LEAVES]
    for r in range(len(codes)):
        if codes[r] >= 0:
            found[r] = (tables.places[step[FIRST] + codes[r]] - first) // WIDE
    return found


@njit(**INNER)
def sort_rows(tables: Tables, step: np.ndarray, branches: np.ndarray) -> Sorted:
    """Sort rows by branch, and leave out those whose branch has one leaf."""
    first = step[AT] + step[LEAVES]
    n = n_branches(step)
    starts, ends = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for r in range(len(branches)):
        b = branches[r]
        if b >= 0 and tables.codes[first + b * WIDE + 1] >= 0:
            ends[b] += 1
    for b in range(1, n):
        starts[b] = starts[b - 1] + up(ends[b - 1])
    for b in range(n):
        ends[b] = starts[b]
    rows = np.zeros(starts[n - 1] + up(len(branches)), np.int64)
    for r in range(len(branches)):
        b = branches[r]
        if b >= 0 and tables.codes[first + b * WIDE + 1] >= 0:
            rows[ends[b]] = r
            ends[b] += 1
    return Sorted(rows, starts, ends)


@njit(inline="always")
def n_branches(step: np.ndarray) -> int:
    """How many branches a step's codes are in."""
    return (step[TO] - step[AT] - step[LEAVES]) // WIDE


@njit(inline="always")
def last_code(tables: Tables, place: int) -> int:
    """Give the last place up to this one that has a code."""
    while tables.codes[place] < 0:
        place -= 1
    return place


@njit(inline="always")
def pick(weights: np.ndarray, r: int, level: np.float32, first: int, last: int) -> int:
    """Give the place from ``first`` to ``last`` at which weights of row r, added up, pass a level."""
    k = first
    left = level - weights[r, k]
    while left >= ZERO and k < last:
        k += 1
        left -= weights[r, k]
    return k
