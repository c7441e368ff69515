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
    weigh,
)
from .parts import (
    AT,
    DIGIT,
    FIRST,
    INNER,
    IS_ASKED,
    IS_TOLD,
    PRIOR,
    TO,
    USUAL,
    VARIABLE,
    F,
    Start,
    Sums,
    Tables,
    Task,
    Work,
    add_prior,
    put,
    room_of,
    tell,
    up,
    widest,
)
from .products import logits_of


@njit(cache=True, fastmath=True, nogil=True)
def forward(tables: Tables, task: Task, start: Start, work: Work, out: np.ndarray) -> None:
    """Add log-probabilities to ``out`` (v, n), and leave behind what gradients need."""
    steps, n = task.steps, len(start.hidden)
    sums = room_of(n, start.hidden.shape[1], start.log_class.shape[1])
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
            if steps[i, USUAL] < 0:
                _ask(tables, task, i, sums, work.acts[i], probs, mix, ask)
            else:
                _ask_by_gate(tables, task, i, sums, work, probs, mix, ask)
        if steps[i, IS_TOLD]:
            tell(sums, tables, steps[i, FIRST], task.digits[steps[i, DIGIT]])


@njit(inline="always")
def _ask(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    sums: Sums,
    act: np.ndarray,
    room: np.ndarray,
    mixed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Make probabilities of all codes of a step."""
    codes = task.digits[task.steps[i, DIGIT]]
    n = len(codes)
    groups = task.digits[task.steps[i, DIGIT] - 1]
    probs = softmax_of(tables, task, i, groups, act, sums.share, n, room, mixed, sums.total)
    for r in range(n):
        scale(probs, r, ONE / sums.total[r])
        if codes[r] >= 0:
            out[r] += log_of(probs[r, codes[r]])


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

    ``groups`` are those of the rows, if the step's codes are members.
    """
    at, wide = task.steps[i, AT], task.steps[i, TO] - task.steps[i, AT]
    weights, mix = (
        room[: up(n) * wide].reshape(up(n), wide),
        mixed[: up(n) * wide].reshape(up(n), wide),
    )
    logits_of(act, n, tables.panels, at, weights)
    logits_of(share, n, tables.class_panels, at, mix)
    if task.steps[i, PRIOR] >= 0:
        add_prior(tables, task.steps[i], groups, weights)
    weigh(weights, n, mix, task.bias, i, at, task.steps[i, USUAL], total)
    return weights


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
        x = gate[r] + task.bias[i, at] + logit(sums.gate[r])
        gate[r] = sigmoid(x)
        if codes[r] == usual:
            out[r] += log_sigmoid(x)
        elif codes[r] >= 0:
            scale(probs, m, ONE / sums.total[m])
            out[r] += log_of(probs[m, codes[r]]) + log_sigmoid(-x)
            m += 1
