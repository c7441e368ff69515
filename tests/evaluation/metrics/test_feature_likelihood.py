import numpy as np
import pytest

from drawlike.evaluation import evaluate
from drawlike.evaluation.clouds.neighbours import Centred, squared_distances
from drawlike.evaluation.metrics.feature_likelihood import HUNDREDTHS, Sight

FIGURES = ["feature likelihood divergence", "feature likelihood gap"]


def sight_of(rows, n_fit):
    squared = Centred(rows).squared_from(np.arange(n_fit))
    return Sight.of(squared, n_fit, rows.shape[1])


def measured(*sets):
    return evaluate(*sets, metrics=FIGURES).metrics.set_index("name")


def test_the_width_of_one_normal_is_the_rows_spread(rng):
    rows = rng.normal(size=(400, 3))
    near = squared_distances(rows, np.zeros((1, 3))), np.zeros((400, 1), int)
    sight = Sight(np.full(400, -np.inf), 400, 3, 1e-9)
    variance = (rows**2).mean()
    assert sight.fit(near, 1) == pytest.approx([variance])
    log_prob = -0.5 * ((rows**2).sum(1) / variance + 3 * np.log(2 * np.pi * variance))
    assert sight.losses(near) == pytest.approx(-HUNDREDTHS * log_prob / 3)


def test_a_tie_is_as_narrow_as_allowed_and_nothing_is_impossible(rng):
    rows = np.r_[np.zeros((10, 2)), rng.normal(size=(10, 2)), [[50.0, 50.0]]]
    sight = sight_of(rows, 20)
    near = squared_distances(rows, np.zeros((1, 2))), np.zeros((21, 1), int)
    only_ties = (near[0][:10], near[1][:10])
    alone = Sight(sight.wide[:10], 10, 2, sight.narrowest)
    assert alone.fit(only_ties, 1) == pytest.approx([sight.narrowest])
    assert np.isfinite(sight.losses(near)).all()


def test_far_neighbours_that_were_not_listed_weigh_nothing(rng):
    rows, centres = rng.normal(size=(50, 2)), rng.normal(size=(2, 2))
    squared, index = squared_distances(rows, centres), np.tile([0, 1], (50, 1))
    padded = np.c_[squared, np.full(50, np.inf)], np.c_[index, np.zeros(50, int)]
    sight = sight_of(rows, 50)
    assert sight.losses(padded) == pytest.approx(sight.losses((squared, index)))


def test_a_copy_is_seen_by_both_and_fresh_rows_pass(rng):
    train, holdout, fresh = (rng.normal(size=(300, 4)) for _ in range(3))
    assert measured(train, holdout, train)["alarm"].all()
    passed = measured(train, holdout, fresh)
    assert not passed["alarm"].any()
    assert abs(passed["value"]["feature likelihood divergence"]) < 10


@pytest.mark.parametrize("change", [lambda X: 0.6 * X, lambda X: X + 1, lambda X: np.abs(X)])
def test_distorted_rows_lose_likelihood_and_are_not_called_copies(rng, change):
    train, holdout, fresh = (rng.normal(size=(300, 4)) for _ in range(3))
    alarm = measured(train, holdout, change(fresh))["alarm"]
    assert alarm.tolist() == [True, False]


def test_equal_rows_have_no_likelihood():
    ones = np.ones((60, 2))
    assert measured(ones, ones, ones)["note"].str.contains("all training rows are equal").all()
