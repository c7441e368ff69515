"""The arrays that a step reads and writes."""

from typing import NamedTuple

import numpy as np
from numba import njit


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


class Scratch(NamedTuple):
    """Room for the states of a step, the rows' before the chains'."""

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
def scratch_for(batch: int, chains: Chains, weights: Weights) -> Scratch:
    """Make room for ``batch`` rows and all chains."""
    n_units, n_hidden = weights.all.shape
    n_visible, n_states = len(weights.visible), batch + len(chains.hidden)
    longest = (max(n_visible, n_hidden) + 63) // 64 * 64
    return Scratch(
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
