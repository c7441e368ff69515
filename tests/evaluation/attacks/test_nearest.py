"""Linkability and attribute inference."""

import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation import evaluate
from drawlike.evaluation.attacks import inference, linkability, targets
from drawlike.evaluation.attacks.search import Table, nearest_without, same_nearest
from drawlike.evaluation.clouds.neighbours import squared_distances
from drawlike.evaluation.inputs.space import Space
from drawlike.evaluation.metric import NotComputedError
from tests.evaluation.attacks.people import case_of, halved, people

ALARM = 1e-4


@pytest.fixture
def sides(rng):
    """Probes and rows with missing cells, as columns, and the space that they lie in."""
    train, _, fresh = case_sides(rng)
    space = Space.fit(train)
    return space, train, fresh


def case_sides(rng):
    frames = [people(rng, n) for n in (60, 60, 2500)]
    for frame in frames:
        frame.loc[rng.random(len(frame)) < 0.1, "pay"] = np.nan
    case = case_of(*frames)
    return case.train.columns, case.holdout.columns, case.synthetic.columns


def only(columns, names):
    for name in columns.names:
        columns = columns if name in names else columns.without(name)
    return columns


def distances(space_of, probes, rows, names):
    """Squared distances by some columns, from the points of a space of these alone."""
    space = Space.fit(only(space_of, names))
    return squared_distances(space.encode(only(probes, names)), space.encode(only(rows, names)))


def test_the_nearest_row_by_all_other_columns(sides):
    space, probes, rows = sides
    tables = [Table.of(space.cells(side)) for side in (probes, rows)]
    found = nearest_without(*tables, np.arange(len(probes.names)))
    for near, secret in zip(found, probes.names, strict=True):
        others = [name for name in probes.names if name != secret]
        apart = distances(probes, probes, rows, others)
        reached = apart[np.arange(len(apart)), near]
        np.testing.assert_allclose(reached, apart.min(1), atol=1e-9)


def test_the_same_row_nearest_by_both_halves(sides):
    space, probes, rows = sides
    tables = [Table.of(space.cells(side)) for side in (probes, rows)]
    first = np.array([True, False, False, True, False])
    here, there = (
        distances(probes, probes, rows, [probes.names[i] for i in np.flatnonzero(half)])
        for half in (first, ~first)
    )
    nearest = [apart <= apart.min(1, keepdims=True) + 1e-9 for apart in (here, there)]
    expected = (nearest[0] & nearest[1]).any(1)
    np.testing.assert_array_equal(same_nearest(*tables, first), expected)
    assert 0 < expected.sum() < len(expected)


@pytest.mark.parametrize("attack", [linkability, inference])
def test_half_a_copy_alarms_and_fresh_rows_do_not(rng, attack):
    train, holdout, fresh = (people(rng) for _ in range(3))
    copied = attack(case_of(train, holdout, halved(train, fresh)))
    assert copied.chance < ALARM
    assert copied.details["low"] > 0.2
    assert copied.value > copied.real + 0.2
    for _ in range(4):
        assert attack(case_of(train, holdout, people(rng))).chance > ALARM


def test_the_halves_are_told(rng):
    note = linkability(case_of(*(people(rng, 80) for _ in range(3)))).note.en
    assert "known by weight, age, job here and by pay, town there" in note


def plain(rng, n=200):
    """Eight columns by which a row is found again."""
    return pd.DataFrame(rng.normal(size=(n, 8))).add_prefix("key")


def test_the_worst_secret_is_named(rng):
    """All of a training row comes back but one column, which is drawn anew."""
    train, holdout = (
        plain(rng).assign(secret=rng.choice([f"s{i}" for i in range(9)], 200)) for _ in range(2)
    )
    synthetic = train.assign(key0=rng.normal(size=200))
    found = inference(case_of(train, holdout, synthetic))
    known = found.details["attacks"]
    assert known["secret"].rate > 0.7
    assert known["secret"].control_rate < 0.3
    assert known["key0"].excess < 0.2
    assert known[found.details["column"]].excess == max(one.excess for one in known.values())
    assert f"worst of 9 columns: {found.details['column']}" in found.note.en


def test_how_near_a_guess_must_be(rng):
    """Within 5 % of a number that counts from zero, of the spread where it does not."""
    train = plain(rng).assign(pay=rng.uniform(100, 200, 200), change=rng.normal(0, 10, 200))
    train["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 100, 200), "D")
    near = train.assign(pay=train["pay"] * 1.04, change=train["change"] + 0.3)
    far = train.assign(pay=train["pay"] * 1.07, change=train["change"] + 0.7)
    far["day"] += pd.Timedelta(days=5)
    rates = [
        {name: one.rate for name, one in inference(case).details["attacks"].items()}
        for case in (case_of(train, plain_like(train, rng), rows) for rows in (near, far))
    ]
    for name in ("pay", "day", "change"):
        assert rates[0][name] > 0.9
        assert rates[1][name] < 0.1


def plain_like(rows, rng):
    """Other rows with the same columns."""
    return rows.apply(lambda column: rng.permutation(column.to_numpy()))


def test_fewer_targets_where_rows_are_many(rng, monkeypatch):
    case = case_of(*(people(rng) for _ in range(3)))
    monkeypatch.setattr(targets, "WORK", 250 * 5 * 400)
    assert linkability(case).details["attempts"] == 250


def test_one_column_cannot_be_linked(rng):
    case = case_of(*(people(rng)[["pay"]] for _ in range(3)))
    for attack in (linkability, inference):
        with pytest.raises(NotComputedError, match="only one column"):
            attack(case)


def test_the_report_lists_the_attacks(rng):
    train, holdout = people(rng, 200), people(rng, 200)
    found = evaluate(train, holdout, train).metrics.set_index("name")
    names = ["univariate singling out", "multivariate singling out", "linkability"]
    assert found.loc[[*names, "attribute inference"], "alarm"].all()
    one = evaluate(*(rows[:, None] for rows in rng.normal(size=(3, 90)))).metrics
    notes = one.set_index("name").loc[[*names[1:], "attribute inference"], "note"]
    assert (notes == "not computed: there is only one column").all()
