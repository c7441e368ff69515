"""Distances of clouds as metrics: a planted fault, fresh rows, and what cannot be computed."""

import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation import Judge, evaluate
from tests.evaluation.faults import digits, noise
from tests.evaluation.faults import fresh as fresh_rows

CLOUDS = ("Frechet distance", "MMD", "sliced Wasserstein", "entropic Wasserstein")


def figure(evaluation, name):
    return evaluation.metrics.set_index("name").loc[name]


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(n, 4)) for n in (400, 300, 400)]


@pytest.fixture(scope="module")
def judge(arrays):
    return Judge(*arrays[:2])


@pytest.mark.parametrize("name", CLOUDS)
def test_fresh_rows_pass_and_moved_ones_do_not(judge, arrays, name):
    kept = figure(judge(arrays[2]), name)
    assert kept["passed"]
    assert not kept["alarm"]
    assert kept["low"] <= kept["value"] <= kept["high"]
    assert kept["kept"] > 0.85
    moved = figure(judge(arrays[2] + [0.8, 0, 0, 0.8]), name)
    assert moved["alarm"]
    assert moved["value"] > kept["high"]


@pytest.mark.parametrize("name", CLOUDS)
def test_lost_correlation_is_seen(rng, name):
    """Columns by themselves stay as they were."""
    base = rng.normal(size=(1100, 2))
    both = np.c_[base[:, :1] + 0.2 * base[:, 1:], base[:, :1] - 0.2 * base[:, 1:]]
    train, holdout, fresh = both[:400], both[400:700], both[700:]
    apart = np.c_[fresh[:, 0], rng.permutation(fresh[:, 1])]
    assert figure(evaluate(train, holdout, apart), name)["alarm"]


def test_categories_that_come_at_the_wrong_rate_are_seen(rng):
    def draw(n, p):
        return pd.DataFrame({"a": rng.choice(list("xyz"), n, p=p), "b": rng.normal(size=n)})

    train, holdout = draw(400, [0.5, 0.3, 0.2]), draw(300, [0.5, 0.3, 0.2])
    judge = Judge(train, holdout)
    fair, unfair = judge(draw(400, [0.5, 0.3, 0.2])), judge(draw(400, [0.1, 0.3, 0.6]))
    for name in CLOUDS:
        assert not figure(fair, name)["alarm"]
        assert figure(unfair, name)["alarm"]


def test_values_are_in_the_spread_of_the_training_rows(rng):
    """So that columns in metres and in feet give the same figures."""
    sets = [rng.normal(size=(200, 3)) for _ in range(3)]
    found = [evaluate(*(scale * part for part in sets)) for scale in (1, 1000)]
    for name in CLOUDS:
        assert figure(found[0], name)["value"] == pytest.approx(
            figure(found[1], name)["value"], abs=1e-5
        )


def test_images_have_a_kernel_distance():
    real, rng = digits(0), np.random.default_rng(0)
    judge = Judge(real.train.X, real.holdout.X, kind="image")
    assert figure(judge(fresh_rows(real, rng).X), "kernel distance")["passed"]
    assert figure(judge(noise(real, rng).X), "kernel distance")["alarm"]


def test_arrays_have_no_kernel_distance(judge, arrays):
    assert "kernel distance" not in set(judge(arrays[2]).metrics["name"])


def test_rows_that_are_all_equal_say_so(rng):
    constant = np.ones((60, 2))
    evaluation = evaluate(constant, constant, rng.normal(size=(60, 2)))
    for name in CLOUDS:
        assert np.isnan(figure(evaluation, name)["value"])
        assert "not computed: all training rows are equal" in figure(evaluation, name)["note"]


def test_outliers_far_away_leave_figures(arrays):
    train, holdout, fresh = (part.copy() for part in arrays)
    fresh[:4] = 1e12
    evaluation = evaluate(train, holdout, fresh)
    assert np.isfinite([figure(evaluation, name)["value"] for name in CLOUDS]).all()
    assert not evaluation.passed


def test_without_a_holdout_there_is_a_value_and_no_chance(arrays):
    train, _, fresh = arrays
    found = figure(evaluate(train, None, fresh), "MMD")
    assert np.isfinite(found["value"])
    assert np.isnan(found["chance"])
    assert np.isnan(found["real"])
