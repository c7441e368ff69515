"""Seeds: what a fit and a sample draw from."""

import numpy as np

from drawlike.base.randomness import STREAMS, block_generator, streams


def test_a_fit_and_a_sample_of_one_seed_share_nothing():
    generators = [*streams(0).values(), *(block_generator(0, i) for i in range(8))]
    first = {int(rng.integers(2**63)) for rng in generators}
    assert len(first) == len(STREAMS) + 8


def test_a_block_has_the_same_generator_every_time():
    a, b = (block_generator(5, 2).random(3) for _ in range(2))
    np.testing.assert_array_equal(a, b)
