import numpy as np
import pytest
import torch

from drawlike.statistics.restoring.normals import Filter
from drawlike.statistics.restoring.observation import Halved, Noisy, Some
from drawlike.statistics.restoring.search import Even, Sight

LOOKS = {
    "noisy": Noisy(0.09),
    "some": Some(torch.arange(8)),
    "halved": Halved((1, 4, 4)),
}


def linear(seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(3, 16))), torch.from_numpy(rng.normal(size=16))


@pytest.mark.parametrize("how", LOOKS.values(), ids=LOOKS)
def test_through_a_linear_generator_a_search_finds_the_mean_given_what_is_seen(how):
    W, b = linear()
    rest = 0.05 * torch.eye(16, dtype=torch.float64)
    x = b + torch.from_numpy(np.random.default_rng(1).normal(size=(7, 3))) @ W
    y = how.see(x)
    sight = Sight(y, how, Filter.of(rest, how), lambda z, cond: b + z @ W)
    z, cond = torch.zeros(2, 7, 3, dtype=torch.float64), torch.zeros(2, 7, 0)
    z[1] += 1.0
    got = sight.expected(sight.climbed(z, cond, 800), cond)
    whole = Filter.of(W.T @ W + rest, how)  # x is N(b, W'W + rest)
    expected = b + whole.moved(whole.whitened(y - how.see(b[None])))
    assert torch.allclose(got, expected, atol=5e-3)


def test_a_search_knows_the_prior_of_each_class():
    # two pixels that are z itself; z is N(4, 1) in the class given, and seen with unit noise
    how, rest = Noisy(1.0), 1e-9 * torch.eye(2, dtype=torch.float64)
    seen = torch.zeros(1, 2, dtype=torch.float64)

    def prior(z, cond):
        return (z - 4 * cond).square().sum(-1) / 2

    sight = Sight(seen, how, Filter.of(rest, how), lambda z, cond: z, prior)
    z, cond = torch.zeros(2, 1, 2, dtype=torch.float64), torch.tensor([[[1.0]], [[0.0]]])
    ends = sight.climbed(z, cond, 400)[:, 0]
    assert torch.allclose(ends, torch.tensor([[2.0, 2.0], [0.0, 0.0]]).double(), atol=0.01)
    assert sight.best(ends[:, None], cond)[1].item() == 0


def test_the_best_start_is_that_of_the_least_energy():
    def generate(z, cond):  # two valleys, of which one is deep
        return torch.where(z > 0, z - 2, 0.5 * z + 3)

    sight = Sight(torch.zeros(1, 1), Noisy(0.0), Even(0.01), generate)
    starts, cond = torch.tensor([[[-1.0]], [[1.9]]]), torch.tensor([[[0.0]], [[1.0]]])
    z, kinds = sight.best(starts, cond)
    assert z.item() == pytest.approx(1.9) and kinds.item() == 1.0
    ends = sight.climbed(starts, cond, 300)  # each to the bottom of its valley
    assert ends[:, 0, 0].tolist() == pytest.approx([-150 / 26, 200 / 101], abs=0.02)


def test_distances_are_those_of_what_would_be_seen():
    images, how = torch.randn(5, 16, generator=torch.Generator().manual_seed(0)), Halved((1, 4, 4))
    sight = Sight(how.see(images[:2]), how, Even(0.25), lambda z, cond: z)
    distances = sight.distances(images)
    assert distances.argmin(1).tolist() == [0, 1]
    apart = how.see(images[:1] - images[1:2]).norm() / 0.5
    assert distances[0, 1].item() == pytest.approx(apart.item(), rel=1e-4)
