"""Steps on batch after batch."""

import numpy as np
from numba import njit

from .arithmetic import ONE
from .arrays import Chains, Data, Rule, Weights, scratch_for
from .states import begin_at_rows, negative, positive
from .updating import update


@njit(cache=True)
def climb(data: Data, chains: Chains, weights: Weights, rule: Rule, order: np.ndarray) -> None:
    """Take a step on each batch of the rows in ``order``; a last, smaller one included."""
    size = rule.batch_size
    scratch = scratch_for(size, chains, weights)
    for start in range(0, len(order), size):
        n = min(size, len(order) - start)
        positive(data, weights, order[start : start + n], scratch)
        drawn = chains
        if not rule.persistent:
            part = slice(0, n)
            drawn = Chains(
                chains.hidden[part], chains.label[part], chains.weight[part], chains.random
            )
            begin_at_rows(data, order[start : start + n], scratch, drawn)
        for _ in range(rule.n_gibbs):
            negative(weights, drawn, n, scratch)
        update(weights, rule, n, len(drawn.hidden), scratch)
    _fold(weights, (ONE - rule.rate * rule.decay) ** (len(order) // size))


@njit(cache=True, fastmath=True)
def _fold(weights: Weights, shrink: np.float32) -> None:
    """Put the drift into the weights, and let them decay."""
    for i in range(len(weights.all)):
        w, center = weights.all[i], weights.visible_center[i]
        for j in range(len(w)):
            w[j] = shrink * (w[j] - center * weights.drift[j])
    weights.drift[:] = 0
