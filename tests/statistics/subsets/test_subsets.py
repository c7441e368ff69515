"""Each strategy against the law or the answer that it promises."""

import numpy as np
import pytest
import torch
from scipy import stats

from drawlike.layout import Layout, Real
from drawlike.rows import Batch
from drawlike.statistics.subsets.choosing import CHOICES, Candidates, random_keys
from drawlike.statistics.subsets.proximity import (
    Proximity,
    local_radius,
    neighbours,
    squared_distances,
)
from drawlike.statistics.subsets.reservoir import Reservoir

DRAWS = 4000


def candidates(points, weight=None, score=None, targets=None):
    rows = torch.as_tensor(points, dtype=torch.float64)
    weight = np.ones(len(rows)) if weight is None else weight
    return Candidates(weight, lambda: rows, score, targets)


def frequencies(choose, rows, k, n_draws=DRAWS):
    """How often each row is the first, and how often it is among the k."""
    rng = np.random.default_rng(0)
    picks = [CHOICES[choose](rows, k, rng) for _ in range(n_draws)]
    n = len(rows.weight)
    assert all(len(set(p.tolist())) == k for p in picks)
    return np.bincount([p[0] for p in picks], minlength=n), np.bincount(
        np.concatenate(picks), minlength=n
    )


def without_replacement(odds):
    """Chance of each row to be among two draws, one after the other."""
    p = odds / odds.sum()
    return p + sum(p[j] * p / (1 - p[j]) * (np.arange(len(p)) != j) for j in range(len(p)))


@pytest.mark.parametrize("choose", ["uniform", "weighted"])
def test_random_choices_follow_the_odds(choose):
    weight, score = np.array([1.0, 2.0, 3.0, 4.0]), np.log([4.0, 1.0, 1.0, 2.0])
    rows = candidates(np.eye(4), weight, score)
    odds = weight if choose == "uniform" else weight * np.exp(score)
    first, among = frequencies(choose, rows, 2)
    assert stats.chisquare(first, DRAWS * odds / odds.sum()).pvalue > 1e-3
    expected = DRAWS * without_replacement(odds)
    assert np.abs(among - expected).max() < 4 * np.sqrt(expected.max())


def test_density_weighs_rows_where_no_score_is_given():
    """In one dimension a density is 1 over the distance to the fifth neighbour."""
    points = np.r_[np.arange(30.0), 100 + 10 * np.arange(30.0)][:, None]
    first, _ = frequencies("weighted", candidates(points), 1)
    odds = 1 / local_radius(torch.from_numpy(points))
    dense = first[:30].sum()
    assert stats.binomtest(int(dense), DRAWS, odds[:30].sum() / odds.sum()).pvalue > 1e-3


def test_the_best_are_those_with_the_highest_scores(rng):
    score = rng.normal(size=50)
    chosen = CHOICES["best"](candidates(np.zeros((50, 1)), score=score), 7, rng)
    assert set(chosen) == set(np.argsort(score)[-7:])


def test_the_nearest_are_those_at_the_least_distance(rng):
    points = rng.normal(size=(200, 3))
    for targets in (None, torch.tensor([[1.0, 1.0, 1.0], [-2.0, 0.0, 0.0]], dtype=torch.float64)):
        chosen = CHOICES["nearest"](candidates(points, targets=targets), 9, rng)
        ends = points.mean(0)[None] if targets is None else targets.numpy()
        distance = np.linalg.norm(points[:, None] - ends, axis=2).min(1)
        assert set(chosen) == set(np.argsort(distance)[:9])


