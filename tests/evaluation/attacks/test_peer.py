"""Attacks against the counts that anonymeter gave for the same rows."""

import json

import pytest

from drawlike.evaluation import attacks
from drawlike.evaluation.attacks.risk import Attack
from tests.evaluation.attacks.people import ORACLE, PEER_CASES, case_of, peer_sets


def theirs(case, name):
    """Its counts, as ``benchmarks/judge_attacks.py --write`` printed them."""
    successes, control, n = json.loads(ORACLE.read_text(encoding="utf-8"))[case][name]
    return Attack(successes, n, control, n, chance=1.0)


@pytest.mark.parametrize("case", PEER_CASES)
def test_univariate_predicates_hit_as_often_as_those_of_anonymeter(case):
    ours = attacks.univariate(case_of(*peer_sets(case))).details["attacks"][""]
    peer = theirs(case, "univariate")
    assert (ours.successes, ours.control_successes) == (peer.successes, peer.control_successes)


@pytest.mark.parametrize("case", PEER_CASES)
@pytest.mark.parametrize("name", ["multivariate", "linkability", "inference"])
def test_excess_risks_agree_with_anonymeter_within_their_intervals(case, name):
    """Predicates are drawn at random and distances are others, so that rates may move."""
    ours = getattr(attacks, name)(case_of(*peer_sets(case))).details
    low, high = theirs(case, name).interval
    assert ours["low"] <= high
    assert low <= ours["high"]
