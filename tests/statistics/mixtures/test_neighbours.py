import numpy as np
import pytest

from drawlike.statistics.mixtures.latent_classes import fit_classes
from drawlike.statistics.mixtures.neighbours import Neighbours, sharing

LAW = np.array([0.04, 0.06, 0.1, 0.5, 0.08, 0.12, 0.06, 0.04])


@pytest.mark.parametrize("width", [0.01, 0.04, 0.16])
def test_sharing_moves_all_of_a_code_and_keeps_the_law(width):
    share = sharing(LAW, width)
    np.testing.assert_allclose(share.sum(0), 1)
    np.testing.assert_allclose(share @ LAW, LAW, atol=1e-4)


def test_a_code_of_many_rows_keeps_what_it_has():
    share = sharing(LAW, 0.04)
    assert share[3, 3] > 0.999
    assert share[1, 1] < 0.9


def test_rows_left_out_choose_who_shares():
    rng = np.random.default_rng(0)
    centre = np.repeat([0.3, 0.7], 5)
    smooth = np.exp(-0.5 * ((np.arange(30)[:, None] + 0.5) / 30 - centre) ** 2 / 0.01)
    smooth /= smooth.sum(0)
    seen = np.stack([rng.multinomial(30, law) for law in smooth.T], 1) + 0.1
    tables, law = seen / seen.sum(0), smooth.mean(1)
    rows = np.concatenate([rng.choice(30, 40, p=p) for p in smooth.T])[:, None]
    near = Neighbours(law, [30], [30])
    near.choose(rows, np.ones(len(rows)), np.full(10, 0.1), tables)
    spread = near.spread(tables.copy())
    assert np.abs(spread - smooth).sum() < 0.6 * np.abs(tables - smooth).sum()


def test_classes_of_ordered_codes_tell_fresh_rows_better():
    rng = np.random.default_rng(1)

    def rows(n):
        x = rng.random(n)
        y = (x + rng.normal(0, 0.05, n)).clip(0, 0.999)
        return np.stack([40 * x, 40 * y], 1).astype(np.int32)

    learned, fresh = rows(1500), rows(1500)
    told = []
    for n_ordered in ((0, 0), (40, 40)):
        found = fit_classes(
            learned, [40, 40], 60, np.random.default_rng(0), prior_rows=1.0, n_ordered=n_ordered
        )
        x, y = found.tables[:40][fresh[:, 0]], found.tables[40:][fresh[:, 1]]
        told.append(np.log((found.shares * x * y).sum(1)).mean())
    assert told[1] > told[0] + 0.03


def test_codes_without_order_share_nothing():
    near = Neighbours(np.full(9, 1 / 9), [9], [0])
    assert not near.places
