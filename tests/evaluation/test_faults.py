"""The panel before planted faults: each must be seen, and fresh rows let pass."""

from functools import cache

import numpy as np
import pytest

from drawlike.evaluation import Judge
from tests.evaluation.faults import COPIES, FAULTS, Rows, digits, fresh, ring

SETS = {"ring": ring, "digits": digits}
LOST = ("drop_mode", "drop_half", "collapse")
INVENTED = ("noise", "one_gaussian")
QUICK = ("copy", "collapse", "noise")  # of digits; the others take long


@cache
def court(name, seed=0):
    """The judge of a set, and its real rows; digits are labelled, the ring is not."""
    real = SETS[name](seed)
    kind = "image" if name == "digits" else "array"
    return Judge(given(name, real.train), given(name, real.holdout), kind=kind), real


def given(name, rows: Rows):
    return (rows.X, rows.modes) if name == "digits" else rows.X


@cache
def judge_fault(name, fault, seed=0):
    """What the judge finds; many tests ask about the same fault."""
    judge, real = court(name, seed)
    return judge(given(name, fault(real, np.random.default_rng(1000 + seed))))


def of_each_set(faults):
    """Each fault of each set, a test."""

    def case(name, fault):
        is_slow = name == "digits" and fault.__name__ not in QUICK
        told = f"{fault.__name__}-{name}"
        return pytest.param(name, fault, marks=[pytest.mark.slow] * is_slow, id=told)

    cases = [case(name, fault) for name in SETS for fault in faults]
    return pytest.mark.parametrize(("name", "fault"), cases)


def alarms(evaluation):
    return {finding.metric.name for finding in evaluation.findings if finding.alarm}


@of_each_set(FAULTS)
def test_every_fault_is_seen(name, fault):
    assert alarms(judge_fault(name, fault))


@of_each_set(COPIES)
def test_copies_never_pass(name, fault):
    evaluation = judge_fault(name, fault)
    assert not evaluation.passed
    assert evaluation.score < 0.2
    assert "copied" in evaluation.verdict


@of_each_set([fault for fault in FAULTS if fault.__name__ in LOST])
def test_lost_modes_are_called_lost(name, fault):
    evaluation = judge_fault(name, fault)
    assert not evaluation.passed
    assert "variety is lost" in evaluation.verdict
    assert "copied" not in evaluation.verdict


@of_each_set([fault for fault in FAULTS if fault.__name__ in INVENTED])
def test_invented_rows_are_called_invented(name, fault):
    evaluation = judge_fault(name, fault)
    assert not evaluation.passed
    assert "invented or distorted" in evaluation.verdict


HONEST = [f for f in FAULTS if f not in COPIES and f.__name__ != "one_gaussian"]


@of_each_set(HONEST)
def test_faults_that_copy_nothing_are_not_accused_of_it(name, fault):
    """Shrunk modes lie near to everything: a test of distances alone would call that copying."""
    evaluation = judge_fault(name, fault)
    accused = {f.metric.name for f in evaluation.findings if f.metric.aspect == "copying"}
    assert not accused & alarms(evaluation)
    assert evaluation.judgement.scores["copying"] == 1


def test_fresh_rows_pass():
    found = [judge_fault("ring", fresh, seed) for seed in range(6)]
    assert all(evaluation.passed for evaluation in found)
    assert sum(bool(alarms(evaluation)) for evaluation in found) <= 1
    assert min(evaluation.score for evaluation in found) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("name", "draws", "most"), [("ring", 100, 9), ("digits", 40, 4)])
def test_fresh_rows_seldom_alarm(name, draws, most):
    found = [judge_fault(name, fresh, seed) for seed in range(100, 100 + draws)]
    assert sum(bool(alarms(evaluation)) for evaluation in found) <= most
    assert sum(not evaluation.passed for evaluation in found) <= 1
    for remembered in (court, judge_fault):
        remembered.cache_clear()
