"""How many components are found, and mixtures that grow by splitting."""

from typing import ClassVar

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture as Theirs

from drawlike.errors import SettingError
from drawlike.events import Emitter
from drawlike.layout import Layout, Real
from drawlike.models import GaussianMixture
from drawlike.rows import Rows
from drawlike.statistics.mixtures.fitting import fit_sized_mixture
from drawlike.statistics.mixtures.outline import outline
from drawlike.statistics.mixtures.selection import CRITERIA, grown

from ..problems import TYPES, Columns, reals, rows_of, started, three_clusters, whole


def modes(rng, k, n=1200):
    angle = 2 * np.pi * rng.integers(0, k, n) / k
    return 4 * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, 0.3, (n, 2))


@pytest.mark.parametrize("k", [1, 3, 7])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_well_separated_modes_are_counted(k, criterion, rng):
    model = GaussianMixture(
        "auto", criterion=criterion, covariance_type="spherical", random_state=0
    ).fit(modes(rng, k) if k > 1 else rng.normal(size=(800, 2)), listener=None)
    if criterion in ("bic", "icl"):
        assert model.n_components_ == k
    else:  # these are known to take more
        assert k <= model.n_components_ <= 2 * k + 6
    assert model.means_.shape == (model.n_components_, 2)


def test_the_size_found_has_the_best_bic_of_scikit_learns_fits(rng):
    X = three_clusters(rng, n=900)
    theirs = [Theirs(k, n_init=3, random_state=0).fit(X).bic(X) for k in range(1, 7)]
    ours = GaussianMixture("auto", max_components=6, random_state=0).fit(X, listener=None)
    assert ours.n_components_ == 1 + int(np.argmin(theirs))
    assert ours.bic(X) <= min(theirs) + 5


class Interrupted(Rows):
    """Rows over which so many passes are made until Ctrl-C is pressed, once."""

    passes: ClassVar[list[int]] = []

    def batches(self, size):
        if self.passes:
            left = self.passes.pop()
            if not left:
                raise KeyboardInterrupt
            self.passes.append(left - 1)
        return super().batches(size)


@pytest.mark.parametrize("passes", [0, 5])  # as a size begins, and in its iterations
def test_ctrl_c_ends_the_search_at_the_best_so_far(passes, rng):
    x = torch.from_numpy(modes(rng, 7))
    heard = []

    def press(event):
        heard.append(event)
        if event.name == "bic" and event.step == 2:
            Interrupted.passes.append(passes)

    rows = Interrupted(x, torch.zeros(len(x), 0), torch.ones(len(x), dtype=x.dtype))
    layout = Layout((Real("x", 2, (0.0, 0.0)),))
    mixture = fit_sized_mixture(rows, layout, 20, rng, Emitter(press))
    tried = [event.step for event in heard if event.name == "bic"]
    assert tried == [1, 2]
    assert mixture.n_components in tried
    assert sum("interrupted" in (event.message or "") for event in heard) == 1


def test_the_most_components_are_kept_to_and_small_data_do_not_fail(rng):
    model = GaussianMixture("auto", max_components=2, random_state=0).fit(modes(rng, 7))
    assert model.n_components_ == 2
    few = GaussianMixture("auto", criterion="validation", random_state=0).fit(np.eye(3))
    assert few.n_components_ >= 1
    labelled = GaussianMixture("auto", covariance_type="diag", random_state=0)
    labelled.fit(modes(rng, 2), rng.integers(0, 2, 1200), listener=None)
    assert labelled.means_.shape == (2, 2, 2)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("labelled", [False, True])
def test_a_grown_mixture_keeps_weights_and_mean(covariance, labelled, rng):
    x = three_clusters(rng)
    labels = rng.integers(0, 2, 300) if labelled else None
    rows = rows_of(x, labels)
    small = started(rows, reals(3), covariance, k=2)
    first = outline(Columns.of(reals(3)), whole(rows), rows.cond.shape[1])
    large = grown(small, first.mixture(covariance, 5, 0.0))
    assert large.n_components == 5
    for mixture in (small, large):
        torch.testing.assert_close(
            mixture.weights.view(mixture.n_classes, -1).sum(1),
            torch.ones(mixture.n_classes, dtype=torch.float64),
        )
    means = [
        (m.weights[:, None] * m.normals.means).view(m.n_classes, -1, 3).sum(1)
        for m in (small, large)
    ]
    torch.testing.assert_close(*means, rtol=0.3, atol=0.5)
    assert len(np.unique(large.normals.means.numpy().round(9), axis=0)) == len(large.weights)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_components": "many"}, "n_components='many'"),
        ({"n_components": "auto", "criterion": "mdl"}, "criterion='mdl' is unknown"),
        ({"n_components": "auto", "means_init": np.ones((2, 2))}, "starts by itself"),
        ({"algorithm": "online"}, "algorithm='online' is unknown"),
        ({"batch_size": 0}, "batch_size=0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(SettingError, match=message):
        GaussianMixture(**settings).fit(np.ones((5, 2)), listener=None)
