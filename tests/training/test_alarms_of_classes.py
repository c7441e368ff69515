"""Rare classes: what is looked at, and when a gap or a saturated critic is seen."""

import numpy as np
import pytest
import torch

from drawlike.rows import Rows
from drawlike.training.alarms import Tail

NAMES = ["cat", "dog", "owl"]


def parts(counts, seed=0):
    """Training rows and a third as many rows held back, whose one column is how well they fare."""
    rng = np.random.default_rng(seed)
    return tuple(rows_of([n // share for n in counts], rng) for share in (1, 3))


def rows_of(counts, rng):
    label = np.repeat(np.arange(len(counts)), counts)
    x = torch.from_numpy(rng.normal(size=(len(label), 1)) + 10 * label[:, None])
    return Rows(x, torch.eye(len(counts), dtype=x.dtype)[label], torch.ones(len(label)))


def learned_by_heart(label):
    """Training rows of a class fare better by five standard deviations."""
    train, held = parts([900, 900, 60])
    return Rows(train.x + 5.0 * train.cond[:, label : label + 1], train.cond, train.weight), held


def test_a_rare_class_that_is_learned_by_heart_is_named():
    gap = Tail.of(learned_by_heart(2), NAMES, 0).gap(lambda rows: rows.x[:, 0])
    assert gap.figure == pytest.approx(5, abs=1)
    assert gap.z > 4
    assert gap.names == "owl"


@pytest.mark.parametrize("label", [0, None])
def test_a_gap_that_does_not_grow_with_rarity_is_none(label):
    tail = Tail.of(parts([900, 900, 60]) if label is None else learned_by_heart(label), NAMES, 0)
    gap = tail.gap(lambda rows: rows.x[:, 0])
    assert gap.figure < 1 or gap.z < 4


def test_fresh_rows_raise_no_alarm():
    gaps = [Tail.of(parts([300, 300, 30], i), NAMES, i).gap(lambda r: r.x[:, 0]) for i in range(99)]
    assert not [gap for gap in gaps if gap.figure >= 1 and gap.z >= 4]


def test_balanced_classes_are_not_looked_at():
    assert Tail.of(parts([300, 200, 100]), NAMES, 0) is None
    rows, _ = parts([300, 300, 30])
    assert Tail.of((rows, rows), NAMES, 0) is None


def test_a_critic_is_saturated_on_the_class_that_it_tells_apart():
    tail = Tail.of(parts([900, 60, 60]), NAMES, 0)
    on_drawn = tail.rows.x[:, 0].flip(0)
    on_rows = tail.rows.x[:, 0].flip(0) + 100 * tail.rows.cond[:, 2]
    chance, name = tail.saturated(on_rows, on_drawn)
    assert chance == 1.0 and name == "owl"
