"""Patterns of transitions."""

import numpy as np
import pytest

from drawlike.errors import SettingError
from drawlike.statistics.hidden_markov.transitions import first_states, pattern


def ones(*rows):
    return [[c == "1" for c in row] for row in rows]


@pytest.mark.parametrize(
    ("structure", "width", "expected"),
    [
        ("full", 1, ones("1111", "1111", "1111", "1111")),
        ("left-right", 1, ones("1100", "0110", "0011", "0001")),
        ("left-right", 2, ones("1110", "0111", "0011", "0001")),
        ("cyclic", 1, ones("1100", "0110", "0011", "1001")),
        ("banded", 1, ones("1100", "1110", "0111", "0011")),
        ([[0.5, 0.5], [0, 1]], 1, ones("11", "01")),
    ],
)
def test_patterns(structure, width, expected):
    assert pattern(structure, len(expected), width).tolist() == expected


def test_only_the_first_state_begins_what_moves_right():
    assert first_states("left-right", 3).tolist() == [True, False, False]
    assert first_states("cyclic", 3).all()
    assert first_states(np.ones((3, 3)), 3).all()


@pytest.mark.parametrize(
    ("structure", "says"),
    [("circular", "unknown"), (np.ones((2, 3)), "shape"), ([[1, 1], [0, 0]], "state 1")],
)
def test_senseless_structures_are_refused(structure, says):
    with pytest.raises(SettingError, match=says):
        pattern(structure, 2)
