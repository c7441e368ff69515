"""Draws of rows in the same state, which is asked once for all of them.

Before columns of few codes tell much, thousands of rows are in some hundred states.
"""

import numpy as np
from numba import njit

from .arithmetic import ONE, ZERO, believe, dot, logit, sigmoid
from .octets import EIGHT, larger, load, splat, store
from .parts import (
    AT,
    DIGIT,
    FIRST,
    IS_ASKED,
    LAST,
    LEAVES,
    TO,
    USUAL,
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
from .softmax import last_code, pick, softmax_of, whole_softmax_of

_FEWEST = 4  # rows of a state, on average


@njit(inline="always")
def draw_alike(tables: Tables, task: Task, start: Start, which: np.ndarray) -> tuple[Sums, int]:
    """Take steps while rows are in few states; ``which`` (n,) becomes the state of each row.

    Gives the states, and the step that is the first that they do not tell. Its digits are drawn, if
    there is such a step.
    """
    steps, n, m = task.steps, len(which), len(start.hidden)
    most = max(m, n // _FEWEST)
    old = room_of(most, start.hidden.shape[1], start.log_class.shape[1], steps)
    new = Sums(
        np.empty_like(old.hidden),
        np.empty_like(old.beliefs),
        old.act,
        old.share,
        old.some_act,
        old.some_share,
        old.total,
        old.gate,
        old.mass,
    )
    for s in range(m):
        put(old.hidden, s, start.hidden, s)
        put(old.beliefs, s, start.log_class, s)
    room = np.empty((2, widest(steps) * len(old.hidden)), F)
    parents, told, state = np.empty(most, np.int64), np.empty(most, np.int64), np.empty_like(which)
    for i in range(len(steps)):
        see(old, m)
        codes = task.digits[steps[i, DIGIT]]
        if steps[i, IS_ASKED]:
            _draw_of_states(tables, task, i, told, old, m, which, room)
        m = _states(which, codes, m, steps[i, LAST] - steps[i, FIRST], parents, told, state)
        if m < 0:
            return old, i
        for r in range(n):
            which[r] = state[r]
        for s in range(m):
            put(new.hidden, s, old.hidden, parents[s])
            put(new.beliefs, s, old.beliefs, parents[s])
        tell(new, tables, steps[i, FIRST], told[:m])
        old, new = new, old
    return old, len(steps)


@njit(inline="always")
def see(sums: Sums, n: int) -> None:
    """Make hidden units and shares of classes of the sums of n rows."""
    believe(sums.beliefs, n, sums.share)
    for r in range(n):
        for j in range(0, sums.hidden.shape[1], EIGHT):
            store(sums.act, r, j, larger(load(sums.hidden, r, j), splat(ZERO)))
        sums.mass[r] = ONE


@njit(inline="always")
def _draw_of_states(  # noqa: PLR0917
    tables: Tables,
    task: Task,
    i: int,
    told: np.ndarray,
    sums: Sums,
    m: int,
    which: np.ndarray,
    room: np.ndarray,
) -> None:
    """Draw a digit of each row from what its state, one of m, says; ``told`` it was told last."""
    step, level = task.steps[i], task.chance[i]
    if step[LEAVES]:
        _draw_leaves_of_states(tables, task, i, sums, m, which, room)
        return
    codes, usual, at = task.digits[step[DIGIT]], step[USUAL], step[AT] + step[USUAL]
    act, share = sums.act, sums.share
    weights = softmax_of(tables, task, i, told[:m], act, share, m, room[0], room[1], sums.total)
    if usual >= 0:
        dot(sums.act, m, tables.output, at, sums.gate)
        dot(sums.share, m, tables.classes, step[FIRST] + usual, sums.mass)
        for s in range(m):
            sums.gate[s] = gate_chance(sums.gate[s] + task.bias[0, at], sums.mass[s])
    for r in range(len(which)):
        s, rest = which[r], level[r]
        if usual >= 0 and rest < sums.gate[s]:
            codes[r] = usual
            continue
        if usual >= 0:
            rest = (rest - sums.gate[s]) / max(ONE - sums.gate[s], F(1e-30))
        codes[r] = pick_code(weights, s, rest * sums.total[s], step)


@njit(inline="always")
def _draw_leaves_of_states(  # noqa: PLR0917
    tables: Tables, task: Task, i: int, sums: Sums, m: int, which: np.ndarray, room: np.ndarray
) -> None:
    step, level, act, share = task.steps[i], task.chance[i], sums.act, sums.share
    weights = whole_softmax_of(
        tables, task, i, act, share, m, room[0], room[1], sums.total, sums.gate
    )
    last = last_code(tables, step[TO] - 1) - step[AT]
    for r in range(len(which)):
        s = which[r]
        place = pick(weights, s, level[r] * sums.total[s], step[LEAVES], last)
        task.digits[step[DIGIT], r] = tables.codes[step[AT] + place]


@njit(inline="always")
def gate_chance(logits: np.float32, mixed: np.float32) -> np.float32:
    """Probability of a usual code, of its logit and its probability in the classes."""
    return sigmoid(logits + logit(mixed))


@njit(inline="always")
def pick_code(weights: np.ndarray, r: int, level: np.float32, step: np.ndarray) -> int:
    """Give the code at which the weights of row r, added up, pass a level."""
    last = step[LAST] - step[FIRST] - 1
    return pick(weights, r, level, 0, last - 1 if step[USUAL] == last else last)


@njit(inline="always")
def _states(  # noqa: PLR0917
    which: np.ndarray,
    codes: np.ndarray,
    m: int,
    size: int,
    parents: np.ndarray,
    told: np.ndarray,
    state: np.ndarray,
) -> int:
    """Number the pairs of a state and a code that occur, -1 where there is no room for all.

    ``state`` (n,) is each row's pair, ``parents`` and ``told`` what the pairs are of.
    """
    seen, found = np.empty(m * size, np.int64), 0
    for pair in range(m * size):
        seen[pair] = -1
    for r in range(len(which)):
        pair = which[r] * size + codes[r]
        if seen[pair] < 0:
            if found == len(parents):
                return -1
            parents[found], told[found] = which[r], codes[r]
            seen[pair] = found
            found += 1
        state[r] = seen[pair]
    return found
