import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation.attacks import multivariate, univariate
from drawlike.evaluation.attacks.predicates import Lone, Matches, Predicates, lone_predicates
from drawlike.evaluation.attacks.singling_out import Trial
from drawlike.evaluation.metric import NotComputedError
from tests.evaluation.attacks.people import case_of, people, shuffled

ALARM = 1e-4  # what Holm's correction over a panel leaves, about


def test_columns_drawn_apart_from_real_values_single_out(rng):
    train, holdout = people(rng), people(rng)
    found = univariate(case_of(train, holdout, shuffled(train, rng)))
    assert found.value > 0.95
    assert found.real < 0.1
    assert found.chance < ALARM
    assert "excess risk 1.000" in found.note.en


def test_fresh_rows_single_out_no_more_than_control_rows(rng):
    for _ in range(5):
        case = case_of(*(people(rng) for _ in range(3)))
        assert univariate(case).chance > ALARM
        assert multivariate(case).chance > ALARM


def test_one_column_that_leaks_is_named(rng):
    train, holdout, fresh = (people(rng) for _ in range(3))
    found = univariate(case_of(train, holdout, fresh.assign(pay=train["pay"])))
    assert found.details["column"] == "pay"
    assert "on pay" in found.note.en
    assert found.value == pytest.approx(1, abs=0.02)
    assert found.details["attacks"]["weight"].successes < 5


def test_whole_numbers_that_come_again_anyway_do_not_alarm(rng):
    def draw():
        ages = rng.normal(40, 12, (800, 6)).round() * 10 + rng.integers(0, 3, (800, 6))
        return pd.DataFrame(ages.astype(int)).add_prefix("age ")

    found = univariate(case_of(draw(), draw(), draw()))
    assert 0.1 < found.value < 0.6  # many a value is that of one training row
    assert found.chance > ALARM


def test_a_copy_is_singled_out_by_several_columns(rng):
    train, holdout = people(rng), people(rng)
    found = multivariate(case_of(train, holdout, train))
    assert found.value == 1
    assert found.chance < ALARM


def test_more_columns_where_three_single_out_nobody(rng):
    train, holdout, fresh = (
        pd.DataFrame(rng.integers(0, 3, (500, 12))).astype(str).add_prefix("c") for _ in range(3)
    )
    found = multivariate(case_of(train, holdout, fresh))
    assert found.details["n_columns"] > 3
    assert found.details["attempts"] >= 500


def test_what_cannot_be_attacked_says_why(rng):
    coins = [pd.DataFrame({"coin": rng.choice(list("ht"), 60)}) for _ in range(3)]
    with pytest.raises(NotComputedError, match="only 0 predicates"):
        univariate(case_of(*coins))
    with pytest.raises(NotComputedError, match="only one column"):
        multivariate(case_of(*coins))


def test_a_smaller_holdout_is_compared_at_its_size(rng):
    train, holdout, fresh = people(rng, 600), people(rng, 150), people(rng, 600)
    copied = univariate(case_of(train, holdout, train))
    assert copied.value == pytest.approx(0.25, abs=0.01)
    assert "of all 600 training rows 1.000" in copied.note.en
    assert copied.chance < ALARM
    assert univariate(case_of(train, holdout, fresh)).chance > ALARM


def test_predicates_that_hit_one_outlier_prove_little():
    hit = Matches(np.ones(50, int), np.full(50, 3))
    missed = Matches(np.zeros(50, int), np.zeros(50, int))
    attack = Trial(hit, missed, 100, 100).attack()
    assert attack.rate == 1
    assert attack.chance == pytest.approx(0.5)
    spread = Matches(np.ones(50, int), np.arange(50))
    assert Trial(spread, missed, 100, 100).attack().chance < 1e-12


def test_lone_values_are_counted_as_they_are_found(rng):
    drawn, real = rng.integers(0, 60, 40) * 1.0, rng.integers(0, 60, 70) * 1.0
    drawn[0], real[:2] = np.nan, np.nan
    lone = Lone.of(drawn, is_number=True)
    known, counts = np.unique(drawn[1:], return_counts=True)
    expected = [(real == value).sum() for value in known[counts == 1]]
    expected += [(real <= known[0]).sum()] * int(counts[0] == 1)
    expected += [(real >= known[-1]).sum()] * int(counts[-1] == 1)
    found = lone.matches(real)
    np.testing.assert_array_equal(found.count, [*expected, 2])
    single = found.count[: len(lone.values)] == 1
    rows = found.row[: len(lone.values)][single]
    np.testing.assert_array_equal(real[rows], lone.values[single])


def test_predicates_hold_for_the_rows_that_they_say(rng):
    rows = np.column_stack([rng.normal(size=(80, 2)), rng.integers(0, 4, 80)])
    rows[rng.random(rows.shape) < 0.1] = np.nan
    others = np.column_stack([rng.normal(size=(90, 2)), rng.integers(0, 4, 90)])
    others[rng.random(others.shape) < 0.1] = np.nan
    centre = np.array([0.0, 0.5, np.nan])
    drawn = Predicates.of_rows(rows, centre, 2, rng)

    def holds(column, value):
        x = others[:, column]
        if np.isnan(value):
            return np.isnan(x)
        if np.isnan(centre[column]):
            return x == value
        return x >= value if value > centre[column] else x <= value

    both = [
        np.all([holds(*pair) for pair in zip(*one, strict=True)], axis=0)
        for one in zip(drawn.columns, drawn.values, strict=True)
    ]
    found = drawn.matches(others)
    np.testing.assert_array_equal(found.count, np.sum(both, axis=1))
    for hit, count, row in zip(both, found.count, found.row, strict=True):
        assert hit[row] or not count
    np.testing.assert_array_equal(drawn.matches(others, most=2).count, found.count.clip(max=2))


def test_drawn_predicates_differ_and_hold_for_one_row(rng):
    rows = np.column_stack([rng.normal(size=(300, 3)), rng.integers(0, 4, (300, 2))])
    drawn = lone_predicates(rows, 3, 400, rng)
    assert len(drawn.columns) > 200
    assert (drawn.matches(rows).count == 1).all()
    written = np.column_stack([drawn.columns, drawn.comparisons, drawn.values])
    assert len(np.unique(written, axis=0)) == len(written)
