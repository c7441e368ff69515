import io

import numpy as np
import pandas as pd

from drawlike.evaluation.inputs.samples import HASHED_AT_ONCE, row_keys


def test_equal_rows_have_equal_keys_and_others_differ(rng):
    n = HASHED_AT_ONCE + 500  # more than is hashed at once
    numbers, codes = rng.normal(size=(n, 3)), rng.integers(-1, 5, (n, 2)).astype(np.int32)
    keys = row_keys(numbers, codes)
    assert len(np.unique(keys)) == n
    order = rng.permutation(n)
    np.testing.assert_array_equal(row_keys(numbers[order], codes[order]), keys[order])
    codes[7, 1] += 1
    assert (row_keys(numbers, codes) != keys).nonzero()[0].tolist() == [7]


def test_small_counts_do_not_collide():
    """Codes differ in few bits, and a cell is not to be mistaken for its neighbour's."""
    grid = np.stack(np.meshgrid(*[np.arange(-1, 9)] * 5), -1).reshape(-1, 5)
    assert len(np.unique(row_keys(grid.astype(np.int32)))) == 10**5
    assert len(np.unique(row_keys(grid.astype(float)))) == 10**5


def test_missing_values_and_zeros_are_alike():
    odd_nan = np.frombuffer(np.array([0x7FF800000000BEEF], np.uint64).tobytes(), float)[0]
    keys = row_keys(np.array([[0.0, np.nan], [-0.0, odd_nan], [np.nan, 0.0]]))
    assert keys[0] == keys[1] != keys[2]


def test_numbers_written_as_text_keep_their_keys(rng):
    frame = pd.DataFrame(rng.normal(size=(500, 2)) * [1e-8, 1e8], columns=["a", "b"])
    again = pd.read_csv(io.StringIO(frame.to_csv(index=False, float_format="%.15g")))
    kept = row_keys(again.to_numpy()) == row_keys(frame.to_numpy())
    assert kept.mean() > 0.98  # a few lie where rounding turns
