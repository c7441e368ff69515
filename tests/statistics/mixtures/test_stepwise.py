"""Sums that parameters imply, steps by batches, and where they lead."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from drawlike.events import Emitter
from drawlike.rows import Batch
from drawlike.statistics.loop import iterate
from drawlike.statistics.mixtures.stepwise import (
    implied,
    iterate_stepwise,
    stepped,
    walked,
    with_classes,
)

from ..problems import TYPES, real_and_codes, reals, rows_of, started, three_clusters, whole


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("labelled", [False, True])
def test_an_update_of_the_implied_sums_changes_nothing(covariance, labelled, rng):
    x = np.column_stack([three_clusters(rng), rng.integers(0, 3, 300)])
    labels = rng.integers(0, 2, 300) if labelled else None
    mixture = started(rows_of(x, labels), real_and_codes(3, 3), covariance, k=2, added=1e-3)
    again = mixture.update(implied(mixture, torch.full((mixture.n_classes,), 50.0)))
    torch.testing.assert_close(again.weights, mixture.weights)
    torch.testing.assert_close(again.normals.means, mixture.normals.means)
    torch.testing.assert_close(again.normals.covariances, mixture.normals.covariances)
    for table, want in zip(again.tables.probabilities, mixture.tables.probabilities, strict=True):
        torch.testing.assert_close(table, want)


def test_a_step_goes_part_of_the_way_to_the_batch(rng):
    x = three_clusters(rng)
    mixture = started(rows_of(x), reals(3), k=1)
    batch = next(iter(rows_of(x + 10.0).batches(300)))
    shares = []
    for step in (0, 10, 1000):
        moved, objective = stepped(mixture, batch, step, 300.0)
        shift = float((moved.normals.means - mixture.normals.means).mean())
        shares.append(shift / 10)
        assert np.isfinite(objective)
    np.testing.assert_allclose(shares, [2**-0.7, 12**-0.7, 1002**-0.7], rtol=1e-6)


def test_a_batch_of_no_weight_and_an_absent_class_change_nothing(rng):
    x, labels = three_clusters(rng), np.arange(300) % 2
    mixture = started(rows_of(x, labels), reals(3), k=2)
    rows = rows_of(x, labels)
    nothing = Batch(rows.x, rows.cond, torch.zeros_like(rows.weight))
    assert stepped(mixture, nothing, 0, 300.0)[0] is mixture
    only = rows.take(torch.from_numpy(labels == 0))
    moved, _ = stepped(mixture, Batch(only.x + 5, only.cond, only.weight), 0, 300.0)
    torch.testing.assert_close(moved.normals.means[2:], mixture.normals.means[2:])
    torch.testing.assert_close(moved.weights[2:], mixture.weights[2:])
    assert not torch.allclose(moved.normals.means[:2], mixture.normals.means[:2])


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_few_passes_end_near_em(covariance, missing, rng):
    rows = rows_of(three_clusters(rng, n=6000, missing=missing))
    start = started(rows, reals(3), covariance, k=3)
    em = iterate(start, whole(rows), max_iter=100, tol=1e-6)
    course = iterate_stepwise(start, rows, 200, max_iter=4, tol=1e-3, rng=rng)
    reached = float(course.model.statistics(next(iter(whole(rows)()))).log_likelihood) / 6000
    assert reached > em.objectives[-1] - 0.01
    assert len(course.objectives) <= 4


def test_an_interrupt_keeps_the_last_parameters(rng):
    rows = rows_of(three_clusters(rng))
    start = started(rows, reals(3), k=2)

    def press(event):
        if event.kind == "progress":
            raise KeyboardInterrupt

    course = iterate_stepwise(
        start, rows, 50, max_iter=9, tol=0.0, rng=rng, events=Emitter(press, "fit")
    )
    assert course.interrupted
    assert torch.isfinite(course.model.normals.means).all()


def test_steps_go_on_counting(rng):
    rows = rows_of(three_clusters(rng))
    mixture = started(rows, reals(3), k=2)
    _, objective, step = walked(mixture, rows.batches(100), 300.0, 7)
    assert step == 10
    assert np.isfinite(objective)


@pytest.mark.parametrize("covariance", ["full", "tied"])
def test_a_class_that_joins_brings_its_floors(covariance, rng):
    x, labels = three_clusters(rng), np.arange(300) % 2
    mine, theirs = (
        started(rows_of(part, labels), reals(3), covariance, k=2) for part in (x, 100 * x)
    )
    each = len(mine.normals.covariances) // 2
    floors = with_classes(mine, theirs, [1]).normals.least
    assert torch.equal(floors[:each], mine.normals.least[:each])
    assert torch.equal(floors[each:], theirs.normals.least[each:])
    sunk = mine.normals.least * 1e-1
    mine = replace(mine, normals=replace(mine.normals, floors=sunk))
    assert torch.equal(with_classes(mine, theirs, [1]).normals.least[:each], sunk[:each])
