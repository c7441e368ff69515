"""The same recursions in logarithms: slower, but no likelihood is beyond their reach.

They take over for sequences in which float64 cannot tell from 0 a state that matters later,
as where the only state that can be reached fits a step worse than another by 700 nats.
Each step is normalised, so that rounding errors do not grow with the likelihood.
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _log_sum(values: np.ndarray) -> float:
    top = values.max()
    if top == -np.inf:
        return -np.inf
    total = 0.0
    for value in values:
        total += math.exp(value - top)
    return top + math.log(total)


@njit(cache=True, nogil=True)
def log_forward(
    log_emission: np.ndarray, log_start: np.ndarray, log_transitions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log p(state_t | x_1 .. x_t), (T, S), and log p(x_t | x_<t), (T,), of one sequence."""
    steps, n = log_emission.shape
    state, step = np.empty((steps, n)), np.empty(steps)
    for t in range(steps):
        for j in range(n):
            arriving = log_start[j]
            if t > 0:
                arriving = _log_sum(state[t - 1] + log_transitions[:, j])
            state[t, j] = arriving + log_emission[t, j]
        step[t] = _log_sum(state[t])
        state[t] -= step[t]
    return state, step


@njit(cache=True, nogil=True)
def log_backward(log_emission: np.ndarray, log_transitions: np.ndarray) -> np.ndarray:
    """Log p(x_t+1 .. x_T | state_t) up to a constant a step, (T, S), of one sequence."""
    steps, n = log_emission.shape
    out = np.zeros((steps, n))
    for t in range(steps - 2, -1, -1):
        ahead = log_emission[t + 1] + out[t + 1]
        for i in range(n):
            out[t, i] = _log_sum(log_transitions[i] + ahead)
        out[t] -= out[t].max()
    return out


@njit(cache=True, nogil=True)
def log_posteriors(forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
    """p(state_t | x), (T, S)."""
    out = forward + backward
    for t in range(len(out)):
        out[t] = np.exp(out[t] - _log_sum(out[t]))
    return out


@njit(cache=True, nogil=True)
def log_moves(
    log_emission: np.ndarray,
    log_transitions: np.ndarray,
    forward: np.ndarray,
    backward: np.ndarray,
) -> np.ndarray:
    """Expected number of each transition in one sequence, (S, S)."""
    n = forward.shape[1]
    moves = np.zeros((n, n))
    for t in range(1, len(forward)):
        path = np.empty((n, n))
        for i in range(n):
            path[i] = forward[t - 1, i] + log_transitions[i] + log_emission[t] + backward[t]
        moves += np.exp(path - _log_sum(path.ravel()))
    return moves
