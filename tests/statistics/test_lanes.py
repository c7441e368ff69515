"""Vectors of four numbers in compiled loops."""

import numpy as np
from numba import njit

from drawlike.statistics.hidden_markov.recursions import _propagate, widened
from drawlike.statistics.lanes import WIDTH, load, splat, store
from drawlike.statistics.powers import raise_two


@njit
def combined(a, b, factor, out):
    for i in range(len(a)):
        for j in range(0, a.shape[1], WIDTH):
            store(out, i, j, load(a, i, j) * splat(factor) + (load(b, i, j) - splat(1.0)))


def test_arithmetic_goes_lane_by_lane():
    a, b = np.random.default_rng(0).normal(size=(2, 3, 8))
    out = np.zeros((3, 8))
    combined(a, b, 2.5, out)
    np.testing.assert_allclose(out, a * 2.5 + (b - 1), rtol=1e-15)


def test_a_vector_times_a_matrix_of_any_size():
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 4, 5, 15, 16, 17, 21, 64):
        vector, matrix = rng.random(n), rng.random((n, n))
        wide = widened(matrix)
        out = np.full((1, wide.shape[1]), np.nan)
        _propagate(vector, wide, out)
        np.testing.assert_allclose(out[0, :n], vector @ matrix, rtol=1e-14)
        assert (out[0, n:] == 0).all()


def test_powers_of_two_are_right_to_the_last_places():
    powers = -np.r_[0.0, 0.5, 1.0, 1.5, np.random.default_rng(0).random(1_000) * 999, 1001, 1e250]
    found = powers.copy()
    raise_two(found)
    np.testing.assert_allclose(found[:-2], np.exp2(powers[:-2]), rtol=1e-15)
    assert (found[-2:] == 0).all()
