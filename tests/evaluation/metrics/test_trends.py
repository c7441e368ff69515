import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation.inputs.columns import Columns, Vocabulary
from drawlike.evaluation.metrics.trends import (
    association,
    code,
    code_pair,
    column_scores,
    deciles,
    pair_scores,
)


def random_frame(rng, n):
    return pd.DataFrame(
        {
            "normal": rng.normal(size=n),
            "skewed": rng.lognormal(size=n),
            "atoms": np.where(rng.random(n) < 0.6, 0.0, rng.gamma(2, size=n)),
            "whole": rng.integers(0, 30, n),
            "holes": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "letter": rng.choice(list("abcde"), n, p=[0.5, 0.3, 0.1, 0.07, 0.03]),
            "gap": pd.Series(rng.choice(["x", "y", "z"], n)).where(rng.random(n) < 0.9),
            "flag": rng.random(n) < 0.3,
        }
    )


def read(real, synthetic):
    vocabulary = Vocabulary.learn(real, None)
    return vocabulary.read(real, "training"), vocabulary.read(synthetic, "synthetic")


def moved(rng):
    """Fresh rows with a shifted column and a category that was never seen."""
    real, synthetic = random_frame(rng, 700), random_frame(rng, 400)
    synthetic["normal"] += 0.4
    synthetic.loc[:20, "letter"] = "never seen"
    return real, synthetic


def constant(rng):
    real, synthetic = random_frame(rng, 200), random_frame(rng, 200)
    synthetic["whole"] = 3
    return real, synthetic


ORACLE_CASES = {"moved": moved, "constant": constant}
ORACLE = Path(__file__).parents[2] / "fixtures" / "sdmetrics_scores.json"


def our_scores(case):
    columns, others = read(*ORACLE_CASES[case](np.random.default_rng(0)))
    left, right = code_pair(columns, others)
    return list(columns.names), column_scores(left, right), pair_scores(left, right)


@pytest.mark.parametrize("case", ORACLE_CASES)
def test_scores_are_those_of_sdmetrics(case):
    """Its figures, as ``benchmarks/sdmetrics_parity.py --write`` printed them."""
    frozen = json.loads(ORACLE.read_text(encoding="utf-8"))[case]
    names, shapes, pairs = our_scores(case)
    assert names == frozen["columns"]
    np.testing.assert_allclose(shapes, frozen["shapes"], atol=1e-6)
    np.testing.assert_allclose(pairs, frozen["pairs"], atol=1e-6)


def test_equal_rows_score_one(rng):
    frame = random_frame(rng, 300)
    left, right = code_pair(*read(frame, frame))
    assert (column_scores(left, right) == 1).all()
    assert np.nanmin(pair_scores(left, right)) == 1


def test_large_tables_are_compared_by_the_pairs_that_occur(rng):
    wide = pd.DataFrame({"a": rng.integers(0, 2000, 3000), "b": rng.integers(0, 2000, 3000)})
    left, right = code_pair(*read(wide.astype(str) + "x", (wide + 2000).astype(str) + "x"))
    assert pair_scores(left, right) == [0]


def test_deciles_keep_atoms_whole_and_missing_values_apart():
    values = np.r_[np.zeros(50), np.arange(1, 51), [np.nan] * 5]
    bins = deciles(code(Columns.of_array(values[:, None])))[0]
    assert bins[0] == 2  # the middle of the first half
    assert bins[-1] == 10
    assert bins[1:-1].min() >= 5


def test_association_of_functions_is_one(rng):
    x = rng.integers(0, 4, 500)
    frame = pd.DataFrame({"n": -2.0 * x + 0.5, "m": x * 1.0, "c": np.array(list("abcd"))[x]})
    strength = association(code(read(frame, frame)[0]))
    np.testing.assert_allclose(np.abs(strength), 1, atol=1e-9)
