import numpy as np
import pytest
import torch

from drawlike.statistics.mixtures.state import from_state, to_state

from ..problems import TYPES, real_and_codes, rows_of, started, three_clusters


@pytest.mark.parametrize("covariance", TYPES)
def test_a_mixture_comes_back_with_the_same_density_and_samples(covariance, rng):
    x = np.c_[three_clusters(rng, missing=0.1), rng.integers(0, 3, 300)]
    rows, layout = rows_of(x, labels=rng.integers(0, 2, 300)), real_and_codes(3, 3)
    mixture = started(rows, layout, covariance, k=2)
    again = from_state(to_state(mixture), layout, covariance)
    assert torch.equal(again.log_prob(rows.x, rows.cond), mixture.log_prob(rows.x, rows.cond))
    draws = [m.sample(rows.cond, np.random.default_rng(0)) for m in (mixture, again)]
    assert torch.equal(*draws)
