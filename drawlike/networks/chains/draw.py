"""Draws of the codes of a chain."""

import numpy as np
from numba import njit

from .alike import draw_alike, gate_chance, pick_code, see
from .arithmetic import ONE, ZERO, believe, dot
from .forward import softmax_of
from .parts import (
    AT,
    DIGIT,
    FIRST,
    IS_ASKED,
    TO,
    USUAL,
    F,
    Start,
    Sums,
    Tables,
    Task,
    room_of,
    tell,
)

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
    sums = room_of(min(n, _TOGETHER), start.hidden.shape[1], start.log_class.shape[1])
    room = np.empty((2, np.max(steps[:, TO] - steps[:, AT]) * len(sums.hidden)), F)
    for first in range(0, n, _TOGETHER):
        last = min(n, first + _TOGETHER)
        part = Task(task.digits[:, first:last], steps, task.bias, task.chance[:, first:last])
        for i in range(_begin(sums, tables, part, states, which[first:last], told), len(steps)):
            _draw_step(tables, part, i, sums, room)


@njit(cache=True, fastmath=True, nogil=True)
def _begin(  # noqa: PLR0917
    sums: Sums, tables: Tables, task: Task, states: Sums, which: np.ndarray, told: int
) -> int:
    """Let rows go on from their states: tell what they have of steps that these lack.

    Gives the step that is to be drawn next.
    """
    n, i = len(which), told
    for r in range(n):
        sums.hidden[r], sums.beliefs[r] = states.hidden[which[r]], states.beliefs[which[r]]
    while i < len(task.steps) and not task.steps[i, IS_ASKED]:
        tell(sums, tables, task.steps[i, FIRST], task.digits[task.steps[i, DIGIT]])
        believe(sums.beliefs, n, sums.share)
        i += 1
    see(sums, n)
    if i == told:
        _tell_drawn(sums, tables, task.steps[i, FIRST], task.digits[task.steps[i, DIGIT]])
        i += 1
    return i


@njit(cache=True, fastmath=True, nogil=True)
def _draw_step(tables: Tables, task: Task, i: int, sums: Sums, room: np.ndarray) -> None:
    """Draw digits of all rows at a step, and tell them to those behind it."""
    step = task.steps[i]
    codes, level = task.digits[step[DIGIT]], task.chance[i]
    if step[USUAL] < 0:
        _draw_from(tables, task, i, sums.act, sums.share, level, codes, sums, room)
    else:
        others = _draw_gates(tables, task, i, sums)
        act, share, found = sums.some_act, sums.some_share, np.empty_like(others)
        _draw_from(tables, task, i, act, share, level[others], found, sums, room)
        codes[others] = found
    _tell_drawn(sums, tables, step[FIRST], codes)


@njit(cache=True, fastmath=True, nogil=True)
def _draw_gates(tables: Tables, task: Task, i: int, sums: Sums) -> np.ndarray:
    """Draw where the usual code comes; gives the other rows, and puts them side by side."""
    codes, level, usual = task.digits[task.steps[i, DIGIT]], task.chance[i], task.steps[i, USUAL]
    n, at = len(codes), task.steps[i, AT] + usual
    dot(sums.act, n, tables.output[at], sums.gate)
    dot(sums.share, n, tables.classes[task.steps[i, FIRST] + usual], sums.total)
    where, m = np.empty(n, np.int64), 0
    for r in range(n):
        p = gate_chance(sums.gate[r] + task.bias[i, at], sums.total[r] / sums.mass[r])
        if level[r] < p:
            codes[r] = usual
        else:
            level[r] = (level[r] - p) / max(ONE - p, F(1e-30))
            where[m], sums.some_act[m], sums.some_share[m] = r, sums.act[r], sums.share[r]
            m += 1
    return where[:m]


@njit(cache=True, fastmath=True, nogil=True)
def _draw_from(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    act: np.ndarray,
    share: np.ndarray,
    level: np.ndarray,
    codes: np.ndarray,
    sums: Sums,
    room: np.ndarray,
) -> None:
    """Draw codes of some rows, but for the usual one."""
    groups, n = task.digits[task.steps[i, DIGIT] - 1], len(codes)
    weights = softmax_of(tables, task, i, groups, act, share, n, room[0], room[1], sums.total)
    for r in range(n):
        codes[r] = pick_code(weights, r, level[r] * sums.total[r], task.steps[i])


@njit(cache=True, fastmath=True, nogil=True)
def _tell_drawn(sums: Sums, tables: Tables, first: int, codes: np.ndarray) -> None:
    """Add what codes tell; shares of classes are multiplied by it, and ``mass`` is their sum."""
    hidden, act, share = sums.hidden, sums.act, sums.share
    for r in range(len(codes)):
        k = first + codes[r]
        for j in range(hidden.shape[1]):
            h = hidden[r, j] + tables.embedding[k, j]
            hidden[r, j] = h
            act[r, j] = max(h, ZERO)
        scale, total = ONE / sums.mass[r], ZERO
        for c in range(share.shape[1]):
            share[r, c] *= tables.classes[k, c] * scale
        for c in range(share.shape[1]):
            total += share[r, c]
        sums.mass[r] = total
