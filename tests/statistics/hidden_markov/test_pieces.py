"""Recursions over pieces of long sequences against those over whole ones."""

import numpy as np
import pytest

from drawlike.statistics.hidden_markov.recursions import Sequences, run_one
from drawlike.statistics.hidden_markov.smoothing import Law, _pieces, _run

STEPS, SHORT = 9_000, 50


def chain(rng, n, stay):
    transitions = (1 - stay) * rng.dirichlet(np.ones(n), n) + stay * np.eye(n)
    return Law(rng.dirichlet(np.ones(n)), transitions)


def whole(way, sequences):
    emission, bounds, _ = sequences
    out, sums = np.empty_like(emission), np.empty(len(emission))
    for first, count in _pieces(bounds, way.stride, mixes=False)[0]:
        run_one(way, emission, first, count, out, sums, False)
    return out, sums


@pytest.mark.parametrize("n", [1, 3, 16, 21])
@pytest.mark.parametrize("stay", [0.1, 0.999, 1 - 1e-7])
@pytest.mark.parametrize("told", [0.0, 1.0])
def test_pieces_lead_to_what_whole_sequences_do(n, stay, told, rng):
    law = chain(rng, n, stay)
    emission = np.exp(told * rng.normal(size=(STEPS + SHORT, n)))
    sequences = Sequences(emission, np.array([0, SHORT, SHORT, STEPS, STEPS + SHORT]), np.ones(4))
    for way in (law.onward, law.back):
        pieces, goes_on = _pieces(sequences.bounds, way.stride, mixes=law.mixes)
        assert goes_on.sum() == 3
        assert pieces[:, 1].sum() == len(sequences.emission)
        (out, sums), (wanted, by) = _run(way, sequences, law), whole(way, sequences)
        np.testing.assert_allclose(sums, by, rtol=1e-11)
        np.testing.assert_allclose(
            out / out.sum(1, keepdims=True), wanted / wanted.sum(1, keepdims=True), rtol=1e-11
        )


def test_states_that_do_not_mix_are_not_cut(rng):
    transitions = np.array([[0.9, 0.1], [0.0, 1.0]])
    law = Law(np.array([1.0, 0.0]), transitions)
    pieces, goes_on = _pieces(np.array([0, STEPS]), 1, mixes=law.mixes)
    assert pieces.tolist() == [[0, STEPS]]
    assert not goes_on.any()
