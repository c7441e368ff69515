"""What draws begin with."""

import numpy as np
import pytest
import torch

from drawlike.models.gan.latents import Clusters, Plain
from drawlike.networks import Frames


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def clusters():
    """Two labels of two components each, the second label's far to the right."""
    frames = Frames(2, 2, 2)
    means = torch.tensor([[-5.0, 0], [5, 0], [95, 0], [105, 0]])
    covariances = torch.tensor([[1.0, 0.6], [0.6, 1.0]]).expand(4, 2, 2)
    frames.place(torch.tensor([0.9, 0.1, 0.5, 0.5]), means, covariances)
    return Clusters(frames)


def test_signs_are_signs_and_numbers_are_normal():
    z = Plain(2, 3).vectors(torch.zeros(5000, 0), generator())
    assert z.shape == (5000, 5)
    assert set(z[:, 2:].unique().tolist()) == {-1.0, 1.0}
    np.testing.assert_allclose(z.mean(0), 0, atol=0.06)
    np.testing.assert_allclose(z.std(0), 1, atol=0.04)


def test_components_are_drawn_by_weight_within_a_label(clusters):
    labels = torch.eye(2).repeat_interleave(4000, 0)
    kinds = clusters.kinds(labels, generator())
    first, second = kinds[:4000].mean(0), kinds[4000:].mean(0)
    np.testing.assert_allclose(first, [0.9, 0.1, 0, 0], atol=0.02)
    np.testing.assert_allclose(second, [0, 0, 0.5, 0.5], atol=0.03)


def test_a_row_is_of_the_component_that_it_lies_in(clusters):
    x = torch.tensor([[-5.0, 0], [5, 0], [105, 0]])
    labels = torch.eye(2)[[0, 0, 1]]
    assert clusters.kinds_of(x, labels, generator()).argmax(1).tolist() == [0, 1, 3]


def test_a_row_far_from_all_components_keeps_its_label(clusters):
    x, labels = torch.tensor([[1e6, 0.0]]), torch.eye(2)[[0]]
    assert clusters.shares(x, labels)[:, 2:].sum() == 0


def test_between_components_a_row_is_of_either_by_chance(clusters):
    x, labels = torch.zeros(4000, 2), torch.eye(2)[[0]].expand(4000, 2)
    kinds = clusters.kinds_of(x, labels, generator())
    np.testing.assert_allclose(kinds.mean(0), [0.9, 0.1, 0, 0], atol=0.02)


def test_shares_are_those_within_each_rows_label(clusters):
    x = 5 * torch.randn(50, 2, generator=generator()) + torch.tensor([50.0, 0])
    label = torch.arange(50) % 2
    log_joint = clusters.frames.log_prob(x, slice(4)) + clusters.frames.log_weights.flatten()
    log_joint[(torch.arange(4) // 2)[None] != label[:, None]] = -torch.inf
    shares = clusters.shares(x, torch.eye(2)[label])
    torch.testing.assert_close(shares, log_joint.softmax(1))


def test_frames_are_entered_and_left(clusters):
    frames, kind = clusters.frames, torch.tensor([0, 1, 2, 3]).repeat(2000)
    u = torch.randn(8000, 2, generator=generator())
    x = frames.leave(u, kind)
    torch.testing.assert_close(frames.enter(x, kind), u, atol=1e-4, rtol=1e-4)
    for k in range(4):
        rows = x[kind == k]
        np.testing.assert_allclose(rows.mean(0), frames.means[k], atol=0.1)
        np.testing.assert_allclose(np.cov(rows.T.numpy()), [[1, 0.6], [0.6, 1]], atol=0.1)


def test_log_prob_of_frames_is_a_normals(clusters):
    normal = torch.distributions.MultivariateNormal(
        torch.zeros(2), torch.tensor([[1.0, 0.6], [0.6, 1.0]])
    )
    x = torch.randn(9, 2, generator=generator())
    found = clusters.frames.log_prob(x, slice(1))[:, 0]
    expected = normal.log_prob(x - clusters.frames.means[0])
    torch.testing.assert_close(found - found[0], expected - expected[0], atol=1e-3, rtol=1e-3)
