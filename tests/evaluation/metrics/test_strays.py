import numpy as np
import pytest

from drawlike.evaluation import evaluate


def strays(*sets, **how):
    return evaluate(*sets, metrics=["stray rows"], **how).metrics.loc[0]


@pytest.fixture
def sets(rng):
    return tuple(rng.normal(size=(400, 3)) for _ in range(3))


def test_a_few_far_rows_are_seen(sets):
    train, holdout, fresh = sets
    fresh[:20] *= 4 / np.linalg.norm(fresh[:20], axis=1, keepdims=True)
    found = strays(train, holdout, fresh)
    assert found["alarm"]
    assert found["value"] > found["real"]


def test_fresh_rows_pass_as_do_copies_and_rows_of_the_middle(sets):
    train, holdout, fresh = sets
    for rows in (fresh, train, 0.5 * fresh):
        assert not strays(train, holdout, rows)["alarm"]
    assert strays(train, holdout, fresh)["real"] == pytest.approx(0.05, abs=0.01)


def test_rows_of_another_class_are_strays(sets, rng):
    labels = [rng.integers(2, size=400) for _ in sets]
    train, holdout, fresh = ((X + 3 * y[:, None], y) for X, y in zip(sets, labels, strict=True))
    swapped = np.where(np.arange(400) < 40, 1 - fresh[1], fresh[1])
    assert not strays(train, holdout, fresh)["alarm"]
    assert strays(train, holdout, (fresh[0], swapped))["alarm"]
    assert not strays(train[0], holdout[0], fresh[0])["alarm"]
    assert "own class" in strays(train, holdout, fresh)["note"]


def test_a_class_that_no_real_row_has_is_compared_with_the_rest(sets, rng):
    train, holdout, fresh = ((X, rng.integers(2, size=400)) for X in sets)
    fresh[1][:30] = 9
    assert strays(train, holdout, fresh)["value"] > 0.05
