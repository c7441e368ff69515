import numpy as np
import pytest
import torch

from drawlike import Gaussian, GaussianMixture
from drawlike.statistics.restoring.normals import Filter, restored_by_mixture
from drawlike.statistics.restoring.observation import Halved, Noisy, Some

SHAPE = (1, 4, 4)
LOOKS = {
    "noisy": Noisy(0.3),
    "some": Some(torch.tensor([0, 3, 7, 8])),
    "halved": Halved(SHAPE),
}


def covariance(seed=0):
    root = np.random.default_rng(seed).normal(size=(16, 16))
    return torch.from_numpy(root @ root.T / 16 + 0.1 * np.eye(16))


def conditional(mean, S, how, y):
    """Mean of x and log-density of y from the joint law of both, by a plain inverse."""
    A = how.see(torch.eye(16, dtype=torch.float64)).T
    C = A @ S @ A.T + how.noise * torch.eye(len(A))
    law = torch.distributions.MultivariateNormal(A @ mean, C)
    gain = S @ A.T @ torch.linalg.inv(C)
    return mean + (y - A @ mean) @ gain.T, law.log_prob(y)


@pytest.mark.parametrize("how", LOOKS.values(), ids=LOOKS)
def test_a_look_at_normal_images_gives_their_conditional_mean_and_the_density_of_what_is_seen(how):
    S, mean = covariance(), torch.linspace(-1, 1, 16, dtype=torch.float64)
    y = how.see(torch.from_numpy(np.random.default_rng(1).normal(size=(5, 16))))
    look = Filter.of(S, how)
    whitened = look.whitened(y - how.see(mean[None]))
    expected, log_prob = conditional(mean, S, how, y)
    assert torch.allclose(mean + look.moved(whitened), expected, atol=1e-9)
    assert torch.allclose(look.log_prob(whitened), log_prob, atol=1e-9)


def test_means_of_four_are_those_of_adjacent_pixels():
    x = torch.arange(16.0).reshape(1, 16)
    assert Halved(SHAPE).see(x).tolist() == [[2.5, 4.5, 10.5, 12.5]]


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical", "tied"])
def test_components_of_a_mixture_count_by_how_likely_they_make_what_is_seen(covariance_type):
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(-1, 1, (300, 16)), rng.normal(1, 0.5, (100, 16))])
    model = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(rows)
    how, y = Noisy(4.0), torch.from_numpy(rng.normal(size=(6, 16)))
    got = restored_by_mixture(model.mixture_, y, how, torch.zeros(6, 1))
    own = torch.from_numpy(model.means_), dense(model)
    parts = [conditional(m, S, how, y) for m, S in zip(*own, strict=True)]
    log_share = torch.stack([p[1] for p in parts]) + torch.from_numpy(model.weights_).log()[:, None]
    share = log_share.softmax(0)
    assert 0.05 < share[0].mean() < 0.95  # both count
    expected = sum(s[:, None] * p[0] for s, p in zip(share, parts, strict=True))
    assert torch.allclose(got, expected, atol=1e-9)


def dense(model):
    covariances = torch.from_numpy(model.covariances_)
    turn = {
        "full": lambda: covariances,
        "tied": lambda: covariances.expand(2, -1, -1),
        "diag": lambda: torch.diag_embed(covariances),
        "spherical": lambda: covariances[:, None, None] * torch.eye(16),
    }
    return turn[model.covariance_type]()


def test_the_probability_of_a_class_before_the_look_counts():
    rows = np.random.default_rng(0).normal(size=(200, 16))
    label = np.repeat([0, 1], 100)
    model = Gaussian().fit(rows + 4 * label[:, None], label)
    y = torch.full((1, 16), 2.0, dtype=torch.float64)
    how = Noisy(1e4)  # which tells nothing
    for log_classes, expected in (([0.0, -np.inf], 0.0), ([-np.inf, 0.0], 4.0)):
        got = restored_by_mixture(model.mixture_, y, how, torch.tensor([log_classes]))
        assert got.mean() == pytest.approx(expected, abs=0.1)
