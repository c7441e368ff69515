"""Gradients of the log-probabilities of a chain."""

import numpy as np
from numba import njit

from .arithmetic import ZERO, pick, scale
from .octets import EIGHT, load, splat, store
from .parts import (
    AT,
    DIGIT,
    FIRST,
    IS_ASKED,
    IS_TOLD,
    LEAVES,
    TO,
    USUAL,
    VARIABLE,
    WIDE,
    F,
    Slopes,
    Tables,
    Task,
    Work,
    add,
    by_branch,
    put,
    up,
)
from .products import add_outer, back_through
from .softmax import branches_of, rows_of, sort_rows, width_of


@njit(cache=True, fastmath=True, nogil=True)
def backward(tables: Tables, task: Task, work: Work, slope: np.ndarray, slopes: Slopes) -> None:
    """Add to gradients, given those of what ``forward`` gave, (v, n); its leavings are used up."""
    steps, later = task.steps, slopes.later
    n, width = later.shape
    back, some = np.zeros((up(n), width), F), np.zeros((by_branch(n, steps), width), F)
    at = len(work.probs)
    for i in range(len(steps) - 1, -1, -1):
        room = up(n) * (steps[i, TO] - steps[i, AT])
        at -= room
        if steps[i, IS_TOLD]:
            _to_rows(task.digits[steps[i, DIGIT]], steps[i, FIRST], later, slopes.embedding)
        if steps[i, IS_ASKED]:
            probs, weight = work.probs[at : at + room], slope[steps[i, VARIABLE]]
            if steps[i, LEAVES]:
                _from_branches(tables, task, i, work.acts[i], probs, weight, slopes, back, some)
            elif steps[i, USUAL] < 0:
                codes = task.digits[steps[i, DIGIT]]
                _from_all(tables, task, i, codes, work.acts[i], probs, weight, slopes, back)
            else:
                _from_gate(tables, task, i, work, probs, weight, slopes, back, some)
            _rectify(back, work.acts[i], task.chance, later)


@njit(inline="always")
def _from_all(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    codes: np.ndarray,
    act: np.ndarray,
    room: np.ndarray,
    weight: np.ndarray,
    slopes: Slopes,
    back: np.ndarray,
) -> None:
    n, at = len(codes), task.steps[i, AT]
    error = rows_of(room, up(n), width_of(task.steps[i]))
    for r in range(n):
        _to_error(error, r, codes[r], weight[r], slopes.bias, at)
    add_outer(error, 0, n, act, slopes.output, at)
    back_through(error, 0, n, tables.output, at, back)


@njit(inline="always")
def _from_branches(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    act: np.ndarray,
    room: np.ndarray,
    weight: np.ndarray,
    slopes: Slopes,
    back: np.ndarray,
    some: np.ndarray,
) -> None:
    step, codes = task.steps[i], task.digits[task.steps[i, DIGIT]]
    branches = branches_of(tables, step, codes)
    _from_all(tables, task, i, branches, act, room, weight, slopes, back)
    order = sort_rows(tables, step, branches)
    error = rows_of(room[up(len(codes)) * step[LEAVES] :], up(order.ends[-1]), WIDE)
    for b in range(len(order.starts)):
        first, last, at = order.starts[b], order.ends[b], step[AT] + step[LEAVES] + b * WIDE
        for k in range(first, last):
            put(some, k, act, order.rows[k])
            leaf = tables.places[step[FIRST] + codes[order.rows[k]]] - at
            _to_error(error, k, leaf, weight[order.rows[k]], slopes.bias, at)
        if last > first:
            add_outer(error, first, last, some, slopes.output, at)
            back_through(error, first, last, tables.output, at, some)
        for k in range(first, last):
            add(back, order.rows[k], some, k)


@njit(inline="always")
def _to_error(  # noqa: PLR0917
    error: np.ndarray, r: int, code: int, slope: np.float32, to_bias: np.ndarray, at: int
) -> None:
    """Make a gradient by logits of probabilities, in place, and add it to biases from [0, at] on."""
    slope = slope if code >= 0 else ZERO
    scale(error, r, -slope)
    if code >= 0:
        error[r, code] += slope
    for k in range(0, error.shape[1], EIGHT):
        store(to_bias, 0, at + k, load(to_bias, 0, at + k) + load(error, r, k))


@njit(inline="always")
def _from_gate(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    work: Work,
    room: np.ndarray,
    weight: np.ndarray,
    slopes: Slopes,
    back: np.ndarray,
    some: np.ndarray,
) -> None:
    codes, at = task.digits[task.steps[i, DIGIT]], task.steps[i, AT]
    act, gate, usual = work.acts[i], work.gates[i], task.steps[i, USUAL]
    m = pick(act, codes, usual, some)
    error = rows_of(room, up(m), width_of(task.steps[i]))
    _to_gate_errors(codes, usual, weight, gate, error, slopes.bias, at)
    if m:
        add_outer(error, 0, m, some, slopes.output, at)
        back_through(error, 0, m, tables.output, at, some)
    own, m = at + usual, 0
    for r in range(len(codes)):
        for j in range(0, back.shape[1], EIGHT):
            more = splat(gate[r]) * load(act, r, j)
            store(slopes.output, own, j, load(slopes.output, own, j) + more)
            store(back, r, j, splat(gate[r]) * load(tables.output, own, j))
        if codes[r] >= 0 and codes[r] != usual:
            add(back, r, some, m)
            m += 1


@njit(inline="always")
def _to_gate_errors(  # noqa: PLR0917
    codes: np.ndarray,
    usual: int,
    weight: np.ndarray,
    gate: np.ndarray,
    error: np.ndarray,
    to_bias: np.ndarray,
    at: int,
) -> None:
    """Make gradients by logits of gates and of other codes, in place."""
    m = 0
    for r in range(len(codes)):
        came = F(1.0) if codes[r] == usual else ZERO
        gate[r] = (came - gate[r]) * weight[r] if codes[r] >= 0 else ZERO
        to_bias[0, at + usual] += gate[r]
        if codes[r] >= 0 and codes[r] != usual:
            _to_error(error, m, codes[r], weight[r], to_bias, at)
            m += 1


@njit(inline="always")
def _to_rows(codes: np.ndarray, first: int, later: np.ndarray, table: np.ndarray) -> None:
    """Add what came of codes later to their rows of a table."""
    for r in range(len(codes)):
        if codes[r] >= 0:
            add(table, first + codes[r], later, r)


@njit(inline="always")
def _rectify(back: np.ndarray, act: np.ndarray, chance: np.ndarray, later: np.ndarray) -> None:
    for r in range(len(later)):
        for j in range(later.shape[1]):
            came = back[r, j] * chance[r, j]
            later[r, j] += came if act[r, j] > ZERO else ZERO
