"""What a GAN's training watches."""

import numpy as np
import torch

from drawlike.base.distance import Distance
from drawlike.layout import Layout, Real
from drawlike.rows import Rows


def test_the_watched_distance_counts_rows_by_weight():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2000, 1, generator=generator) * 0.3
    x[1000:] += 4
    weight = torch.where(x[:, 0] > 2, 9.0, 1.0)
    rows = Rows(x, torch.zeros(2000, 0), weight)
    distance = Distance(Layout((Real("x"),)), rows, rows.take(torch.arange(2000)), seed=0)
    assert np.isclose(float((distance.target > 2).float().mean()), 0.9, atol=0.03)
    assert abs(distance.real) < 0.02

    def draw(share):
        def drawn(cond, rng):
            noise = 0.3 * torch.randn(len(cond), 1, generator=rng)
            return noise + 4 * (torch.rand(len(cond), 1, generator=rng) < share)

        return drawn

    assert distance(draw(0.9), 1) < distance(draw(0.5), 1)


def test_few_rows_of_great_weight_tell_less():
    x = torch.randn(2000, 1, generator=torch.Generator().manual_seed(0))
    even, uneven = torch.ones(2000), torch.ones(2000)
    uneven[:10] = 199.0  # half of the weight

    def margin(weight):
        rows = Rows(x, torch.zeros(2000, 0), weight)
        return Distance(Layout((Real("x"),)), rows, rows, seed=0).margin

    assert 20 < margin(uneven) / margin(even) < 40


def test_fresh_rows_are_on_average_at_no_distance_from_rows_that_train_and_validate():
    x = torch.randn(80, 2, generator=torch.Generator().manual_seed(0))
    rows = Rows(x, torch.zeros(80, 0), torch.ones(80))
    distance = Distance(Layout((Real("x"), Real("y"))), rows, rows, seed=0)
    seen = [distance(lambda cond, rng: torch.randn(len(cond), 2, generator=rng), i) for i in (1, 2)]
    assert distance.real == 0.0 and abs(sum(seen) / 2) < 0.05


def test_wide_rows_are_compared_in_directions_that_keep_their_distances():
    width, generator = 300, torch.Generator().manual_seed(0)
    x = torch.randn(400, width, generator=generator)
    rows = Rows(x, torch.zeros(400, 0), torch.ones(400))
    distance = Distance(Layout((Real("x", width, (0.0,) * width),)), rows, rows, seed=0)
    assert distance.target.shape == (400, 64)
    kept = torch.pdist(distance.target).mean() / torch.pdist(x).mean()
    assert abs(float(kept) - 1) < 0.05

    def draw(scale):
        return lambda cond, rng: scale * torch.randn(len(cond), width, generator=rng)

    assert distance(draw(1.0), 1) < distance(draw(1.3), 1)
    assert distance(draw(1.0), 1) < distance(draw(0.7), 1)
