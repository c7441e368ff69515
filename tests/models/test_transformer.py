"""Transformers over columns."""

import numpy as np
import pytest

from drawlike.models import MADE, Transformer

MAKES = {
    "transformer": lambda: Transformer(
        n_features=16, n_layers=1, n_heads=2, lr=1e-2, max_steps=600, random_state=0
    ),
    "made": lambda: MADE(order="fixed", hidden=(32,), lr=1e-2, max_steps=600, random_state=0),
}


@pytest.mark.parametrize("name", MAKES)
def test_cells_that_lack_are_marginalised_though_all_rows_were_complete(name):
    law = np.random.default_rng(0)
    x = law.normal(size=1500)
    rows = np.column_stack([x, x + 0.3 * law.normal(size=1500)])
    model = MAKES[name]().fit(rows, listener=None)
    at = np.array([-1.5, -0.7, 0.0, 0.7, 1.5])
    scores = model.score_samples(np.column_stack([np.full(5, np.nan), at]))
    marginal = -(at**2 / 1.09 + np.log(2 * np.pi * 1.09)) / 2
    np.testing.assert_allclose(scores, marginal, atol=0.2)
    nats = 1 + np.log(2 * np.pi) + np.log(0.3)  # entropy of the law
    assert model.score(rows) == pytest.approx(-nats, abs=0.1)
