"""Compiled passes of :mod:`.nade` over a chain of softmaxes, in float32 on one thread.

``bias`` (steps, codes) are those of each step. A row of ``steps`` is a softmax: its variable, its row in ``digits``, its first and last row in
the tables, its usual code or -1, where its log-frequencies of members begin in ``prior``, or -1,
whether it tells those behind it, and whether it is asked for itself. A usual code has a gate of its own, and the others, which share a softmax, are computed only
where it did not come: most of the work of a column that is mostly 0.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

F = np.float32
ZERO, ONE, HALF, QUARTER = F(0.0), F(1.0), F(0.5), F(0.25)
_END, TINY = F(7.9), F(1e-12)
VARIABLE, DIGIT, FIRST, LAST, USUAL, PRIOR, IS_TOLD, IS_ASKED = range(8)


class Tables(NamedTuple):
    """What a chain reads, a row a code: of the network, and of the classes that it corrects.

    Embeddings and outputs (codes, width), log-frequencies of members (m,), log-probabilities of
    a code in each class, and the probabilities (codes, classes).
    """

    embedding: np.ndarray
    output: np.ndarray
    members: np.ndarray
    log_classes: np.ndarray
    classes: np.ndarray


@njit(cache=True, fastmath=True, nogil=True)
def forward(
    tables: Tables,
    bias: np.ndarray,
    first: np.ndarray,
    log_class: np.ndarray,
    digits: np.ndarray,
    steps: np.ndarray,
    dropout: np.ndarray,
    acts: np.ndarray,
    probs: np.ndarray,
    gates: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add log-probabilities to ``out`` (v, n); leave hidden units and probabilities behind."""
    n, width = first.shape
    embedding, output, prior = tables.embedding, tables.output, tables.members
    hidden, picked = first.copy(), np.empty((n, width), F)
    beliefs = log_class.copy()
    share, some = np.empty_like(beliefs), np.empty_like(beliefs)
    widest = np.max(steps[:, LAST] - steps[:, FIRST])
    room = np.empty(n * widest, F)
    at = 0
    for i in range(len(steps)):
        variable, low, high, usual = (
            steps[i, VARIABLE],
            steps[i, FIRST],
            steps[i, LAST],
            steps[i, USUAL],
        )
        codes, size, act = digits[steps[i, DIGIT]], high - low, acts[i]
        mix = room[: n * size].reshape(n, size)
        if steps[i, IS_ASKED] != 0:
            _activate(hidden, dropout, act)
            _believe(beliefs, share)
        table = probs[at : at + n * size].reshape(n, size)
        at += n * size
        if steps[i, IS_ASKED] == 0:
            pass
        elif usual < 0:
            np.dot(act, output[low:high].T, table)
            np.dot(share, tables.classes[low:high].T, mix)
            for r in range(n):
                base = -1
                if steps[i, PRIOR] >= 0:
                    base = steps[i, PRIOR] + max(digits[steps[i, DIGIT] - 1, r], 0) * size
                log = _normalise(table[r], mix[r], bias[i, low:high], prior, base, -1, codes[r])
                if codes[r] >= 0:
                    out[variable, r] += log
        else:
            gate = gates[i]
            gate[:] = np.dot(act, output[low + usual])
            odds = np.dot(share, tables.classes[low + usual])
            m = _pick(act, codes, usual, picked)
            if m:
                np.dot(picked[:m], output[low:high].T, table[:m])
                _pick(share, codes, usual, some)
                np.dot(some[:m], tables.classes[low:high].T, mix[:m])
            m = 0
            for r in range(n):
                x = gate[r] + bias[i, low + usual] + _logit(odds[r])
                gate[r] = ONE / (ONE + np.exp(-x))
                if codes[r] == usual:
                    out[variable, r] += _log_sigmoid(x)
                elif codes[r] >= 0:
                    log = _normalise(
                        table[m], mix[m], bias[i, low:high], prior, -1, usual, codes[r]
                    )
                    out[variable, r] += log + _log_sigmoid(-x)
                    m += 1
        if steps[i, IS_TOLD] != 0:
            for r in range(n):
                if codes[r] >= 0:
                    row = embedding[low + codes[r]]
                    for j in range(width):
                        hidden[r, j] += row[j]
                    log = tables.log_classes[low + codes[r]]
                    for c in range(len(log)):
                        beliefs[r, c] += log[c]


