"""Log-probabilities of the codes of a chain."""

import numpy as np
from numba import njit

from .arithmetic import activate, believe, log_sigmoid, logit, normalise, pick, sigmoid
from .parts import (
    DIGIT,
    FIRST,
    IS_ASKED,
    IS_TOLD,
    LAST,
    USUAL,
    VARIABLE,
    F,
    Start,
    Sums,
    Tables,
    Task,
    Work,
    base_of,
    sums_of,
    tell,
)


@njit(cache=True, fastmath=True, nogil=True)
def forward(tables: Tables, task: Task, start: Start, work: Work, out: np.ndarray) -> None:
    """Add log-probabilities to ``out`` (v, n), and leave behind what gradients need."""
    sums, steps, n = sums_of(start), task.steps, len(start.hidden)
    mix = np.empty(n * np.max(steps[:, LAST] - steps[:, FIRST]), F)
    at = 0
    for i in range(len(steps)):
        size = steps[i, LAST] - steps[i, FIRST]
        table, mixed = work.probs[at : at + n * size], mix[: n * size]
        at += n * size
        if steps[i, IS_ASKED]:
            activate(sums.hidden, task.chance, work.acts[i])
            believe(sums.beliefs, sums.share)
            ask = out[steps[i, VARIABLE]]
            if steps[i, USUAL] < 0:
                _ask(tables, task, i, sums, work.acts[i], table, mixed, ask)
            else:
                _ask_by_gate(tables, task, i, sums, work, table, mixed, ask)
        if steps[i, IS_TOLD]:
            tell(sums, tables, steps[i, FIRST], task.digits[steps[i, DIGIT]])


@njit(cache=True, fastmath=True, nogil=True)
def _ask(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    sums: Sums,
    act: np.ndarray,
    table: np.ndarray,
    mixed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Make probabilities of all codes of a step."""
    low, high = task.steps[i, FIRST], task.steps[i, LAST]
    codes, bias = task.digits[task.steps[i, DIGIT]], task.bias[i, low:high]
    logits, mix = table.reshape(-1, high - low), mixed.reshape(-1, high - low)
    np.dot(act, tables.output[low:high].T, logits)
    np.dot(sums.share, tables.classes[low:high].T, mix)
    for r in range(len(codes)):
        prior = tables.members[max(base_of(task, i, r), 0) :]
        has_prior = base_of(task, i, r) >= 0
        log = normalise(logits[r], mix[r], bias, prior, has_prior, -1, codes[r])
        if codes[r] >= 0:
            out[r] += log


@njit(cache=True, fastmath=True, nogil=True)
def _ask_by_gate(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    sums: Sums,
    work: Work,
    table: np.ndarray,
    mixed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Make probabilities of the usual code, and of the others of those rows that have them."""
    low, high, usual = task.steps[i, FIRST], task.steps[i, LAST], task.steps[i, USUAL]
    codes, bias = task.digits[task.steps[i, DIGIT]], task.bias[i, low:high]
    logits, mix = table.reshape(-1, high - low), mixed.reshape(-1, high - low)
    gate = work.gates[i]
    gate[:] = np.dot(work.acts[i], tables.output[low + usual])
    odds = np.dot(sums.share, tables.classes[low + usual])
    m = pick(work.acts[i], codes, usual, sums.some_act)
    if m:
        pick(sums.share, codes, usual, sums.some_share)
        np.dot(sums.some_act[:m], tables.output[low:high].T, logits[:m])
        np.dot(sums.some_share[:m], tables.classes[low:high].T, mix[:m])
    m = 0
    for r in range(len(codes)):
        x = gate[r] + bias[usual] + logit(odds[r])
        gate[r] = sigmoid(x)
        if codes[r] == usual:
            out[r] += log_sigmoid(x)
        elif codes[r] >= 0:
            log = normalise(logits[m], mix[m], bias, tables.members, False, usual, codes[r])
            out[r] += log + log_sigmoid(-x)
            m += 1
