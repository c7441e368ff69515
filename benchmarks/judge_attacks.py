"""Attacks with a control against anonymeter: success rates and excess risks on the same rows.

    python benchmarks/judge_attacks.py [--data adult_ctgan.csv.gz] [--rows 2000] [--write]

Needs ``pip install anonymeter`` beside the project. Without ``--data`` the rows are those of the
test suite, and ``--write`` freezes anonymeter's counts for it. Univariate predicates are the same
ones, all of them, and must hit equally often. Multivariate ones are drawn at random on either
side, so that rates agree within their intervals. Linkability and inference search the nearest row:
anonymeter by Gower's distance, where the category decides, the judge by its own, where equally
near rows all count (linkability) and numbers are not squeezed by their largest value. There the
rates on training and control rows move together and the excess is compared.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anonymeter.evaluators import InferenceEvaluator, LinkabilityEvaluator, SinglingOutEvaluator
from judge_audit import FAULTS, deal
from measuring import table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "evaluation" / "attacks")]  # it has tests too

from people import ORACLE, PEER_CASES, case_of, peer_sets

from drawlike.evaluation import attacks
from drawlike.evaluation.attacks.risk import Attack

Sets = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def univariate(sets: Sets, details: dict[str, Any]) -> Attack:
    """All predicates that there are: one more is asked for, and not found."""
    (train, holdout, synthetic), n = sets, details["attacks"][""].attempts
    asked = SinglingOutEvaluator(train, synthetic, n_attacks=n + 1, control=holdout, seed=0)
    return as_attack(asked.evaluate(mode="univariate").results(), n)


def multivariate(sets: Sets, details: dict[str, Any]) -> Attack:
    train, holdout, synthetic = sets
    asked = SinglingOutEvaluator(
        train,
        synthetic,
        n_attacks=details["attempts"],
        n_cols=details["n_columns"],
        control=holdout,
        max_attempts=20_000,
        seed=0,
    )
    return as_attack(asked.evaluate(mode="multivariate").results(), details["attempts"])


def linkability(sets: Sets, details: dict[str, Any]) -> Attack:
    train, holdout, synthetic = sets
    asked = LinkabilityEvaluator(
        train, synthetic, aux_cols=details["halves"], n_attacks=len(train), control=holdout
    )
    return as_attack(asked.evaluate(n_jobs=1).results(), len(train))


def inference(sets: Sets, details: dict[str, Any]) -> Attack:
    train, holdout, synthetic = sets
    secret = details["column"]
    asked = InferenceEvaluator(
        train,
        synthetic,
        aux_cols=[name for name in train if name != secret],
        secret=secret,
        regression=pd.api.types.is_numeric_dtype(train[secret]),
        n_attacks=len(train),
        control=holdout,
    )
    return as_attack(asked.evaluate(n_jobs=1).results(), len(train))


def as_attack(found: Any, attempts: int) -> Attack:
    return Attack(found.n_success, attempts, found.n_control, attempts, np.nan)


PEER: dict[str, Callable[[Sets, dict[str, Any]], Attack]] = {
    known.__name__: known for known in (univariate, multivariate, linkability, inference)
}


def compared(sets: Sets) -> dict[str, tuple[Attack, Attack, str, float]]:
    """Each attack by us and by the peer, on what, and the ratio of the seconds."""
    case, found = case_of(*sets), {}
    for name, peer in PEER.items():
        ours, seconds = timed(lambda name=name: getattr(attacks, name)(case))
        details = ours.details
        theirs, their_seconds = timed(lambda peer=peer, details=details: peer(sets, details))
        known = {key: details[key] for key in Attack.__dataclass_fields__}
        mine = details["attacks"][""] if name == "univariate" else Attack(**known)
        column = details["column"] if name == "inference" else ""
        found[name] = mine, theirs, column, their_seconds / seconds
    return found


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    began = time.process_time()
    result = run()
    return result, time.process_time() - began


def line(case: str, name: str, found: tuple[Attack, Attack, str, float]) -> tuple[str, ...]:
    mine, theirs, column, ratio = found
    (low, high), (other_low, other_high) = mine.interval, theirs.interval
    agree = low <= other_high and other_low <= high
    attack = f"{name} {column}".strip()
    return case, attack, *map(rates, (mine, theirs)), "yes" if agree else "no", f"{ratio:.0f}"


def rates(attack: Attack) -> str:
    low, high = attack.interval
    return (
        f"{attack.rate:.3f} {attack.control_rate:.3f}: {attack.excess:.3f} [{low:.3f}, {high:.3f}]"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="Adult, as CSV")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sets = {name: peer_sets(name) for name in PEER_CASES}
    if options.data:
        real = deal(pd.read_csv(options.data, skipinitialspace=True), options.rows, seed=0)
        sets = {name: (real.train, real.holdout, make(real)) for name, make in FAULTS.items()}
    compared(peer_sets("fresh"))  # compiles on both sides
    found = {name: compared(given) for name, given in sets.items()}
    lines = [line(case, name, one) for case, all_ in found.items() for name, one in all_.items()]
    rate = "training hold-out: excess [95 %]"
    heads = ("rows", "attack", f"drawlike, {rate}", f"anonymeter, {rate}", "agree", "times faster")
    print(table(heads, lines))
    if options.write and not options.data:
        frozen = {
            case: {name: hits(one[1]) for name, one in all_.items()} for case, all_ in found.items()
        }
        ORACLE.write_text(json.dumps(frozen, indent=1) + "\n", encoding="utf-8")


def hits(attack: Attack) -> list[float]:
    return [float(attack.successes), float(attack.control_successes), attack.attempts]


if __name__ == "__main__":
    main()
