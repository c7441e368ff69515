"""Draws of the codes of a chain."""

import numpy as np
from numba import njit

from .alike import draw_alike, gate_chance, pick_code, see
from .arithmetic import ONE, ZERO, believe, dot
from .octets import EIGHT, larger, load, splat, store, sum_of
from .parts import (
    AT,
    DIGIT,
    FIRST,
    INNER,
    IS_ASKED,
    IS_TOLD,
    LEAVES,
    USUAL,
    WIDE,
    F,
    Start,
    Sums,
    Tables,
    Task,
    put,
    room_of,
    tell,
    widest,
)
from .softmax import last_code, n_branches, pick, softmax_of, softmax_of_leaves, sort_rows

_TOGETHER = 64  # rows whose sums stay in the cache


@njit(cache=True, fastmath=True, nogil=True)
def draw(tables: Tables, task: Task, start: Start, which: np.ndarray) -> None:
    """Draw a digit of each row at each step that asks for one, by the chances, used up.

    Those that are given come first. Rows start at the sums ``which`` (n,) of ``start``.
    """
    n, steps = task.digits.shape[1], task.steps
    states, told = draw_alike(tables, task, start, which)
    if told == len(steps):
        return
    width, k = start.hidden.shape[1], start.log_class.shape[1]
    sums = room_of(min(n, _TOGETHER), width, k, steps)
    room = np.empty((2, widest(steps) * len(sums.hidden)), F)
    where = np.empty(_TOGETHER, np.int64)
    for first in range(0, n, _TOGETHER):
        part = _part(task, first, min(n, first + _TOGETHER))
        for i in range(_begin(sums, tables, part, states, which, first, told), len(steps)):
            _draw_step(tables, part, i, sums, room, where)
        _keep(task, first, part)


@njit(inline="always")
def _part(task: Task, first: int, last: int) -> Task:
    """Copy the digits and chances of some rows."""
    n = last - first
    digits, chance = np.empty((len(task.digits), n), np.int64), np.empty((len(task.chance), n), F)
    for r in range(n):
        for d in range(len(digits)):
            digits[d, r] = task.digits[d, first + r]
        for i in range(len(chance)):
            chance[i, r] = task.chance[i, first + r]
    return Task(digits, task.steps, task.bias, chance)


@njit(inline="always")
def _keep(task: Task, first: int, part: Task) -> None:
    """Write back the digits of some rows."""
    for d in range(len(part.digits)):
        for r in range(part.digits.shape[1]):
            task.digits[d, first + r] = part.digits[d, r]


@njit(inline="always")
def _begin(  # noqa: PLR0917
    sums: Sums,
    tables: Tables,
    task: Task,
    states: Sums,
    which: np.ndarray,
    first: int,
    told: int,
) -> int:
    """Let rows go on from their states: tell what they have of steps that these lack.

    Gives the step that is to be drawn next.
    """
    n, i = task.digits.shape[1], told
    for r in range(n):
        put(sums.hidden, r, states.hidden, which[first + r])
        put(sums.beliefs, r, states.beliefs, which[first + r])
    while i < len(task.steps) and not task.steps[i, IS_ASKED]:
        tell(sums, tables, task.steps[i, FIRST], task.digits[task.steps[i, DIGIT]])
        believe(sums.beliefs, n, sums.share)
        i += 1
    see(sums, n)
    if i == told:
        _tell_drawn(sums, tables, task.steps[i], task.digits[task.steps[i, DIGIT]])
        i += 1
    return i


@njit(inline="always")
def _draw_step(  # noqa: PLR0917
    tables: Tables, task: Task, i: int, sums: Sums, room: np.ndarray, where: np.ndarray
) -> None:
    """Draw digits of all rows at a step, and tell them to those behind it."""
    step, codes, level = task.steps[i], task.digits[task.steps[i, DIGIT]], task.chance[i]
    if step[LEAVES]:
        _draw_branches(tables, task, i, sums, room)
        _tell_drawn(sums, tables, step, codes)
        return
    act, share, m = sums.act, sums.share, len(codes)
    if step[USUAL] >= 0:
        m = _draw_gates(tables, task, i, sums, where)
        act, share = sums.some_act, sums.some_share
    else:
        for r in range(m):
            where[r] = r
    groups = task.digits[step[DIGIT] - 1]
    weights = softmax_of(tables, task, i, groups, act, share, m, room[0], room[1], sums.total)
    for k in range(m):
        codes[where[k]] = pick_code(weights, k, level[where[k]] * sums.total[k], step)
    _tell_drawn(sums, tables, step, codes)


