from dataclasses import dataclass, replace
from typing import NamedTuple

import pytest
import torch

from drawlike.events import Emitter, History
from drawlike.rows import Rows
from drawlike.statistics.loop import accumulate, add, iterate


class Sums(NamedTuple):
    total: torch.Tensor
    parts: tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Halving:
    """Goes half of the way to the mean; the objective is minus the squared distance."""

    value: float = 0.0
    notes: tuple[str, ...] = ()
    interrupt_at: float | None = None

    def statistics(self, batch):
        if self.value == self.interrupt_at:
            raise KeyboardInterrupt
        return Sums(batch.x.sum(), (batch.weight.sum(),))

    def update(self, sums):
        mean = float(sums.total / sums.parts[0])
        return replace(self, value=(self.value + mean) / 2, notes=())

    def objective(self, sums):
        return -float((self.value - sums.total / sums.parts[0]) ** 2)


@pytest.fixture
def rows():
    x = torch.full((10, 1), 8.0, dtype=torch.float64)
    return Rows(x, torch.zeros(10, 0), torch.ones(10))


def test_add_reaches_every_tensor_of_nested_sums():
    total = Sums(torch.tensor(1.0), (torch.tensor([1.0, 2.0]),))
    add(total, Sums(torch.tensor(2.0), (torch.tensor([10.0, 20.0]),)))
    assert total.total == 3
    assert total.parts[0].tolist() == [11, 22]


def test_parts_of_the_data_add_up_to_the_sums_of_the_whole(rows):
    by_three = accumulate(Halving().statistics, lambda: rows.batches(3))
    assert by_three.total == 80
    assert by_three.parts[0] == 10


def test_it_stops_when_the_objective_changes_by_less_than_tol(rows):
    course = iterate(Halving(), lambda: rows.batches(4), max_iter=50, tol=1.0)
    assert course.converged
    # 64, 16, 4, 1, 1/4: the last step is the first below 1
    assert course.objectives == (-64.0, -16.0, -4.0, -1.0, -0.25)


def test_it_stops_at_the_last_iteration(rows):
    course = iterate(Halving(), lambda: rows.batches(4), max_iter=3, tol=0.0)
    assert not course.converged
    assert course.model.value == 7.0


def test_a_step_that_mended_something_does_not_count_as_converged(rows):
    start = Halving(value=8.0, notes=("mended",))
    course = iterate(start, lambda: rows.batches(4), max_iter=10, tol=1.0)
    assert len(course.objectives) == 2


def test_an_interrupt_keeps_the_last_parameters_and_says_so(rows):
    history = History()
    start = Halving(interrupt_at=6.0)
    course = iterate(start, lambda: rows.batches(4), max_iter=10, tol=0.0, events=Emitter(history))
    assert course.interrupted
    assert course.model.value == 6.0
    warnings = [event.message for event in history if event.kind == "warning"]
    assert warnings == ["interrupted in iteration 3: keeping the last parameters"]


def test_every_iteration_tells_its_objective_and_how_far_it_is(rows):
    history = History()
    iterate(Halving(), lambda: rows.batches(4), max_iter=50, tol=1.0, events=Emitter(history))
    steps, values = history.curve("log_likelihood")
    assert steps == [1, 2, 3, 4, 5]
    assert values == [-64.0, -16.0, -4.0, -1.0, -0.25]
    last = [event for event in history if event.kind == "progress"][-1]
    assert last.step == last.total == 5
