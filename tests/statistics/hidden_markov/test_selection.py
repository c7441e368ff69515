"""Choosing the number of states."""

import numpy as np
import pytest
import torch

from drawlike.errors import SettingError
from drawlike.layout import Layout, Real
from drawlike.statistics.columns import Columns
from drawlike.statistics.hidden_markov.selection import Fitted, choose_states
from drawlike.statistics.hidden_markov.starting import start_chain
from drawlike.statistics.hidden_markov.transitions import first_states, pattern
from drawlike.statistics.loop import iterate

from .problems import batch_of, chain_of, normals_of

LENGTHS = [1_000, 1_000]


def fitted(x, held_back):
    columns = Columns.of(Layout((Real("x", 1, (0.0,)),)))
    batch, other = batch_of(x, LENGTHS), batch_of(held_back, LENGTHS)

    def fit(n_states):
        chain = start_chain(
            batch.x,
            batch.lengths,
            batch.weight,
            columns,
            allowed=pattern("full", n_states),
            begins=first_states("full", n_states),
            rng=np.random.default_rng(0),
        )
        chain = iterate(chain, lambda: [batch], max_iter=100, tol=1e-6).model
        log_prob = [float(chain.log_prob(b.x, b.lengths).sum()) for b in (batch, other)]
        return Fitted(chain, log_prob[0], chain.n_free, 2_000, log_prob[1])

    return fit


@pytest.mark.parametrize("criterion", ["bic", "validation"])
def test_the_true_number_is_found(criterion):
    rng = np.random.default_rng(0)
    transitions = 0.1 * np.ones((3, 3)) + 0.7 * np.eye(3)
    truth = chain_of(np.ones(3) / 3, transitions, normals_of([[-5], [0], [5]], np.ones((3, 1))))
    x, held_back = (truth.sample(torch.tensor(LENGTHS), rng)[0] for _ in range(2))
    chosen = choose_states(fitted(x, held_back), range(1, 8), criterion, patience=1)
    assert chosen.n_states == 3
    assert chosen.best.model.n_states == 3
    assert set(chosen.values) == {1, 2, 3, 4}


def test_free_parameters_are_counted():
    chain = chain_of(
        [1.0, 0.0], [[0.5, 0.5], [0.0, 1.0]], normals_of([[0.0], [1.0]], np.ones((2, 1)))
    )
    assert chain.n_free == 0 + 1 + 2 + 2


@pytest.mark.parametrize(
    ("numbers", "criterion", "says"),
    [([2], "mdl", "unknown"), ([], "bic", "No numbers")],
)
def test_senseless_choices_are_refused(numbers, criterion, says):
    with pytest.raises(SettingError, match=says):
        choose_states(lambda n: Fitted(n, -1.0, 1, 10.0), numbers, criterion)
