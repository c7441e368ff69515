"""Roots of covariances in which some columns all but determine others."""

import numpy as np
import torch

from drawlike.statistics.normals.conditioning import are_determined, inverse_root, roots_of_some

# the second column follows from the first, but for the part that tells the third
ROOT = torch.tensor([[1, 0, 0], [2, 1e-6, 0], [0.1, -3e-3, 0.5]], dtype=torch.float64)


def test_roots_of_some_columns_keep_the_digits_of_small_parts():
    observed = torch.tensor([[True, True, True], [False, True, True], [True, False, True]])
    everything, *some = roots_of_some(ROOT, observed)
    np.testing.assert_allclose(everything, ROOT, rtol=1e-9, atol=1e-15)
    covariance = ROOT @ ROOT.T
    for root, seen in zip(some, observed[1:], strict=True):
        both = seen[:, None] & seen
        expected = torch.where(both, covariance, torch.eye(3, dtype=torch.float64))
        np.testing.assert_allclose(root @ root.T, expected, rtol=1e-14)
        assert (root.diagonal() > 0).all()
        assert not root.triu(1).any()


def test_a_column_is_determined_by_those_after_it_too():
    roots = torch.stack([ROOT, torch.eye(3, dtype=torch.float64)])
    variances = roots.square().sum(-1)
    assert are_determined(inverse_root(roots), variances) == [True, False]
