"""What a long fit takes is said before it begins."""

import numpy as np
import pytest
import torch

from drawlike.events import Emitter, History
from drawlike.layout import Choice
from drawlike.models.autoregressive.effort import passes_over, seconds_of_a_step, tell_if_long
from drawlike.networks import NADE

CODES = torch.zeros(1, 1, dtype=torch.int16)


def net_of(n_columns):
    return NADE([Choice(f"c{v}", 40, np.full(40, 1 / 40)) for v in range(n_columns)], 0, 16)


def told(n_steps, max_seconds=None):
    history = History()
    events = Emitter(history)
    tell_if_long(net_of(3), CODES, n_steps, 512, max_seconds=max_seconds, events=events)
    return [event.message for event in history]


def test_only_long_fits_are_told_of():
    assert told(100) == []
    (message,) = told(10_000_000)
    assert "10000000 steps" in message
    assert "LatentClass" in message
    assert told(10_000_000, max_seconds=60) == []


def test_a_step_costs_more_than_in_proportion_to_its_columns():
    assert seconds_of_a_step(net_of(20), 512) > 2 * seconds_of_a_step(net_of(10), 512)


@pytest.mark.parametrize(("n_rows", "passes"), [(236_194, 6), (4_000_000, 3), (40_000_000, 2)])
def test_classes_of_very_many_cells_take_fewer_passes(n_rows, passes):
    codes = torch.zeros(1, 1, dtype=torch.int16).expand(n_rows, 41)
    assert passes_over(codes) == passes