@njit(cache=True, fastmath=True, nogil=True)
def backward(
    embedding: np.ndarray,
    output: np.ndarray,
    digits: np.ndarray,
    steps: np.ndarray,
    dropout: np.ndarray,
    acts: np.ndarray,
    probs: np.ndarray,
    gates: np.ndarray,
    slope: np.ndarray,
    to_embedding: np.ndarray,
    to_output: np.ndarray,
    to_bias: np.ndarray,
    later: np.ndarray,
) -> None:
    """Add gradients to those of tables and biases, and to ``later``, of where sums started.

    ``slope`` (v, n) is the gradient of what ``forward`` gave; its leavings are used up.
    """
    n, width = later.shape
    back, picked = np.empty((n, width), F), np.empty((n, width), F)
    at = n * np.sum(steps[:, LAST] - steps[:, FIRST])
    for i in range(len(steps) - 1, -1, -1):
        variable, low, high, usual = (
            steps[i, VARIABLE],
            steps[i, FIRST],
            steps[i, LAST],
            steps[i, USUAL],
        )
        codes, size, act = digits[steps[i, DIGIT]], high - low, acts[i]
        if steps[i, IS_TOLD] != 0:
            for r in range(n):
                if codes[r] >= 0:
                    row = to_embedding[low + codes[r]]
                    for j in range(width):
                        row[j] += later[r, j]
        at -= n * size
        table = probs[at : at + n * size].reshape(n, size)
        if steps[i, IS_ASKED] == 0:
            continue
        if usual < 0:
            for r in range(n):
                _to_error(table[r], codes[r], slope[variable, r], to_bias[i, low:high])
            to_output[low:high] += np.dot(table.T, act)
            np.dot(table, output[low:high], back)
        else:
            m = _pick(act, codes, usual, picked)
            gate, where = gates[i], np.empty(m, np.int64)
            m = 0
            for r in range(n):
                if codes[r] < 0:
                    gate[r] = ZERO
                    continue
                came = ONE if codes[r] == usual else ZERO
                gate[r] = (came - gate[r]) * slope[variable, r]
                to_bias[i, low + usual] += gate[r]
                if codes[r] != usual:
                    _to_error(table[m], codes[r], slope[variable, r], to_bias[i, low:high])
                    where[m] = r
                    m += 1
            to_output[low + usual] += np.dot(act.T, gate)
            row = output[low + usual]
            for r in range(n):
                for j in range(width):
                    back[r, j] = gate[r] * row[j]
            if m:
                to_output[low:high] += np.dot(table[:m].T, picked[:m])
                np.dot(table[:m], output[low:high], picked[:m])
                for k in range(m):
                    for j in range(width):
                        back[where[k], j] += picked[k, j]
        for r in range(n):
            for j in range(width):
                if act[r, j] > ZERO:
                    later[r, j] += back[r, j] * dropout[r, j]


@njit(cache=True, fastmath=True, nogil=True)
def draw(
    tables: Tables,
    bias: np.ndarray,
    hidden: np.ndarray,
    beliefs: np.ndarray,
    digits: np.ndarray,
    steps: np.ndarray,
    uniform: np.ndarray,
) -> None:
    """Draw a digit of each row at each step, by ``uniform`` (steps, n); sums are used up."""
    n, width = hidden.shape
    embedding, output, prior = tables.embedding, tables.output, tables.members
    share, believed = np.empty_like(beliefs), np.empty_like(beliefs)
    act, picked = np.empty((n, width), F), np.empty((n, width), F)
    where = np.empty(n, np.int64)
    room = np.empty((2, n * np.max(steps[:, LAST] - steps[:, FIRST])), F)
    for i in range(len(steps)):
        low, high, usual = steps[i, FIRST], steps[i, LAST], steps[i, USUAL]
        codes, size = digits[steps[i, DIGIT]], high - low
        for r in range(n):
            for j in range(width):
                act[r, j] = max(hidden[r, j], ZERO)
        _believe(beliefs, share)
        m, some, trusted = n, act, share
        if usual >= 0:
            gate = np.dot(act, output[low + usual])
            odds = np.dot(share, tables.classes[low + usual])
            m = 0
            for r in range(n):
                x = gate[r] + bias[i, low + usual] + _logit(odds[r])
                chance = ONE / (ONE + np.exp(-x))
                if uniform[i, r] < chance:
                    codes[r] = usual
                else:
                    uniform[i, r] = (uniform[i, r] - chance) / max(ONE - chance, F(1e-30))
                    where[m] = r
                    picked[m] = act[r]
                    believed[m] = share[r]
                    m += 1
            some, trusted = picked, believed
        if m:
            table = room[0, : m * size].reshape(m, size)
            mix = room[1, : m * size].reshape(m, size)
            np.dot(some[:m], output[low:high].T, table)
            np.dot(trusted[:m], tables.classes[low:high].T, mix)
            for k in range(m):
                r = where[k] if usual >= 0 else k
                base = -1
                if steps[i, PRIOR] >= 0:
                    base = steps[i, PRIOR] + digits[steps[i, DIGIT] - 1, r] * size
                _normalise(table[k], mix[k], bias[i, low:high], prior, base, usual, 0)
                codes[r] = _chosen(table[k], uniform[i, r], usual)
        for r in range(n):
            row = embedding[low + codes[r]]
            for j in range(width):
                hidden[r, j] += row[j]
            log = tables.log_classes[low + codes[r]]
            for c in range(len(log)):
                beliefs[r, c] += log[c]


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _activate(hidden: np.ndarray, dropout: np.ndarray, act: np.ndarray) -> None:
    for r in range(hidden.shape[0]):
        for j in range(hidden.shape[1]):
            act[r, j] = max(hidden[r, j], ZERO) * dropout[r, j]