@njit(inline="always")
def _draw_branches(tables: Tables, task: Task, i: int, sums: Sums, room: np.ndarray) -> None:
    """Draw a branch of each row, and then one of its leaves."""
    step, codes, level = task.steps[i], task.digits[task.steps[i, DIGIT]], task.chance[i]
    act, share, n, total = sums.act, sums.share, len(codes), sums.total
    weights = softmax_of(tables, task, i, codes, act, share, n, room[0], room[1], total)
    leaves, last = step[AT] + step[LEAVES], n_branches(step) - 1
    for r in range(n):
        codes[r], level[r] = _split(weights, r, level[r] * total[r], last)
    order = sort_rows(tables, step, codes)
    weights = softmax_of_leaves(tables, task, i, order, act, share, room[0], room[1], total)
    for r in range(n):
        codes[r] = tables.codes[leaves + codes[r] * WIDE]
    for b in range(last + 1):
        at = leaves + b * WIDE
        end = last_code(tables, at + WIDE - 1) - at
        for k in range(order.starts[b], order.ends[b]):
            r = order.rows[k]
            codes[r] = tables.codes[at + pick(weights, k, level[r] * total[k], 0, end)]


@njit(inline="always")
def _split(weights: np.ndarray, r: int, level: np.float32, last: int) -> tuple[int, np.float32]:
    """Where weights of row r, added up, pass a level, and how far into that one it is, from 0 to 1."""
    k, left = 0, level
    while left >= weights[r, k] and k < last:
        left -= weights[r, k]
        k += 1
    return k, min(left / max(weights[r, k], F(1e-30)), ONE)


@njit(inline="always")
def _draw_gates(tables: Tables, task: Task, i: int, sums: Sums, where: np.ndarray) -> int:
    """Draw where the usual code comes; gives how many others, whose rows come side by side."""
    codes, level, usual = task.digits[task.steps[i, DIGIT]], task.chance[i], task.steps[i, USUAL]
    n, at, m = len(codes), task.steps[i, AT] + usual, 0
    dot(sums.act, n, tables.output, at, sums.gate)
    dot(sums.share, n, tables.classes, task.steps[i, FIRST] + usual, sums.total)
    for r in range(n):
        p = gate_chance(sums.gate[r] + task.bias[0, at], sums.total[r] / sums.mass[r])
        if level[r] < p:
            codes[r] = usual
        else:
            level[r] = (level[r] - p) / max(ONE - p, F(1e-30))
            where[m] = r
            put(sums.some_act, m, sums.act, r)
            put(sums.some_share, m, sums.share, r)
            m += 1
    return m


@njit(**INNER)
def _tell_drawn(sums: Sums, tables: Tables, step: np.ndarray, codes: np.ndarray) -> None:
    """Add what codes tell; shares of classes are multiplied by it, and ``mass`` is their sum."""
    hidden, act, share = sums.hidden, sums.act, sums.share
    if not step[IS_TOLD]:
        return
    for r in range(len(codes)):
        k = step[FIRST] + codes[r]
        for j in range(0, hidden.shape[1], EIGHT):
            h = load(hidden, r, j) + load(tables.embedding, k, j)
            store(hidden, r, j, h)
            store(act, r, j, larger(h, splat(ZERO)))
        scale, total = splat(ONE / sums.mass[r]), splat(ZERO)
        for c in range(0, share.shape[1], EIGHT):
            told = load(share, r, c) * load(tables.classes, k, c) * scale
            store(share, r, c, told)
            total = total + told
        sums.mass[r] = sum_of(total)
