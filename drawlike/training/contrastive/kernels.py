"""Stochastic gradient steps of a Boltzmann machine with binary visible units, compiled.

A binary state is the list of its units that are on, so the products with the weights are
sums of some of their rows; only the hidden states, half of which may be on, take a
matrix product. All arithmetic is in float32.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .random import fill_uniform

F = np.float32
_ZERO, _ONE, _TWO, _HALF = F(0.0), F(1.0), F(2.0), F(0.5)
_TANH_END = np.float32(7.90531110763549805)


class Data(NamedTuple):
    """Rows x (n, D), or probabilities if ``grey``; cells to be drawn; labels' units."""

    x: np.ndarray
    missing: np.ndarray  # (n, D) uint8, or (0, 0) where nothing is missing
    label: np.ndarray  # (n,) the unit that is on for the row's class, or -1
    weight: np.ndarray  # (n,)
    grey: bool


class Chains(NamedTuple):
    """Hidden states (c, m) of the chains, their labels and weights (c,)."""

    hidden: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    random: np.ndarray  # states of the generators


class Weights(NamedTuple):
    """Weights (D + k, m), biases, centres and velocities (of length 0 without momentum).

    ``visible`` is the view of the first D rows of ``all``; the k others are the labels'.
    Within :func:`climb` the weights are ``all`` - ``visible_center`` x ``drift``: a centre
    moves all weights at every step, and most of them need no other change.
    """

    all: np.ndarray
    visible: np.ndarray
    visible_bias: np.ndarray
    hidden_bias: np.ndarray
    visible_center: np.ndarray
    hidden_center: np.ndarray
    drift: np.ndarray  # (m,)
    velocity: np.ndarray
    visible_velocity: np.ndarray
    hidden_velocity: np.ndarray


class Rule(NamedTuple):
    """How a step is taken."""

    rate: np.float32
    momentum: np.float32
    decay: np.float32
    batch_size: int
    n_gibbs: int
    persistent: bool
    centered: bool


class _Scratch(NamedTuple):
    random: np.ndarray
    uniform: np.ndarray
    on: np.ndarray
    field: np.ndarray
    units: np.ndarray  # (batch + chains, D + 1) which units are on
    counts: np.ndarray  # (batch + chains,) how many are
    hidden: np.ndarray  # (batch + chains, m) probabilities, then weighted
    share: np.ndarray  # (batch + chains,) weight of each state in the gradient
    starts: np.ndarray
    rows: np.ndarray  # which states each unit is on in, unit after unit
    gap: np.ndarray  # (m,) hidden means of the rows less those of the chains
    hidden_step: np.ndarray  # (m,)
    step: np.ndarray  # (m,) of one visible unit's weights


