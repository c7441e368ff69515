import numpy as np
import torch

from drawlike.statistics.columns import Columns
from drawlike.statistics.mixtures.outline import outline

from ..problems import real_and_codes, reals, rows_of, whole

NAN = np.nan


def test_each_class_has_its_means_variances_and_frequencies(rng):
    labels = np.repeat([0, 1], 100)
    x = np.c_[rng.normal(1e8 * (1 + labels), 1 + labels), labels + rng.integers(0, 2, 200)]
    first = outline(Columns.of(real_and_codes(1, 3)), whole(rows_of(x, labels)), 2)
    for c in range(2):
        mine = x[labels == c]
        np.testing.assert_allclose(first.classes.normals.means[c, 0], mine[:, 0].mean())
        np.testing.assert_allclose(first.classes.normals.variances[c, 0], mine[:, 0].var())
        counts = np.bincount(mine[:, 1].astype(int), minlength=3)
        overall = np.bincount(x[:, 1].astype(int), minlength=3) / 200
        want = (counts + overall) / 101  # one row of prior at the overall frequencies
        np.testing.assert_allclose(first.classes.tables.probabilities[0][:, c], want)
    np.testing.assert_allclose(first.center[0], x[:, 0].mean())


def test_means_and_variances_are_those_of_the_observed_cells():
    x = [[1.0, NAN], [3.0, NAN], [NAN, 5.0]]
    first = outline(Columns.of(reals(2)), whole(rows_of(x)), 0)
    assert first.center.tolist() == [2.0, 5.0]
    assert first.spread.tolist() == [1.0, 0.0]


def test_a_column_unseen_in_a_class_is_there_as_it_is_overall():
    rows = rows_of([[1.0], [3.0], [NAN]], labels=[0, 0, 1])
    first = outline(Columns.of(reals(1)), whole(rows), 2)
    assert first.classes.normals.means[1].item() == 2.0
    assert first.classes.normals.variances[1].item() == 1.0


def test_the_tables_of_one_class_are_the_plain_frequencies(rng):
    codes = rng.integers(0, 5, (100, 1)).astype(float)
    first = outline(Columns.of(real_and_codes(0, 5)), whole(rows_of(codes)), 0)
    start = first.mixture("full", 3, 0.0)
    want = np.bincount(codes[:, 0].astype(int), minlength=5) / 100
    for j in range(3):
        np.testing.assert_allclose(start.tables.probabilities[0][:, j], want)


def test_components_start_as_their_class():
    rows = rows_of([[0.0], [2.0], [10.0], [14.0]], labels=[0, 0, 1, 1])
    start = outline(Columns.of(reals(1)), whole(rows), 2).mixture("diag", 2, 0.5)
    assert start.normals.means[:, 0].tolist() == [1.0, 1.0, 12.0, 12.0]
    assert start.normals.variances[:, 0].tolist() == [1.5, 1.5, 4.5, 4.5]
    torch.testing.assert_close(start.weights, torch.full((4,), 0.5, dtype=torch.float64))
