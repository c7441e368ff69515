"""Variational autoencoders: the prior, labels, interruption."""

import numpy as np
import pytest
import torch

from drawlike.events import History
from drawlike.models import VAE, vae
from drawlike.rows import Rows
from tests.scenarios import mixed_table, two_modes

SMALL = {"max_steps": 20, "hidden": (8,), "n_latent": 2}


@pytest.mark.parametrize("seed", range(12))
def test_a_class_of_one_row_can_be_learned(seed):
    # in one fit of ten this row would have been drawn for validation
    X, y = two_modes(200), np.r_[np.zeros(199, int), 1]
    drawn = VAE(**SMALL, random_state=seed).fit(X, y, listener=None).sample(3, y=1)
    assert np.isfinite(drawn).all()


def test_a_rare_class_does_not_multiply_the_others():
    class Watched(VAE):
        def _to_draw(self, rows):
            self.n_draws_ = len(drawn := super()._to_draw(rows))
            return drawn

    X, y = two_modes(2000), np.r_[np.zeros(1995, int), np.ones(5, int)]
    model = Watched(**SMALL, random_state=0, validation_fraction=0).fit(X, y, listener=None)
    assert model.n_draws_ == 1995 + 5 * 16


def test_ctrl_c_in_the_fit_of_the_prior_keeps_the_network():
    class Interrupted(VAE):
        def _fitted_prior(self, rows, run):
            raise KeyboardInterrupt

    history = History()
    model = Interrupted(**SMALL, random_state=0).fit(two_modes(100), listener=history)
    assert any("interrupted" in (event.message or "") for event in history)
    assert np.isfinite(model.sample(10)).all()
    assert np.isfinite(model.score(two_modes(100)))


def test_a_path_between_rows_of_a_table_has_the_label_of_its_start():
    table = mixed_table(100)
    model = VAE(**SMALL, random_state=0).fit(table, label="group", listener=None)
    start = table[table["group"] == "b"][:1]
    assert set(model.interpolate(start, table[:1], steps=7)["group"]) == {"b"}


@pytest.mark.parametrize("labelled", [False, True])
def test_a_prior_of_many_rows_sees_some_of_each_class(labelled, rng):
    n = 500
    y = torch.zeros(n, dtype=torch.long)
    y[:5] = 1
    cond = torch.nn.functional.one_hot(y, 2).double() if labelled else torch.zeros(n, 0).double()
    rows = Rows(torch.arange(n).double()[:, None], cond, torch.ones(n).double())
    some = vae._some_of_each_class(rows, 100, rng)
    assert len(some) == (55 if labelled else 100)
    assert len(some.x.unique()) == len(some)
    if labelled:
        assert some.cond[:, 1].sum() == 5