@njit(cache=True, fastmath=True, nogil=True)
def _believe(beliefs: np.ndarray, share: np.ndarray) -> None:
    """Make shares of classes of their logarithms, up to a constant."""
    for r in range(len(beliefs)):
        largest, total = F(-3e38), ZERO
        for c in range(beliefs.shape[1]):
            largest = max(largest, beliefs[r, c])
        for c in range(beliefs.shape[1]):
            share[r, c] = _exp(beliefs[r, c] - largest)
            total += share[r, c]
        scale = ONE / total
        for c in range(beliefs.shape[1]):
            share[r, c] *= scale


@njit(cache=True, fastmath=True, nogil=True)
def _logit(p: np.float32) -> np.float32:
    p = min(max(p, F(1e-7)), F(1 - 1e-7))
    return np.log(p / (ONE - p))


@njit(cache=True, fastmath=True, nogil=True)
def _pick(act: np.ndarray, codes: np.ndarray, usual: int, picked: np.ndarray) -> int:
    """Put rows of another code than the usual one side by side; gives how many."""
    m = 0
    for r in range(len(act)):
        if codes[r] >= 0 and codes[r] != usual:
            picked[m] = act[r]
            m += 1
    return m


@njit(cache=True, fastmath=True, nogil=True)
def _normalise(
    row: np.ndarray,
    mix: np.ndarray,
    bias: np.ndarray,
    prior: np.ndarray,
    base: int,
    left_out: int,
    code: int,
) -> np.float32:
    """Make probabilities of logits, in place, in proportion to ``mix``; gives the code's log."""
    largest = F(-3e38)
    for k in range(len(row)):
        row[k] += bias[k]
    if base >= 0:
        for k in range(len(row)):
            row[k] += prior[base + k]
    if left_out >= 0:
        row[left_out] = F(-1e30)
    for k in range(len(row)):
        largest = max(largest, row[k])
    own, total = row[max(code, 0)] - largest + np.log(max(mix[max(code, 0)], TINY)), ZERO
    for k in range(len(row)):
        row[k] = _exp(row[k] - largest) * max(mix[k], TINY)
        total += row[k]
    if left_out >= 0:
        total -= row[left_out]
        row[left_out] = ZERO
    scale = ONE / total
    for k in range(len(row)):
        row[k] *= scale
    return own - np.log(total)


@njit(cache=True, fastmath=True, nogil=True)
def _chosen(row: np.ndarray, level: np.float32, left_out: int) -> int:
    total, last = ZERO, 0
    for k in range(len(row)):
        if k != left_out:
            total += row[k]
            last = k
            if level < total:
                return k
    return last


@njit(cache=True, fastmath=True, nogil=True)
def _to_error(row: np.ndarray, code: int, slope: np.float32, to_bias: np.ndarray) -> None:
    """Make a gradient by logits of probabilities, in place."""
    if code < 0:
        row[:] = ZERO
        return
    for k in range(len(row)):
        row[k] *= -slope
    row[code] += slope
    for k in range(len(row)):
        to_bias[k] += row[k]


@njit(cache=True, fastmath=True, nogil=True)
def _log_sigmoid(x: np.float32) -> np.float32:
    return min(x, ZERO) - np.log(ONE + np.exp(-abs(x)))


@njit(cache=True, fastmath=True, nogil=True, inline="always")
def _exp(x: np.float32) -> np.float32:
    """exp(x) for x of at most 0, by a rational function that runs in vector registers.

    It is ((1 + t) / (1 - t))^2 with t = tanh(x / 4), whose function is Eigen's; relative errors
    are below 1e-3 where the value is 1e-13, and 1e-6 where it counts.
    """
    x = max(QUARTER * x, -_END)
    s = x * x
    p = F(-2.76076847742355e-16) * s + F(2.00018790482477e-13)
    p = (p * s + F(-8.60467152213735e-11)) * s + F(5.12229709037114e-08)
    p = (p * s + F(1.48572235717979e-05)) * s + F(6.37261928875436e-04)
    p = (p * s + F(4.89352455891786e-03)) * x
    q = F(1.19825839466702e-06) * s + F(1.18534705686654e-04)
    q = (q * s + F(2.26843463243900e-03)) * s + F(4.89352518554385e-03)
    root = (q + p) / (q - p)
    return root * root
