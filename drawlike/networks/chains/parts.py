"""What a pass reads and writes."""

from typing import NamedTuple

import numpy as np
from numba import njit

VARIABLE, DIGIT, FIRST, LAST, USUAL, PRIOR, IS_TOLD, IS_ASKED = range(8)
F = np.float32


class Tables(NamedTuple):
    """What a chain knows, a row a code: of the network, and of the classes that it corrects.

    Embeddings and outputs (codes, width), log-frequencies of members (m,), log-probabilities of
    a code in each class, and the probabilities (codes, classes).
    """

    embedding: np.ndarray
    output: np.ndarray
    members: np.ndarray
    log_classes: np.ndarray
    classes: np.ndarray


class Task(NamedTuple):
    """Rows of ``digits`` (d, n), -1 where unobserved, and the steps that take them.

    A row of ``steps`` (s, 8) is a softmax: its variable, its row in ``digits``, its first and last
    row in the tables, its usual code or -1, where its log-frequencies of members begin or -1,
    whether it tells those behind it, and whether it is asked for itself. A usual code has a gate
    of its own, and the others, which share a softmax, are computed only where it did not come:
    most of the work of a column that is mostly 0. ``bias`` (s, codes) are those of each step.
    ``chance`` multiplies hidden units (n, width), or is what is drawn by, (s, n), from 0 to 1.
    """

    digits: np.ndarray
    steps: np.ndarray
    bias: np.ndarray
    chance: np.ndarray


class Start(NamedTuple):
    """Sums of embeddings (n, width) and of log-classes (n, classes) at the start of a chain."""

    hidden: np.ndarray
    log_class: np.ndarray


class Work(NamedTuple):
    """Left by a pass: hidden units (s, n, width), probabilities (n codes,) and gates (s, n)."""

    acts: np.ndarray
    probs: np.ndarray
    gates: np.ndarray


class Slopes(NamedTuple):
    """Gradients of embeddings, outputs, biases of each step, and of where sums started."""

    embedding: np.ndarray
    output: np.ndarray
    bias: np.ndarray
    later: np.ndarray


class Sums(NamedTuple):
    """Sums of what is told so far, what follows from them, and the same of some of the rows."""

    hidden: np.ndarray
    beliefs: np.ndarray
    act: np.ndarray
    share: np.ndarray
    some_act: np.ndarray
    some_share: np.ndarray


@njit(cache=True, fastmath=True, nogil=True)
def sums_of(start: Start) -> Sums:
    """Give the sums that a chain starts from."""
    hidden, beliefs = start.hidden.copy(), start.log_class.copy()
    act, share = np.empty_like(hidden), np.empty_like(beliefs)
    return Sums(hidden, beliefs, act, share, np.empty_like(hidden), np.empty_like(beliefs))


@njit(cache=True, fastmath=True, nogil=True)
def base_of(task: Task, i: int, r: int) -> int:
    """Where the log-frequencies of a row's members begin, -1 where the step has none."""
    step = task.steps[i]
    if step[PRIOR] < 0:
        return -1
    return step[PRIOR] + max(task.digits[step[DIGIT] - 1, r], 0) * (step[LAST] - step[FIRST])


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def add(table: np.ndarray, r: int, other: np.ndarray, row: int) -> None:
    """Add a row of another table to a row."""
    for j in range(table.shape[1]):
        table[r, j] += other[row, j]


@njit(cache=True, fastmath=True, nogil=True)
def tell(sums: Sums, tables: Tables, first: int, codes: np.ndarray) -> None:
    """Add what codes tell to the sums."""
    for r in range(len(codes)):
        if codes[r] >= 0:
            add(sums.hidden, r, tables.embedding, first + codes[r])
            add(sums.beliefs, r, tables.log_classes, first + codes[r])
