"""Log-probabilities of the codes of a chain."""

import numpy as np
from numba import njit

from .arithmetic import (
    ONE,
    activate,
    believe,
    dot,
    log_of,
    log_sigmoid,
    logit,
    pick,
    scale,
    sigmoid,
)
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
    Start,
    Sums,
    Tables,
    Task,
    Work,
    put,
    room_of,
    tell,
    up,
    widest,
)
from .softmax import branches_of, softmax_of, softmax_of_leaves, sort_rows


@njit(cache=True, fastmath=True, nogil=True)
def forward(tables: Tables, task: Task, start: Start, work: Work, out: np.ndarray) -> None:
    """Add log-probabilities to ``out`` (v, n), and leave behind what gradients need."""
    steps, n = task.steps, len(start.hidden)
    sums = room_of(n, start.hidden.shape[1], start.log_class.shape[1], steps)
    for r in range(n):
        put(sums.hidden, r, start.hidden, r)
        put(sums.beliefs, r, start.log_class, r)
    mixes = np.empty(up(n) * widest(steps), F)
    at = 0
    for i in range(len(steps)):
        room = up(n) * (steps[i, TO] - steps[i, AT])
        probs, mix = work.probs[at : at + room], mixes[:room]
        at += room
        believe(sums.beliefs, n, sums.share)
        if steps[i, IS_ASKED]:
            activate(sums.hidden, task.chance, n, work.acts[i])
            ask = out[steps[i, VARIABLE]]
            if steps[i, LEAVES]:
                _ask_by_branches(tables, task, i, sums, work.acts[i], probs, mix, ask)
            elif steps[i, USUAL] < 0:
                codes = task.digits[steps[i, DIGIT]]
                _ask(tables, task, i, codes, sums, work.acts[i], probs, mix, ask)
            else:
                _ask_by_gate(tables, task, i, sums, work, probs, mix, ask)
        if steps[i, IS_TOLD]:
            tell(sums, tables, steps[i, FIRST], task.digits[steps[i, DIGIT]])


@njit(inline="always")
def _ask(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    codes: np.ndarray,
    sums: Sums,
    act: np.ndarray,
    room: np.ndarray,
    mixed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Make probabilities of all codes of a step, or of its branches."""
    n = len(codes)
    groups = task.digits[task.steps[i, DIGIT] - 1]
    probs = softmax_of(tables, task, i, groups, act, sums.share, n, room, mixed, sums.total)
    for r in range(n):
        scale(probs, r, ONE / sums.total[r])
        if codes[r] >= 0:
            out[r] += log_of(probs[r, codes[r]])


@njit(inline="always")
def _ask_by_branches(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    sums: Sums,
    act: np.ndarray,
    room: np.ndarray,
    mixed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Make probabilities of all branches, and of the leaves of each row's branch."""
    step, codes = task.steps[i], task.digits[task.steps[i, DIGIT]]
    branches = branches_of(tables, step, codes)
    _ask(tables, task, i, branches, sums, act, room, mixed, out)
    order = sort_rows(tables, step, branches)
    rest = room[up(len(codes)) * step[LEAVES] :]
    probs = softmax_of_leaves(tables, task, i, order, act, sums.share, rest, mixed, sums.total)
    for b in range(len(order.starts)):
        for k in range(order.starts[b], order.ends[b]):
            r = order.rows[k]
            scale(probs, k, ONE / sums.total[k])
            out[r] += log_of(probs[k, tables.places[step[FIRST] + codes[r]] % WIDE])


@njit(inline="always")
def _ask_by_gate(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    sums: Sums,
    work: Work,
    room: np.ndarray,
    mixed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Make probabilities of the usual code, and of the others of those rows that have them."""
    codes, usual = task.digits[task.steps[i, DIGIT]], task.steps[i, USUAL]
    at, n, gate = task.steps[i, AT] + usual, len(codes), work.gates[i]
    dot(work.acts[i], n, tables.output, at, gate)
    dot(sums.share, n, tables.classes, task.steps[i, FIRST] + usual, sums.gate)
    m = pick(work.acts[i], codes, usual, sums.some_act)
    pick(sums.share, codes, usual, sums.some_share)
    some, share = sums.some_act, sums.some_share
    probs = softmax_of(tables, task, i, codes, some, share, m, room, mixed, sums.total)
    m = 0
    for r in range(n):
        x = gate[r] + task.bias[0, at] + logit(sums.gate[r])
        gate[r] = sigmoid(x)
        if codes[r] == usual:
            out[r] += log_sigmoid(x)
        elif codes[r] >= 0:
            scale(probs, m, ONE / sums.total[m])
            out[r] += log_of(probs[m, codes[r]]) + log_sigmoid(-x)
            m += 1
