"""How the weights follow the gradient of the states."""

import numpy as np
from numba import njit

from .arithmetic import ZERO, add_rows
from .arrays import Rule, Scratch, Weights


@njit(cache=True, fastmath=True)
def update(weights: Weights, rule: Rule, n: int, n_chains: int, scratch: Scratch) -> None:
    """Follow the gradient of all states."""
    if rule.centered:
        _follow_center(weights.hidden_center, n, scratch)
    _weigh_hidden(weights, rule, n + n_chains, scratch)
    _by_unit(n + n_chains, scratch)
    for i in range(len(weights.all)):
        if scratch.starts[i + 1] > scratch.starts[i] or rule.momentum > 0:
            _update_unit(weights, rule, i, scratch)
    if rule.centered and rule.momentum == 0:
        _drift(weights, rule, scratch)
    for j in range(len(weights.hidden_bias)):
        weights.hidden_bias[j] += rule.rate * scratch.hidden_step[j]


@njit(cache=True, fastmath=True)
def _weigh_hidden(weights: Weights, rule: Rule, n_states: int, scratch: Scratch) -> None:
    """Weigh the hidden probabilities of each state, and sum them up."""
    gap, step = scratch.gap, scratch.hidden_step
    gap[:] = ZERO
    for r in range(n_states):
        h, share = scratch.hidden[r], scratch.share[r]
        for j in range(len(gap)):
            h[j] *= share
            gap[j] += h[j]
    for j in range(len(gap)):  # an assignment of slices takes 4 s to compile
        step[j] = gap[j]
    if rule.momentum > 0:
        speed = weights.hidden_velocity
        for j in range(len(gap)):
            speed[j] = rule.momentum * speed[j] + gap[j]
            step[j] = speed[j]


@njit(cache=True, fastmath=True)
def _drift(weights: Weights, rule: Rule, scratch: Scratch) -> None:
    """Take the part of a step that all visible units share: -center x gap."""
    lean = np.dot(scratch.gap, weights.hidden_center)
    squares = np.dot(weights.visible_center, weights.visible_center)
    for i in range(len(weights.visible_bias)):
        weights.visible_bias[i] += rule.rate * weights.visible_center[i] * lean
    for j in range(len(scratch.gap)):
        scratch.hidden_step[j] += squares * scratch.gap[j]
        weights.drift[j] += rule.rate * scratch.gap[j]


@njit(cache=True, fastmath=True)
def _follow_center(center: np.ndarray, n: int, scratch: Scratch) -> None:
    """Move the hidden units' centre towards their mean given the rows."""
    pace = np.float32(0.01) / np.float32(n)
    for r in range(n):
        for j in range(len(center)):
            center[j] += pace * (scratch.hidden[r, j] - center[j])


@njit(cache=True, fastmath=True)
def _by_unit(n_states: int, scratch: Scratch) -> None:
    """Turn the lists of units a state into lists of states a unit, by counting."""
    starts, place = scratch.starts, np.empty(len(scratch.starts), np.int64)
    starts[:] = 0
    for r in range(n_states):
        for at in range(scratch.counts[r]):
            starts[scratch.units[r, at] + 1] += 1
    for i in range(1, len(starts)):
        starts[i] += starts[i - 1]
    for i in range(len(starts)):
        place[i] = starts[i]
    for r in range(n_states):
        for at in range(scratch.counts[r]):
            unit = scratch.units[r, at]
            scratch.rows[place[unit]] = r
            place[unit] += 1


@njit(cache=True, fastmath=True)
def _update_unit(weights: Weights, rule: Rule, i: int, scratch: Scratch) -> None:
    """Change one visible unit's weights and bias.

    With centres, the step is that of the centred machine, written for plain biases (Cho,
    Raiko & Ilin 2013; Melchior, Fischer & Wiskott 2016, equations 12 to 14).
    """
    w, step, moves = weights.all[i], scratch.step, rule.momentum > 0
    rows = scratch.rows[scratch.starts[i] : scratch.starts[i + 1]]
    gap, center = ZERO, weights.visible_center[i] if rule.centered else ZERO
    for r in rows:
        gap += scratch.share[r]
    shared = center if moves else ZERO  # without momentum it goes into the drift
    lean = gap if rule.centered else ZERO
    for j in range(len(step)):
        step[j] = -shared * scratch.gap[j] - lean * weights.hidden_center[j]
    add_rows(scratch.hidden, rows, step)
    if moves:
        _speed_up(weights.velocity[i], rule.momentum, step)
        weights.visible_velocity[i] = rule.momentum * weights.visible_velocity[i] + gap
        gap = weights.visible_velocity[i]
    for j in range(len(step)):
        w[j] += rule.rate * step[j]
    if rule.centered:
        gap -= _shift(weights.hidden_center, center, scratch)
    weights.visible_bias[i] += rule.rate * gap


@njit(cache=True, fastmath=True)
def _speed_up(speed: np.ndarray, momentum: np.float32, step: np.ndarray) -> None:
    for j in range(len(step)):
        speed[j] = momentum * speed[j] + step[j]
        step[j] = speed[j]


@njit(cache=True, fastmath=True)
def _shift(hidden_center: np.ndarray, center: np.float32, scratch: Scratch) -> np.float32:
    """What a step of the weights moves in the biases, so that centres stay where they are."""
    total, step, hidden_step = ZERO, scratch.step, scratch.hidden_step
    for j in range(len(step)):
        total += step[j] * hidden_center[j]
        hidden_step[j] -= center * step[j]
    return total