@pytest.mark.parametrize("seed", range(5))
def test_farthest_points_are_within_twice_the_least_radius(seed):
    """Five tight clouds: the best five centres are one in each."""
    rng = np.random.default_rng(seed)
    clouds = np.repeat(np.eye(5) * 10, 40, 0)
    points = clouds + rng.uniform(-0.5, 0.5, clouds.shape)
    chosen = CHOICES["farthest"](candidates(points, score=np.zeros(200)), 5, rng)
    assert sorted(chosen // 40) == [0, 1, 2, 3, 4]
    reach = np.linalg.norm(points[:, None] - points[chosen], axis=2).min(1).max()
    least = max(
        np.linalg.norm(points[40 * i : 40 * i + 40] - 10 * np.eye(5)[i], axis=1).max()
        for i in range(5)
    )
    assert reach <= 2 * least


def test_the_farthest_point_starts_by_weight():
    first, _ = frequencies(
        "farthest", candidates([[0.0], [1.0], [9.0]], np.array([1.0, 2.0, 7.0]), np.zeros(3)), 2
    )
    assert stats.chisquare(first, DRAWS * np.array([0.1, 0.2, 0.7])).pvalue > 1e-3


def test_a_determinant_is_as_great_as_greedy_steps_make_it(rng):
    """Against determinants computed anew at every step."""
    points, score = rng.normal(size=(30, 2)), rng.normal(size=30) / 4
    rows = candidates(points, score=score)
    chosen = CHOICES["determinantal"](rows, 6, np.random.default_rng(0))
    squared = squared_distances(rows.points, rows.points).numpy()
    scale = np.median(squared[squared > 0])
    quality = np.exp(score - score.max())
    matrix = quality[:, None] * quality * np.exp(-squared / (2 * scale))
    expected = []
    for _ in range(6):
        rest = [i for i in range(30) if i not in expected]
        gains = [np.linalg.det(matrix[np.ix_([*expected, i], [*expected, i])]) for i in rest]
        expected.append(rest[int(np.argmax(gains))])
    assert list(chosen) == expected


@pytest.mark.parametrize("choose", CHOICES)
def test_equal_rows_are_no_trouble(choose, rng):
    chosen = CHOICES[choose](candidates(np.ones((12, 2))), 5, rng)
    assert len(set(chosen.tolist())) == 5


def test_a_cover_takes_the_middle_of_each_crowd(rng):
    crowds = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])
    points = np.concatenate([c + rng.normal(size=(31, 2)) for c in crowds])
    chosen = CHOICES["covering"](candidates(points), 3, rng)
    assert sorted(chosen // 31) == [0, 1, 2]


@pytest.mark.parametrize("choose", ["farthest", "determinantal"])
def test_diverse_choices_reach_what_chance_leaves_out(choose):
    """Ten crowds, one with nine tenths of the rows: chance finds few of the others."""
    rng = np.random.default_rng(0)
    sizes = np.r_[900, np.full(9, 12)]
    which = np.repeat(np.arange(10), sizes)
    angle = which * 2 * np.pi / 10
    points = 20 * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(size=(len(which), 2))
    rows = candidates(points, score=np.zeros(len(points)))
    found = {
        name: np.mean([len(set(which[CHOICES[name](rows, 20, rng)])) for _ in range(5)])
        for name in ("uniform", choose)
    }
    assert found[choose] == 10
    assert found["uniform"] < 5


def test_neighbours_are_those_of_all_distances(rng):
    points = torch.from_numpy(rng.normal(size=(300, 4)) + 1e4)
    squared, index = neighbours(points, 6)
    exact = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    exact.fill_diagonal_(torch.inf)
    values, expected = exact.topk(6, largest=False)
    np.testing.assert_array_equal(index, expected)
    np.testing.assert_allclose(squared.sqrt(), values, rtol=1e-9)


def test_distances_of_a_table_count_deviations_and_codes(rng):
    from drawlike.layout import Choice

    layout = Layout((Real("a", 1), Choice("b", 3)))
    x = torch.tensor([[0.0, 0.0], [1000.0, 0.0], [0.0, 1.0], [torch.nan, 2.0]], dtype=torch.float64)
    space = Proximity.of(layout, x, standard=True)
    points = space.points(x)
    squared = squared_distances(points, points)
    spread = np.std([0.0, 1000.0, 0.0])
    assert squared[0, 2] == pytest.approx(1.0)
    assert squared[0, 1] == pytest.approx((1000 / spread) ** 2)
    assert squared[2, 3] == pytest.approx(1 + (1000 / 3 / spread) ** 2)


@pytest.mark.parametrize("sizes", [(100,), (10, 50, 40), (1,) * 100])
def test_a_reservoir_of_parts_is_that_of_the_whole(sizes):
    weight = np.random.default_rng(1).uniform(0.5, 2, 100)
    cond = torch.eye(2)[torch.arange(100) % 2].double()
    whole = Batch(torch.arange(100.0)[:, None], cond, torch.from_numpy(weight))
    rng, pool, start = np.random.default_rng(0), None, 0
    for size in sizes:
        fresh = Reservoir.of(whole.take(slice(start, start + size)), rng)
        pool = (fresh if pool is None else pool.merged(fresh)).cut(8)
        start += size
    expected = Reservoir.of(whole, np.random.default_rng(0)).cut(8)
    np.testing.assert_array_equal(pool.x, expected.x)
    assert list(np.bincount(pool.group)) == [8, 8]


def test_keys_draw_by_odds_however_they_are_parted():
    rng, odds = np.random.default_rng(0), np.array([1.0, 2.0, 3.0, 4.0])
    tops = [
        np.concatenate(
            [random_keys(np.log(odds[:1]), rng), random_keys(np.log(odds[1:]), rng)]
        ).argmax()
        for _ in range(DRAWS)
    ]
    assert stats.chisquare(np.bincount(tops), DRAWS * odds / 10).pvalue > 1e-3
