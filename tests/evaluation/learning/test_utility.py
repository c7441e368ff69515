"""Learners taught by synthetic rows, and which columns they find important."""

import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation.metric import NotComputedError
from tests.evaluation.cases import case_of, measured

N = 900
ALARM = 3e-4  # about where a panel of thirty alarms


def rows(rng, label, n=N, weights=(2.0, 1.0, 0.0)):
    """A label that hangs on two of three numbers, and on a category a little."""
    X = rng.normal(size=(n, 3))
    kind = rng.choice(["a", "b", "c"], n)
    pay = X @ weights + 0.5 * (kind == "a") + 0.5 * rng.normal(size=n)
    frame = pd.DataFrame(X, columns=["first", "second", "third"]).assign(kind=kind)
    return frame.assign(**{label: np.where(pay > 0, "yes", "no") if label == "rich" else pay})


def ring(rng, n=N):
    """A label that no linear learner finds."""
    X = rng.normal(size=(n, 2))
    return pd.DataFrame(X, columns=["x", "y"]).assign(far=(X**2).sum(1) + rng.normal(size=n) > 2)


def told(name, rng, label, synthetic):
    return measured(name, case_of(rows(rng, label), rows(rng, label), synthetic, label))


@pytest.mark.parametrize(("label", "name"), [("rich", "utility AUC"), ("pay", "utility R2")])
def test_three_learners_meet_the_rows(rng, label, name):
    fresh = told(name, rng, label, rows(rng, label))
    learners = fresh.details["learners"]
    assert [words.en for words, *_ in learners] == ["linear", "boosted trees", "forest"]
    assert fresh.value == pytest.approx(np.mean([value for _, value, _ in learners]))
    assert fresh.real == pytest.approx(np.mean([real for *_, real in learners]))
    assert fresh.chance > ALARM and fresh.value > 0.8
    assert "of 3 learners" in fresh.note.en
    assert ("accuracy" in fresh.note.en) == ("准确率" in fresh.note.zh) == (label == "rich")


@pytest.mark.parametrize(("label", "name"), [("rich", "utility AUC"), ("pay", "utility R2")])
def test_a_lost_relation_to_the_label_is_seen(rng, label, name):
    found = told(name, rng, label, rows(rng, label, weights=(0.0, 1.0, 0.0)))
    assert found.chance < ALARM
    assert found.value < found.real - 0.1


def test_the_learner_that_loses_most_is_named(rng):
    """What only trees can learn is lost by them, and a linear learner never had it."""
    lost = ring(rng).assign(far=lambda frame: rng.permutation(frame["far"]))
    utility = measured("utility AUC", case_of(ring(rng), ring(rng), lost, "far"))
    (_, linear, real), *others = utility.details["learners"]
    assert abs(linear - real) < 0.15
    assert all(best - value > 0.25 for _, value, best in others)
    assert "linear" not in utility.note.en
    assert utility.chance < ALARM


@pytest.mark.slow
def test_fresh_rows_do_not_look_worse_to_learners(rng):
    chances = [
        measured(
            "utility AUC", case_of(*(rows(rng, "rich", n=300) for _ in range(3)), "rich")
        ).chance
        for _ in range(6)
    ]
    assert min(chances) > ALARM
    assert max(chances) > 0.2


@pytest.mark.parametrize("label", ["rich", "pay"])
def test_importances_agree_where_the_rule_is_the_same(rng, label):
    fresh = told("importance agreement", rng, label, rows(rng, label))
    assert fresh.value > 0.95
    assert fresh.chance > ALARM
    assert fresh.low < fresh.value <= fresh.high


def test_another_rule_for_the_label_is_seen(rng):
    """What these rows teach looks at columns that do not matter among real ones."""
    other = rows(rng, "rich", weights=(0.3, 1.0, 2.0))
    agreement = told("importance agreement", rng, "rich", other)
    assert agreement.chance < ALARM
    assert agreement.value < 0.8 * agreement.real
    assert agreement.note.en.startswith("the weight of first shifts most")
    importances = {name: pair for name, *pair in agreement.details["importances"]}
    assert list(importances) == ["first", "second", "third", "kind"]
    assert importances["first"][0] < 0.5 * importances["first"][1]


@pytest.mark.parametrize(
    ("n", "columns", "why"),
    [(100, ["first", "second", "rich"], "too few"), (N, ["first", "rich"], "fewer than two")],
)
def test_importances_that_cannot_be_had_say_why(rng, n, columns, why):
    sets = [rows(rng, "rich", n)[columns] for _ in range(3)]
    with pytest.raises(NotComputedError, match=why):
        measured("importance agreement", case_of(*sets, "rich"))
