"""Planted faults and fresh rows before the judge: what is seen, by which figures, and at what cost.

    python benchmarks/judge_faults.py                    # 12 faults x 2 sets x 6 seeds
    python benchmarks/judge_faults.py --faults invent thin_mode
    python benchmarks/judge_faults.py --draws 100 --set ring    # false alarms instead

The sets are those of tests/evaluation/faults.py: a ring of eight normals and scikit-learn's
digits, 450 rows of each kind. A seed draws the real rows and the fault anew. With --draws fresh
real rows stand for synthetic ones, drawn anew each time: at most 9 of 100 may set off any
alarm, and at most 1 % may fail the verdict.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from measuring import table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from drawlike.evaluation import Evaluation, Judge
from tests.evaluation.faults import FAULTS, Fault, Real, Rows, digits, fresh, ring

SETS = {"ring": ring, "digits": digits}
KINDS = {"ring": "array", "digits": "image"}
FIRST_DRAW = 1000  # seeds of fresh draws, apart from those of the faults and of the tests
SHOWN = 4


def main() -> None:
    """Print the table of faults, or the count of false alarms."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=SETS, nargs="+", default=list(SETS))
    parser.add_argument("--faults", nargs="+", choices=[f.__name__ for f in FAULTS], default=None)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--draws", type=int, default=0, help="judge so many fresh draws instead")
    asked = parser.parse_args()
    began = time.process_time()
    if asked.draws:
        head = ["set", "draws", "any alarm", "failing verdict", "figures that alarmed"]
        print(table(head, [false_alarms(name, asked.draws) for name in asked.set]))
    else:
        chosen = [f for f in FAULTS if asked.faults is None or f.__name__ in asked.faults]
        head = ["fault", "set", "seen", "failed", "figures, and in how many seeds"]
        print(table(head, seen(asked.set, chosen, asked.seeds)))
    print(f"\n{time.process_time() - began:.0f} CPU seconds")


def seen(sets: list[str], faults: list[Fault], seeds: int) -> Iterator[list[Any]]:
    """How many seeds show each fault, a line a fault and set."""
    found: dict[tuple[str, str], list[Evaluation]] = {}
    for name in sets:
        for seed in range(seeds):
            real = SETS[name](seed)
            judge = court(name, real)
            for fault in faults:
                rows = fault(real, np.random.default_rng(1000 + seed))
                found.setdefault((fault.__name__, name), []).append(judge(given(name, rows)))
    for fault in faults:
        for name in sets:
            yield line(fault.__name__, name, found[fault.__name__, name])


def line(fault: str, name: str, found: list[Evaluation]) -> list[Any]:
    """Sum up what the seeds gave."""
    alarmed = [alarms(evaluation) for evaluation in found]
    failed = sum(evaluation.judgement.passed is False for evaluation in found)
    counts = Counter(figure for each in alarmed for figure in each).most_common()
    shown = ", ".join(f"{figure} {count}" for figure, count in counts[:SHOWN])
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    n = len(found)
    return [fault, name, f"{sum(map(bool, alarmed))} of {n}", f"{failed} of {n}", shown + more]


def false_alarms(name: str, draws: int) -> list[Any]:
    """Count fresh draws that set off an alarm or fail."""
    counts: Counter[str] = Counter()
    any_alarm, failed = 0, 0
    for seed in range(FIRST_DRAW, FIRST_DRAW + draws):
        real = SETS[name](seed)
        evaluation = court(name, real)(given(name, fresh(real, np.random.default_rng(seed))))
        alarmed = alarms(evaluation)
        any_alarm += bool(alarmed)
        failed += not evaluation.passed
        counts.update(alarmed)
    shown = ", ".join(f"{figure} {count}" for figure, count in counts.most_common())
    return [name, draws, any_alarm, failed, shown or "none"]


def court(name: str, real: Real) -> Judge:
    """The judge of a set of real rows; digits are labelled, the ring is not."""
    return Judge(given(name, real.train), given(name, real.holdout), kind=KINDS[name])


def given(name: str, rows: Rows) -> Any:
    """Rows as they are handed to the judge."""
    return (rows.X, rows.modes) if name == "digits" else rows.X


def alarms(evaluation: Evaluation) -> list[str]:
    """Names of the figures that alarmed."""
    return [finding.metric.name for finding in evaluation.findings if finding.alarm]


if __name__ == "__main__":
    main()
