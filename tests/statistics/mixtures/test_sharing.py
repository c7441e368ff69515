"""Components of rare classes spread as those of frequent ones do, as far as they have no rows."""

import numpy as np
import torch

from drawlike.layout import Layout, Real
from drawlike.rows import Rows
from drawlike.statistics.mixtures.fitting import fit_mixture
from drawlike.statistics.mixtures.sharing import shrunk

D = 6
ROOT = np.random.default_rng(0).normal(size=(D, D))
LAYOUT = Layout((Real("x", D, (0.0,) * D),))


def rows(counts, seed=0):
    rng, label = np.random.default_rng(seed), np.repeat(np.arange(len(counts)), counts)
    x = rng.normal(size=(len(label), D)) @ ROOT.T + 5.0 * label[:, None]
    return Rows(
        torch.from_numpy(x),
        torch.eye(len(counts), dtype=torch.double)[label],
        torch.ones(len(label), dtype=torch.double),
    )


def test_a_class_of_a_handful_of_rows_is_told_far_better():
    learned, fresh = rows((500, 500, 8)), rows((0, 0, 300), seed=1)
    mixture = fit_mixture(learned, LAYOUT, 1, np.random.default_rng(0))
    shared = shrunk(mixture, learned.mass, torch.tensor([False, False, True]))
    before, after = (m.log_prob(fresh.x, fresh.cond).mean() for m in (mixture, shared))
    assert after > before + 10
    truth = torch.from_numpy(ROOT @ ROOT.T)
    assert (shared.normals.covariances[2] - truth).norm() < 0.5 * truth.norm()


def test_frequent_classes_are_left_as_they_are():
    learned = rows((500, 500, 8))
    mixture = fit_mixture(learned, LAYOUT, 2, np.random.default_rng(0))
    shared = shrunk(mixture, learned.mass, torch.tensor([False, False, True]))
    assert torch.equal(shared.normals.covariances[:4], mixture.normals.covariances[:4])
    assert shrunk(mixture, learned.mass, torch.zeros(3, dtype=torch.bool)) is mixture
