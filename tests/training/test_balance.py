"""Classes are learned from as often as is asked for."""

import numpy as np
import pytest
import torch

from drawlike.errors import SettingError
from drawlike.rows import Rows
from drawlike.training import Balance, Shuffled, hold_back

COUNTS = (400, 40, 4)


def long_tail(weight=None):
    label = torch.arange(3).repeat_interleave(torch.tensor(COUNTS))
    n = len(label)
    weight = torch.ones(n) if weight is None else weight
    return Rows(torch.arange(n).float()[:, None], torch.eye(3)[label], weight)


def shares(class_sampling, rows):
    sampler = Shuffled(rows, 60, 0, Balance.of(class_sampling, rows))
    seen = sum(batch.weight @ batch.cond for batch in (sampler.draw() for _ in range(70)))
    return (seen / seen.sum()).tolist()


@pytest.mark.parametrize(
    ("class_sampling", "power"), [("data", 0), ("square-root", 0.5), ("balanced", 1), (0.25, 0.25)]
)
def test_shares_of_classes_go_as_a_power_of_their_rows(class_sampling, power):
    wanted = np.array(COUNTS) ** (1.0 - power)
    assert shares(class_sampling, long_tail()) == pytest.approx(wanted / wanted.sum(), abs=0.01)


def test_shares_go_by_weights_of_rows():
    rows = long_tail(torch.tensor([1.0] * 400 + [10.0] * 40 + [1.0] * 4))
    assert shares("square-root", rows) == pytest.approx(np.array([20, 20, 2]) / 42, abs=0.01)


def test_each_batch_has_its_part_of_each_class():
    rows = long_tail()
    sampler = Shuffled(rows, 60, 0, Balance.of("balanced", rows))
    parts = torch.stack([sampler.draw().cond.sum(0) for _ in range(14)])
    assert (parts - 20).abs().max() <= 3


def test_no_row_of_a_rare_class_comes_again_before_all_have_come():
    rows = long_tail()
    order = Balance.of("balanced", rows).order(rows.cond, np.random.default_rng(0))
    assert len(order) == len(rows)
    assert np.ptp(np.bincount(order)[440:]) <= 1
    assert np.bincount(order)[:400].max() == 1


def test_auto_acts_on_long_tails_only():
    even = Rows(torch.zeros(90, 1), torch.eye(3).repeat(30, 1), torch.ones(90))
    assert Balance.of("auto", even).rates is None
    assert Balance.of("balanced", even).rates is None
    assert Balance.of("auto", Rows(even.x, even.cond[:, :0], even.weight)).rates is None
    assert Balance.of("auto", long_tail()).rates is not None


def test_auto_does_not_show_a_lone_row_over_and_over():
    label = torch.tensor([0] * 900 + [1])
    rows = Rows(torch.zeros(901, 1), torch.eye(2)[label], torch.ones(901))
    ratio = {how: Balance.of(how, rows).rates for how in ("auto", "balanced")}
    assert float(ratio["auto"][1] / ratio["auto"][0]) == pytest.approx(100)
    assert float(ratio["balanced"][1] / ratio["balanced"][0]) == pytest.approx(900)


def test_a_stream_of_balanced_classes_goes_on_where_it_stood():
    rows = long_tail()
    first, second = (Shuffled(rows, 60, 0, Balance.of("balanced", rows)) for _ in range(2))
    for _ in range(9):
        first.draw()
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.draw().x, second.draw().x)


def test_each_class_gives_its_part_to_validation_and_weighs_there_as_in_training():
    rows = long_tail()
    balance = Balance.of("balanced", rows)
    train, held = hold_back(rows, 0.25, np.random.default_rng(0), balance)
    assert held.cond.sum(0).tolist() == pytest.approx([100, 10, 1], abs=1)
    mass = (held.weight @ held.cond).tolist()
    assert mass[0] == pytest.approx(mass[1], rel=0.1)
    assert len(train) + len(held) == len(rows)


@pytest.mark.parametrize("asked", ["even", 1.5, -0.1, True, None])
def test_other_ways_are_refused(asked):
    with pytest.raises(SettingError, match="class_sampling"):
        Balance.of(asked, long_tail())


def test_auto_leaves_rows_as_they_come_where_training_begins_at_a_fitted_law():
    assert Balance.of("auto", long_tail(), begins_fitted=True).rates is None
    assert Balance.of("balanced", long_tail(), begins_fitted=True).rates is not None


def test_rows_are_watched_by_the_weights_that_training_shows_them_with():
    rows = long_tail()
    shown, same = Balance.of("balanced", rows).seen((rows, rows))
    assert shown is same
    assert shown.mass.tolist() == pytest.approx([148, 148, 148])
    assert Balance.of("data", rows).seen((rows, rows)) == (rows, rows)


def test_auto_leaves_classes_of_many_light_rows_alone():
    rows = Rows(
        torch.zeros(90, 1), torch.eye(3).repeat(30, 1), torch.tensor([1, 1, 1e-3]).repeat(30)
    )
    assert Balance.of("auto", rows).rates is None
    assert Balance.of("balanced", rows).rates is not None