@njit(cache=True)
def climb(data: Data, chains: Chains, weights: Weights, rule: Rule, order: np.ndarray) -> None:
    """Take a step on each batch of the rows in ``order``; a last, smaller one included."""
    size = rule.batch_size
    scratch = _scratch(size, chains, weights)
    for start in range(0, len(order), size):
        n = min(size, len(order) - start)
        _positive(data, weights, order[start : start + n], scratch)
        drawn = chains
        if not rule.persistent:
            part = slice(0, n)
            drawn = Chains(
                chains.hidden[part], chains.label[part], chains.weight[part], chains.random
            )
            _begin_at_rows(data, order[start : start + n], scratch, drawn)
        for _ in range(rule.n_gibbs):
            _negative(weights, drawn, n, scratch)
        _update(weights, rule, n, len(drawn.hidden), scratch)
    _fold(weights, (_ONE - rule.rate * rule.decay) ** (len(order) // size))


@njit(cache=True, fastmath=True)
def _fold(weights: Weights, shrink: np.float32) -> None:
    """Put the drift into the weights, and let them decay."""
    for i in range(len(weights.all)):
        w, center = weights.all[i], weights.visible_center[i]
        for j in range(len(w)):
            w[j] = shrink * (w[j] - center * weights.drift[j])
    weights.drift[:] = 0


@njit(cache=True)
def _scratch(batch: int, chains: Chains, weights: Weights) -> _Scratch:
    n_units, n_hidden = weights.all.shape
    n_visible, n_states = len(weights.visible), batch + len(chains.hidden)
    longest = (max(n_visible, n_hidden) + 63) // 64 * 64
    return _Scratch(
        chains.random,
        np.empty(longest, np.float32),
        np.empty(n_visible, np.uint8),
        np.empty(n_visible, np.float32),
        np.empty((n_states, n_visible + 1), np.int32),
        np.empty(n_states, np.int64),
        np.empty((n_states, n_hidden), np.float32),
        np.empty(n_states, np.float32),
        np.empty(n_units + 1, np.int64),
        np.empty(n_states * (n_visible + 1), np.int32),
        np.empty(n_hidden, np.float32),
        np.empty(n_hidden, np.float32),
        np.empty(n_hidden, np.float32),
    )


@njit(cache=True, fastmath=True)
def _positive(data: Data, weights: Weights, order: np.ndarray, scratch: _Scratch) -> None:
    """Hidden probabilities given the rows of a batch."""
    n_missing = len(data.missing)
    for r in range(len(order)):
        row = order[r]
        x, on = data.x[row], scratch.on
        if n_missing and data.missing[row].any():
            _read(x, on, data.grey, scratch)
            _listed(on, data.label[row], r, scratch)
            _excite(weights, r, scratch)
            _draw_missing(x, data.missing[row], weights, r, scratch)
        _read(x, on, data.grey, scratch)
        _listed(on, data.label[row], r, scratch)
        _excite(weights, r, scratch)
        scratch.share[r] = data.weight[row] / np.float32(len(order))


@njit(cache=True, fastmath=True)
def _read(x: np.ndarray, on: np.ndarray, grey: bool, scratch: _Scratch) -> None:
    """Bits of a row, drawn afresh at every visit where it holds probabilities."""
    if grey:
        fill_uniform(scratch.random, scratch.uniform[: (len(x) + 63) // 64 * 64])
        for i in range(len(x)):
            on[i] = x[i] > scratch.uniform[i]
    else:
        for i in range(len(x)):
            on[i] = x[i] > _HALF


@njit(cache=True, fastmath=True)
def _draw_missing(
    x: np.ndarray,
    missing: np.ndarray,
    weights: Weights,
    r: int,
    scratch: _Scratch,
) -> None:
    """Move the missing cells of a row one Gibbs sweep on; they stay in the row."""
    h = scratch.hidden[r]
    fill_uniform(scratch.random, scratch.uniform[: (len(h) + 63) // 64 * 64])
    for j in range(len(h)):
        h[j] = np.float32(scratch.uniform[j] < h[j])
    fill_uniform(scratch.random, scratch.uniform[: (len(x) + 63) // 64 * 64])
    lean = np.dot(h, weights.drift)
    for i in range(len(x)):
        if missing[i]:
            w = weights.visible[i]
            field = weights.visible_bias[i] - weights.visible_center[i] * lean
            for j in range(len(h)):
                field += w[j] * h[j]
            x[i] = np.float32(scratch.uniform[i] < _sigmoid(field))


@njit(cache=True, fastmath=True)
def _begin_at_rows(data: Data, order: np.ndarray, scratch: _Scratch, chains: Chains) -> None:
    """Start chains at the rows of a batch (contrastive divergence, Hinton 2002)."""
    for r in range(len(order)):
        _draw_hidden(scratch.hidden[r], chains.hidden[r], scratch)
        chains.label[r] = data.label[order[r]]
        chains.weight[r] = data.weight[order[r]] / np.float32(len(order))


@njit(cache=True, fastmath=True)
def _negative(weights: Weights, chains: Chains, n: int, scratch: _Scratch) -> None:
    """Move the chains one Gibbs sweep on; their states stand behind those of the batch."""
    n_visible, on, field = len(weights.visible), scratch.on, scratch.field
    # this way round the product is twice as fast for few chains
    fields = np.dot(weights.visible, chains.hidden.T)
    for c in range(len(chains.hidden)):
        r = n + c
        lean = np.dot(chains.hidden[c], weights.drift)
        for i in range(n_visible):
            field[i] = fields[i, c] + weights.visible_bias[i] - lean * weights.visible_center[i]
        fill_uniform(scratch.random, scratch.uniform[: (n_visible + 63) // 64 * 64])
        for i in range(n_visible):
            p, q = _tanh(_HALF * field[i])
            on[i] = (_TWO * scratch.uniform[i] - _ONE) * q < p  # u < sigmoid, undivided
        _listed(on, chains.label[c], r, scratch)
        _excite(weights, r, scratch)
        _draw_hidden(scratch.hidden[r], chains.hidden[c], scratch)
        scratch.share[r] = -chains.weight[c]


@njit(cache=True, fastmath=True)
def _draw_hidden(probability: np.ndarray, into: np.ndarray, scratch: _Scratch) -> None:
    fill_uniform(scratch.random, scratch.uniform[: (len(into) + 63) // 64 * 64])
    for j in range(len(into)):
        into[j] = scratch.uniform[j] < probability[j]


@njit(cache=True, fastmath=True)
def _listed(on: np.ndarray, label: int, r: int, scratch: _Scratch) -> None:
    """List the units that are on; the last one is the label's, if there is one."""
    units, n = scratch.units[r], 0
    for i in range(len(on)):
        units[n] = i
        n += on[i]
    if label >= 0:
        units[n] = label
        n += 1
    scratch.counts[r] = n


@njit(cache=True, fastmath=True)
def _excite(weights: Weights, r: int, scratch: _Scratch) -> None:
    """Hidden probabilities given the units that are on."""
    h, units, lean = scratch.hidden[r], scratch.units[r, : scratch.counts[r]], _ZERO
    for i in units:
        lean += weights.visible_center[i]
    for j in range(len(h)):
        h[j] = weights.hidden_bias[j] - lean * weights.drift[j]
    _add_rows(weights.all, units, h)
    for j in range(len(h)):
        h[j] = _sigmoid(h[j])


@njit(cache=True, fastmath=True)
def _add_rows(table: np.ndarray, rows: np.ndarray, total: np.ndarray) -> None:
    """Add some rows of a table, four at a time to halve the traffic of the total."""
    n, at = len(rows), 0
    while at + 4 <= n:
        a, b = table[rows[at]], table[rows[at + 1]]
        c, d = table[rows[at + 2]], table[rows[at + 3]]
        for j in range(len(total)):
            total[j] += (a[j] + b[j]) + (c[j] + d[j])
        at += 4
    while at < n:
        a = table[rows[at]]
        for j in range(len(total)):
            total[j] += a[j]
        at += 1


@njit(cache=True, fastmath=True)
def _update(weights: Weights, rule: Rule, n: int, n_chains: int, scratch: _Scratch) -> None:
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
def _weigh_hidden(weights: Weights, rule: Rule, n_states: int, scratch: _Scratch) -> None:
    """Weigh the hidden probabilities of each state, and sum them up."""
    gap, step = scratch.gap, scratch.hidden_step
    gap[:] = _ZERO
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
def _drift(weights: Weights, rule: Rule, scratch: _Scratch) -> None:
    """Take the part of a step that all visible units share: -center x gap."""
    lean = np.dot(scratch.gap, weights.hidden_center)
    squares = np.dot(weights.visible_center, weights.visible_center)
    for i in range(len(weights.visible_bias)):
        weights.visible_bias[i] += rule.rate * weights.visible_center[i] * lean
    for j in range(len(scratch.gap)):
        scratch.hidden_step[j] += squares * scratch.gap[j]
        weights.drift[j] += rule.rate * scratch.gap[j]


@njit(cache=True, fastmath=True)
def _follow_center(center: np.ndarray, n: int, scratch: _Scratch) -> None:
    """Move the hidden units' centre towards their mean given the rows."""
    pace = np.float32(0.01) / np.float32(n)
    for r in range(n):
        for j in range(len(center)):
            center[j] += pace * (scratch.hidden[r, j] - center[j])


@njit(cache=True, fastmath=True)
def _by_unit(n_states: int, scratch: _Scratch) -> None:
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
def _update_unit(weights: Weights, rule: Rule, i: int, scratch: _Scratch) -> None:
    """Change one visible unit's weights and bias.

    With centres, the step is that of the centred machine, written for plain biases (Cho,
    Raiko & Ilin 2013; Melchior, Fischer & Wiskott 2016, equations 12 to 14).
    """
    w, step, moves = weights.all[i], scratch.step, rule.momentum > 0
    rows = scratch.rows[scratch.starts[i] : scratch.starts[i + 1]]
    gap, center = _ZERO, weights.visible_center[i] if rule.centered else _ZERO
    for r in rows:
        gap += scratch.share[r]
    shared = center if moves else _ZERO  # without momentum it goes into the drift
    lean = gap if rule.centered else _ZERO
    for j in range(len(step)):
        step[j] = -shared * scratch.gap[j] - lean * weights.hidden_center[j]
    _add_rows(scratch.hidden, rows, step)
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
def _shift(hidden_center: np.ndarray, center: np.float32, scratch: _Scratch) -> np.float32:
    """What a step of the weights moves in the biases, so that centres stay where they are."""
    total, step, hidden_step = _ZERO, scratch.step, scratch.hidden_step
    for j in range(len(step)):
        total += step[j] * hidden_center[j]
        hidden_step[j] -= center * step[j]
    return total


@njit(cache=True, fastmath=True)
def _sigmoid(x: np.float32) -> np.float32:
    p, q = _tanh(_HALF * x)
    return _HALF + _HALF * p / q


@njit(cache=True, fastmath=True)
def _tanh(x: np.float32) -> tuple[np.float32, np.float32]:
    """Numerator and denominator of tanh, to a few units in the last place.

    The rational function is Eigen's; unlike ``exp`` it runs in vector registers.
    """
    x = min(max(x, -_TANH_END), _TANH_END)
    s = x * x
    p = F(-2.76076847742355e-16) * s + F(2.00018790482477e-13)
    p = (p * s + F(-8.60467152213735e-11)) * s + F(5.12229709037114e-08)
    p = (p * s + F(1.48572235717979e-05)) * s + F(6.37261928875436e-04)
    p = p * s + F(4.89352455891786e-03)
    q = F(1.19825839466702e-06) * s + F(1.18534705686654e-04)
    q = (q * s + F(2.26843463243900e-03)) * s + F(4.89352518554385e-03)
    return p * x, q
