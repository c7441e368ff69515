"""Alarms: what a look sees of players with known faults, and when a check speaks up."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from drawlike.events import Emitter, History
from drawlike.training import Player
from drawlike.training.alarms import ALARMS, EXPLODING, Scene, Snapshot, Watch
from drawlike.training.alarms.clusters import cluster, directions

HEALTHY = Snapshot(
    step=0,
    distance=0.5,
    lost=0.0,
    diversity=1.0,
    middle=[0.0, 0.0],
    jitter=0.004,
    separation=0.6,
    overfit=0.1,
    overfit_z=1.0,
    nearness=0.5,
    nearness_held=0.5,
    norms={"critic": [1e-2, 1e-1], "generator": [1e-3, 1e-2]},
    growth=1.0,
)
CHECKS = {check.name: check for check in ALARMS}


def course(n=6, **changing):
    """Snapshots of a training whose distance falls, save for what changes at each look."""
    looks = [replace(HEALTHY, step=100 * i, distance=0.5 * 0.8**i) for i in range(1, n + 1)]
    return [
        replace(look, **{name: values(i) for name, values in changing.items()})
        for i, look in enumerate(looks)
    ]


OVERFIT = {"overfit": lambda i: 0.8, "overfit_z": lambda i: 9.0}
FAULTS = {
    "vanishing gradient": {"norms": lambda i: {"critic": [1e-1], "generator": [1e-8, 1e-1]}},
    "critic wins": {"separation": lambda i: 1.0, "distance": lambda i: 0.5},
    "mode collapse": {"lost": lambda i: 0.4 + 0.05 * i},
    "orbit": {
        "middle": lambda i: [math.cos(2 * i), math.sin(2 * i)],
        "distance": lambda i: 0.5,
    },
    "critic overfit": OVERFIT | {"separation": lambda i: 0.9},
    "memorising": {"nearness": lambda i: 0.95},
    EXPLODING: {"growth": lambda i: 50.0},
    "critic wins a class": {"saturated": lambda i: 1.0},
    "rare classes overfit": {"gap": lambda i: 2.0, "gap_z": lambda i: 6.0},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_raises_its_own_alarm_and_no_other(name):
    looks = course(**FAULTS[name])
    raised = {check.name for check in ALARMS if check(looks)}
    assert raised == {name}
    alarm = CHECKS[name](looks)
    assert alarm.figure >= alarm.threshold and alarm.step == 600
    assert alarm.advice in alarm.message and "{" not in alarm.evidence


def test_a_healthy_course_raises_none():
    assert not [check.name for check in ALARMS if check(course())]


@pytest.mark.parametrize(
    "excused",
    [
        {"lost": lambda i: 0.9 - 0.1 * i},  # modes are being found
        {"separation": lambda i: 1.0},  # a sure critic that teaches
        {"middle": lambda i: [math.cos(2 * i), math.sin(2 * i)]},  # a spiral inwards
        {"middle": lambda i: [float(i), 0.0], "distance": lambda i: 0.5},  # a straight way
        {"overfit": lambda i: 0.8, "separation": lambda i: 0.9},  # by luck, for all one can tell
        OVERFIT,  # of a critic that hardly matters
        {"gap": lambda i: 2.0, "gap_z": lambda i: 2.0},  # of a handful of held rows
        {"nearness": lambda i: 0.95, "nearness_held": lambda i: 0.95},  # crowded, not copied
        {"nearness": lambda i: math.nan, "overfit": lambda i: math.nan},  # nothing held back
    ],
)
def test_what_looks_like_a_fault_and_is_none(excused):
    assert not [check.name for check in ALARMS if check(course(**excused))]


@pytest.mark.parametrize(
    ("separation", "distance"),
    [
        ([1.0, 1.0, 0.98, 0.97, 0.97], [0.3, 0.3, 0.6, 1.1, 1.2]),  # drawn rows run away
        ([1.0, 1.0, 0.69, 1.0, 1.0], [0.33, 0.32, 0.3, 0.26, 0.27]),  # and are passed by once
        ([1.0, 1.0, 1.0, 1.0, 1.0], [0.31, 0.3, 0.26, 0.26, 0.26]),  # or jump a little nearer
    ],
)
def test_a_critic_that_wins_is_seen_in_a_rough_course(separation, distance):
    looks = course(n=5, separation=lambda i: separation[i], distance=lambda i: distance[i])
    assert CHECKS["critic wins"](looks)


def test_one_look_is_not_enough_where_two_are_asked():
    looks = course(n=3, nearness=lambda i: 0.95 if i == 2 else 0.5)
    assert CHECKS["memorising"](looks) is None


def scene(drawn, judged, net=None, held=True, n=600):
    rows = blobs(n, 0)
    critic = Player("critic", net or nn.Linear(2, 1), loss=lambda net, batch: batch.x[:, 0])
    return Scene(
        [critic],
        lambda cond, rng: drawn(len(cond), rng),
        lambda x, cond, rng: judged(x),
        (rows, torch.zeros(n, 0)),
        (blobs(200, 1), torch.zeros(200, 0)) if held else None,
        seed=0,
    )


def blobs(n, seed):
    rng = torch.Generator().manual_seed(seed)
    centres = torch.tensor([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    return centres[torch.arange(n) % 4] + torch.randn(n, 2, generator=rng)


def test_a_look_at_draws_of_the_law_itself_finds_nothing():
    look = scene(lambda n, rng: blobs(n, 7), lambda x: x[:, 0]).look(100)
    assert abs(look.distance) < 0.03 and look.lost <= 0.03
    assert look.diversity == pytest.approx(1, abs=0.1)
    assert look.separation == pytest.approx(0.5, abs=0.1)
    assert look.nearness == pytest.approx(0.5, abs=0.12)


def test_lost_modes_are_counted_by_their_rows():
    look = scene(lambda n, rng: blobs(4 * n, 7)[::4], lambda x: x[:, 0]).look(100)
    assert look.lost == pytest.approx(0.75, abs=0.02) and look.diversity < 0.5


def test_copies_are_nearer_to_training_rows_and_crowding_is_to_all():
    rows = blobs(600, 0)
    noise = torch.randn(256, 2, generator=torch.Generator().manual_seed(3))
    copies = scene(lambda n, rng: rows[:n] + 0.01 * noise[:n], lambda x: x[:, 0]).look(100)
    assert copies.nearness > 0.95 and abs(copies.nearness_held - 0.5) < 0.12
    middles = blobs(256, 0) * 0 + torch.tensor([[0.0, 0], [10, 0], [0, 10], [10, 10]]).repeat(64, 1)
    crowded = scene(lambda n, rng: middles[:n] + 0.3 * noise[:n], lambda x: x[:, 0]).look(100)
    assert crowded.nearness - crowded.nearness_held < 0.1


def test_a_critic_that_knows_its_rows_by_heart_is_told_from_one_that_generalises():
    rows = blobs(600, 0)

    def by_heart(x):
        return torch.where(torch.cdist(x, rows).min(1).values < 1e-4, 3.0, -3.0)

    def far(n, rng):
        return blobs(n, 7) + 30

    look = scene(far, by_heart).look(100)
    assert look.overfit == pytest.approx(1, abs=0.01) and look.overfit_z > 4
    fair = scene(far, lambda x: -x.sum(1)).look(100)
    assert fair.separation == 1 and abs(fair.overfit) < 0.1
    assert math.isnan(scene(far, by_heart, held=False).look(100).overfit)


def test_a_look_leaves_no_trace_and_is_the_same_again():
    net = nn.Linear(2, 1)
    before = [w.clone() for w in net.parameters()]
    state = torch.get_rng_state()
    seen = scene(lambda n, rng: torch.randn(n, 2, generator=rng), lambda x: net(x)[:, 0], net)
    assert seen.look(100) == seen.look(100) != seen.look(200)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))


def test_a_watch_tells_each_alarm_once_and_remembers_it():
    seen = scene(lambda n, rng: blobs(4 * n, 7)[::4], lambda x: x[:, 0])
    history, watch = History(), Watch(seen, max_steps=1000)
    for step in range(0, 600, 100):
        watch.look(step, Emitter(history))
    told = [event for event in history if event.kind == "warning"]
    assert [event.name for event in told] == ["mode collapse"]
    assert told[0].value == pytest.approx(0.75, abs=0.02) and told[0].step == 300
    again = Watch(seen, max_steps=1000)
    again.load_state_dict(watch.state_dict())
    assert again.alarms == watch.alarms and again.snapshots == watch.snapshots
    assert not watch.says_stop
    assert replace(watch, ends=lambda alarm: alarm.step <= 300).says_stop


def test_looks_are_at_most_a_hundred():
    seen = scene(lambda n, rng: blobs(n, 7), lambda x: x[:, 0])
    watch = Watch(seen, max_steps=100_000)
    for step in range(0, 3000, 100):
        watch.look(step, Emitter())
    assert [look.step for look in watch.snapshots] == [0, 1000, 2000]


def test_a_centre_at_zero_is_found():
    rows = torch.tensor([[1.0, -4], [-1, -4], [1, 4], [-1, 4]])
    centres = cluster(rows, 2, torch.Generator().manual_seed(0))
    assert sorted(centres.tolist()) == [[0, -4], [0, 4]]


def test_clusters_find_far_blobs_and_wide_rows_are_seen_along_few_directions():
    rows = blobs(200, 0)
    centres = cluster(rows, 4, torch.Generator().manual_seed(0))
    assert sorted(np.round(centres.numpy(), -1).tolist()) == [[0, 0], [0, 10], [10, 0], [10, 10]]
    rng = torch.Generator().manual_seed(1)
    wide = torch.randn(200, 500, generator=rng)
    seen = wide @ directions(500, rng)
    assert seen.shape == (200, 64) and directions(64, rng) is None
    ratio = (torch.pdist(seen) / torch.pdist(wide)).numpy()
    assert abs(ratio.mean() - 1) < 0.03 and ratio.std() < 0.12
