"""Gradients of the log-probabilities of a chain."""

import numpy as np
from numba import njit

from .arithmetic import pick, to_error
from .parts import (
    DIGIT,
    FIRST,
    IS_ASKED,
    IS_TOLD,
    LAST,
    USUAL,
    VARIABLE,
    F,
    Slopes,
    Tables,
    Task,
    Work,
    add,
)


@njit(cache=True, fastmath=True, nogil=True)
def backward(tables: Tables, task: Task, work: Work, slope: np.ndarray, slopes: Slopes) -> None:
    """Add to gradients, given those of what ``forward`` gave, (v, n); its leavings are used up."""
    steps, later = task.steps, slopes.later
    n = len(later)
    back, some = np.empty_like(later), np.empty_like(later)
    at = n * np.sum(steps[:, LAST] - steps[:, FIRST])
    for i in range(len(steps) - 1, -1, -1):
        size = steps[i, LAST] - steps[i, FIRST]
        at -= n * size
        if steps[i, IS_TOLD]:
            _to_rows(task.digits[steps[i, DIGIT]], steps[i, FIRST], later, slopes.embedding)
        if steps[i, IS_ASKED]:
            table, weight = work.probs[at : at + n * size], slope[steps[i, VARIABLE]]
            if steps[i, USUAL] < 0:
                _from_all(tables, task, i, work.acts[i], table, weight, slopes, back)
            else:
                _from_gate(tables, task, i, work, table, weight, slopes, back, some)
            _rectify(back, work.acts[i], task.chance, later)


@njit(cache=True, fastmath=True, nogil=True)
def _from_all(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    act: np.ndarray,
    table: np.ndarray,
    weight: np.ndarray,
    slopes: Slopes,
    back: np.ndarray,
) -> None:
    low, high = task.steps[i, FIRST], task.steps[i, LAST]
    codes, error = task.digits[task.steps[i, DIGIT]], table.reshape(-1, high - low)
    for r in range(len(codes)):
        to_error(error[r], codes[r], weight[r], slopes.bias[i, low:high])
    slopes.output[low:high] += np.dot(error.T, act)
    np.dot(error, tables.output[low:high], back)


@njit(cache=True, fastmath=True, nogil=True)
def _from_gate(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    work: Work,
    table: np.ndarray,
    weight: np.ndarray,
    slopes: Slopes,
    back: np.ndarray,
    some: np.ndarray,
) -> None:
    low, high, usual = task.steps[i, FIRST], task.steps[i, LAST], task.steps[i, USUAL]
    codes, error = task.digits[task.steps[i, DIGIT]], table.reshape(-1, high - low)
    act, gate = work.acts[i], work.gates[i]
    m = pick(act, codes, usual, some)
    where = _errors_of_gate(codes, usual, weight, gate, error, slopes.bias[i, low:high])
    slopes.output[low + usual] += np.dot(act.T, gate)
    for r in range(len(codes)):
        for j in range(back.shape[1]):
            back[r, j] = gate[r] * tables.output[low + usual, j]
    if m:
        slopes.output[low:high] += np.dot(error[:m].T, some[:m])
        np.dot(error[:m], tables.output[low:high], some[:m])
        for k in range(m):
            add(back, where[k], some, k)


@njit(cache=True, fastmath=True, nogil=True)
def _errors_of_gate(  # noqa: PLR0917
    codes: np.ndarray,
    usual: int,
    weight: np.ndarray,
    gate: np.ndarray,
    error: np.ndarray,
    to_bias: np.ndarray,
) -> np.ndarray:
    """Make gradients by logits of gates and of other codes, in place; gives the others' rows."""
    where, m = np.empty(len(codes), np.int64), 0
    for r in range(len(codes)):
        came = F(1.0) if codes[r] == usual else F(0.0)
        gate[r] = (came - gate[r]) * weight[r] if codes[r] >= 0 else F(0.0)
        to_bias[usual] += gate[r]
        if codes[r] >= 0 and codes[r] != usual:
            to_error(error[m], codes[r], weight[r], to_bias)
            where[m] = r
            m += 1
    return where


@njit(cache=True, fastmath=True, nogil=True)
def _to_rows(codes: np.ndarray, first: int, later: np.ndarray, table: np.ndarray) -> None:
    """Add what came of codes later to their rows of a table."""
    for r in range(len(codes)):
        if codes[r] >= 0:
            add(table, first + codes[r], later, r)


@njit(cache=True, fastmath=True, nogil=True)
def _rectify(back: np.ndarray, act: np.ndarray, chance: np.ndarray, later: np.ndarray) -> None:
    for r in range(len(act)):
        for j in range(act.shape[1]):
            if act[r, j] > F(0.0):
                later[r, j] += back[r, j] * chance[r, j]
