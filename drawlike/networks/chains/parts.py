"""What a pass reads and writes."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from .octets import EIGHT, load, store

VARIABLE, DIGIT, FIRST, LAST, USUAL, PRIOR, IS_TOLD, IS_ASKED, AT, TO, LEAVES = range(11)
F = np.float32
WIDE = 2 * EIGHT  # codes of a panel
# of what compiled code alone calls: an entry that unpacks Python's tuples would be compiled for nothing
INNER: dict[str, Any] = {
    "cache": True,
    "fastmath": True,
    "nogil": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class Tables(NamedTuple):
    """What a chain knows, a row a code: of the network, and of the classes that it corrects.

    Embeddings (codes, width), log-frequencies of members (m,), and log-probabilities of a code in
    each class, and these themselves, (codes, classes). What products read is wide: the codes of
    a step have rows of nothing after them, up to a multiple of 16. Those are outputs (wide,
    width), and outputs and probabilities in panels of 16 codes, (wide width / 16, 16) and
    (wide classes / 16, 16). Width and classes are multiples of 16 and 8. ``places`` (codes,) are
    those of codes in what is wide, and ``codes`` (wide,) are the codes there, or -1.
    """

    embedding: np.ndarray
    members: np.ndarray
    log_classes: np.ndarray
    classes: np.ndarray
    output: np.ndarray
    panels: np.ndarray
    class_panels: np.ndarray
    places: np.ndarray
    codes: np.ndarray


class Task(NamedTuple):
    """Rows of ``digits`` (d, n), -1 where unobserved, and the steps that take them.

    A row of ``steps`` (s, 11) is a softmax: its variable, its row in ``digits``, its first and last
    row in the tables, its usual code or -1, where its log-frequencies of members begin or -1,
    whether it tells those behind it, whether it is asked for itself, its first and last row
    in what is wide, and where in these its leaves begin, or 0. A usual code has a gate
    of its own, and the others, which share a softmax, are computed only where it did not come:
    most of the work of a column that is mostly 0. Of many codes a softmax tells the branch, whose
    row is before the leaves, and another one which of its at most 16 leaves it is: those of
    other branches are not computed. ``bias`` (1, wide) are those of the codes, each at its step.
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
    """Left by a pass: hidden units (s, n, width), probabilities (n wide,) and gates (s, n)."""

    acts: np.ndarray
    probs: np.ndarray
    gates: np.ndarray


class Slopes(NamedTuple):
    """Gradients of embeddings, outputs, biases, and of where sums started."""

    embedding: np.ndarray
    output: np.ndarray
    bias: np.ndarray
    later: np.ndarray


class Sums(NamedTuple):
    """Sums of what is told so far, what follows from them, and the same of some of the rows.

    There is room for a multiple of four rows. ``total`` (n,) is room for what normalises a
    softmax, ``gate`` for logits of a usual code; ``mass`` is what shares of classes sum to where
    they are not normalised.
    """

    hidden: np.ndarray
    beliefs: np.ndarray
    act: np.ndarray
    share: np.ndarray
    some_act: np.ndarray
    some_share: np.ndarray
    total: np.ndarray
    gate: np.ndarray
    mass: np.ndarray


@njit(inline="always")
def up(n: int) -> int:
    """Give the next multiple of four."""
    return -(-n // 4) * 4


@njit(inline="always")
def widest(steps: np.ndarray) -> int:
    """Rows in what is wide of the step that has most."""
    most = 0
    for i in range(len(steps)):
        most = max(most, steps[i, TO] - steps[i, AT])
    return most


@njit(inline="always")
def by_branch(n: int, steps: np.ndarray) -> int:
    """Room for n rows sorted by branch, each branch a multiple of four."""
    return up(n) + 3 * min(n, widest(steps) // WIDE)


@njit(**INNER)
def room_of(n: int, width: int, k: int, steps: np.ndarray) -> Sums:
    """Memory for the sums of n rows."""
    total = np.empty(up(by_branch(n, steps)), F)
    n = up(n)  # what is not asked for is computed, too, and never read
    hidden, beliefs = np.empty((n, width), F), np.empty((n, k), F)
    act, some_act = np.empty((n, width), F), np.empty((n, width), F)
    share, some_share = np.empty((n, k), F), np.empty((n, k), F)
    gate, mass = np.empty(n, F), np.empty(n, F)
    return Sums(hidden, beliefs, act, share, some_act, some_share, total, gate, mass)


@njit(inline="always")
def add_prior(tables: Tables, step: np.ndarray, groups: np.ndarray, logits: np.ndarray) -> None:
    """Add log-frequencies of members of each row's group to logits (n, codes)."""
    size = step[LAST] - step[FIRST]
    for r in range(len(groups)):
        first = step[PRIOR] + max(groups[r], 0) * size
        for k in range(size):
            logits[r, k] += tables.members[first + k]


@njit(inline="always")
def add(table: np.ndarray, r: int, other: np.ndarray, row: int) -> None:
    """Add a row of another table to a row."""
    for j in range(0, table.shape[1], EIGHT):
        store(table, r, j, load(table, r, j) + load(other, row, j))


@njit(inline="always")
def put(table: np.ndarray, r: int, other: np.ndarray, row: int) -> None:
    """Write a row of another table to a row."""
    for j in range(0, table.shape[1], EIGHT):
        store(table, r, j, load(other, row, j))


@njit(**INNER)
def tell(sums: Sums, tables: Tables, first: int, codes: np.ndarray) -> None:
    """Add what codes tell to the sums."""
    for r in range(len(codes)):
        if codes[r] >= 0:
            add(sums.hidden, r, tables.embedding, first + codes[r])
            add(sums.beliefs, r, tables.log_classes, first + codes[r])
