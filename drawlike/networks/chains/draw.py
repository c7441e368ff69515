"""Draws of the codes of a chain."""

import numpy as np
from numba import njit

from .arithmetic import believe, chosen, logit, normalise, rectified, sigmoid
from .parts import DIGIT, FIRST, LAST, USUAL, F, Start, Sums, Tables, Task, base_of, sums_of, tell


@njit(cache=True, fastmath=True, nogil=True)
def draw(tables: Tables, task: Task, start: Start) -> None:
    """Draw a digit of each row at each step, by the chances, which are used up."""
    sums, steps, n = sums_of(start), task.steps, len(start.hidden)
    every = np.arange(n)
    room = np.empty((2, n * np.max(steps[:, LAST] - steps[:, FIRST])), F)
    for i in range(len(steps)):
        codes = task.digits[steps[i, DIGIT]]
        rectified(sums.hidden, sums.act)
        believe(sums.beliefs, sums.share)
        if steps[i, USUAL] < 0:
            _draw_from(tables, task, i, sums.act, sums.share, every, room)
        else:
            rows = _draw_gates(tables, task, i, sums)
            m = len(rows)
            if m:
                act, share = sums.some_act[:m], sums.some_share[:m]
                _draw_from(tables, task, i, act, share, rows, room)
        tell(sums, tables, steps[i, FIRST], codes)


@njit(cache=True, fastmath=True, nogil=True)
def _draw_gates(tables: Tables, task: Task, i: int, sums: Sums) -> np.ndarray:
    """Draw where the usual code comes; gives the other rows, and puts them side by side."""
    low, usual = task.steps[i, FIRST], task.steps[i, USUAL]
    codes, level = task.digits[task.steps[i, DIGIT]], task.chance[i]
    gate = np.dot(sums.act, tables.output[low + usual])
    odds = np.dot(sums.share, tables.classes[low + usual])
    where, m = np.empty(len(codes), np.int64), 0
    for r in range(len(codes)):
        p = sigmoid(gate[r] + task.bias[i, low + usual] + logit(odds[r]))
        if level[r] < p:
            codes[r] = usual
        else:
            level[r] = (level[r] - p) / max(F(1.0) - p, F(1e-30))
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
    rows: np.ndarray,
    room: np.ndarray,
) -> None:
    """Draw codes of some rows, but for the usual one."""
    low, high, usual = task.steps[i, FIRST], task.steps[i, LAST], task.steps[i, USUAL]
    m, size = len(rows), high - low
    logits, mix = room[0, : m * size].reshape(m, size), room[1, : m * size].reshape(m, size)
    np.dot(act, tables.output[low:high].T, logits)
    np.dot(share, tables.classes[low:high].T, mix)
    codes, bias = task.digits[task.steps[i, DIGIT]], task.bias[i, low:high]
    for k in range(m):
        base = base_of(task, i, rows[k])
        normalise(logits[k], mix[k], bias, tables.members[max(base, 0) :], base >= 0, usual, 0)
        codes[rows[k]] = chosen(logits[k], task.chance[i, rows[k]], usual)
