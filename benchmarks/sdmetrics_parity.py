"""Column shapes and pair trends against sdmetrics: same figures, and how much faster.

    python benchmarks/sdmetrics_parity.py [--data adult.csv.gz] [--write]

``--write`` freezes sdmetrics' figures for the test suite, which does not depend on it (it is
MIT, but brings a package under the Business Source License along).
"""

import argparse
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import alternate, spread
from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from drawlike.evaluation.metrics.trends import code_pair, column_scores, pair_scores
from tests.evaluation.metrics.test_trends import ORACLE, ORACLE_CASES, read


def theirs(real: pd.DataFrame, synthetic: pd.DataFrame, columns) -> tuple:
    kinds = dict.fromkeys(columns.number_names, "numerical")
    kinds |= dict.fromkeys(columns.code_names, "categorical")
    metadata = {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}
    shapes, pairs = ColumnShapes(), ColumnPairTrends()
    pairs.num_rows_subsample = None
    names = list(columns.names)
    for part in (shapes, pairs):
        part.get_score(real[names], synthetic[names], metadata)
    return tuple(part.details["Score"].to_numpy(float) for part in (shapes, pairs))


def ours(real: pd.DataFrame, synthetic: pd.DataFrame) -> tuple:
    left, right = code_pair(*read(real, synthetic))
    return column_scores(left, right), pair_scores(left, right)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="a CSV whose halves are compared")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    frozen = {}
    for case, make in ORACLE_CASES.items():
        real, synthetic = make(np.random.default_rng(0))
        columns, _ = read(real, synthetic)
        shapes, pairs = theirs(real, synthetic, columns)
        gap = max(
            np.abs(a - b).max() for a, b in zip((shapes, pairs), ours(real, synthetic), strict=True)
        )
        print(f"{case}: largest difference {gap:.1e}")
        frozen[case] = {
            "columns": list(columns.names),
            "shapes": shapes.tolist(),
            "pairs": pairs.tolist(),
        }
    if options.write:
        ORACLE.write_text(json.dumps(frozen, indent=1) + "\n", encoding="utf-8")
    if options.data:
        rows = pd.read_csv(options.data, skipinitialspace=True)
        half = len(rows) // 2
        real, synthetic = rows[:half], rows[half:].reset_index(drop=True)
        columns, _ = read(real, synthetic)
        mine, peer = alternate(
            lambda: ours(real, synthetic), lambda: theirs(real, synthetic, columns), 3
        )
        print(f"drawlike {spread(mine)} s, sdmetrics {spread(peer)} s")
        print(f"ratio sdmetrics / drawlike: {np.median(peer) / np.median(mine):.1f}")


if __name__ == "__main__":
    main()
