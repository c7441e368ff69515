import numpy as np
import pytest

from drawlike.evaluation.attacks.risk import Attack, worst
from drawlike.report import Text

SAID = Text("said", "说")


def test_excess_is_the_share_of_what_the_control_leaves():
    attack = Attack(80, 100, 60, 100, 0.01)
    assert attack.excess == pytest.approx(0.5)
    # anonymeter 1.1: EvaluationResults((100,) * 3, 80, 0, 60).risk()
    np.testing.assert_allclose(attack.interval, (0.2490708, 0.7051116), atol=1e-4)


def test_excess_ends_at_zero_and_one():
    assert Attack(10, 100, 40, 100, 1.0).interval[0] == 0
    assert Attack(50, 50, 0, 50, 0.0).interval[1] == 1
    assert Attack(50, 50, 50, 50, 1.0).excess == 0


def test_rates_stand_beside_each_other_and_the_note_tells_the_excess():
    found = Attack(80, 100, 60, 100, 0.01).measured(SAID, column="pay")
    assert (found.value, found.real, found.chance) == (0.8, 0.6, 0.01)
    assert found.low < 0.8 < found.high
    assert found.note.en == "said; excess risk 0.500 (95 %: 0.249 to 0.705)"
    assert found.details["column"] == "pay"
    assert Attack(80, 100, 60, 100, 0.01).measured(SAID, 0.5).chance == 0.5


def test_the_worst_attack_counts_for_so_many():
    luck = Attack(30, 100, 28, 100, 0.4)
    weak, strong = Attack(200, 1000, 100, 1000, 1e-10), Attack(100, 100, 40, 100, 1e-8)
    assert worst({"a": luck, "b": weak, "c": strong}) == ("c", pytest.approx(3e-10))
    assert worst({"a": luck, "b": Attack(9, 20, 8, 20, 0.3)}) == ("b", pytest.approx(0.6))
    assert worst({"a": Attack(9, 20, 9, 20, 0.6), "b": Attack(90, 200, 90, 200, 0.7)}) == ("b", 1)
