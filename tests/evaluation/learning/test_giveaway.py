"""A fault planted in one column, or in how two go together, is found and named."""

import numpy as np
import pytest

from drawlike.evaluation.learning.classifier import tell_apart
from drawlike.evaluation.learning.giveaway import given_away
from tests.evaluation.cases import case_of, measured
from tests.evaluation.learning.test_classifier import arrays

N, P = 1000, 8


def rows(rng, n=N):
    """Columns of a chain: each goes with the one before."""
    X = rng.normal(size=(n, P))
    for i in range(1, P):
        X[:, i] = 0.6 * X[:, i - 1] + 0.8 * X[:, i]
    return X


def without(rng, real, synthetic, dropped):
    kept = np.setdiff1d(np.arange(P), dropped)
    return tell_apart(*arrays(real[:, kept], synthetic[:, kept]), seed=0)


def test_fresh_rows_are_given_away_by_nothing(rng):
    found = given_away(*arrays(rows(rng), rows(rng)), seed=0)
    assert not found.relations
    assert found.words.en == "" or max(tell.alone for tell in found.columns) < 0.6


def test_a_fault_in_one_column_is_found(rng):
    real, synthetic = rows(rng), rows(rng)
    synthetic[:, 3] = 1.5 * synthetic[:, 3] + 0.5
    found = given_away(*arrays(real, synthetic), seed=0)
    assert found.columns[0].name == "x3"
    assert found.columns[0].share > 0.6
    assert found.columns[0].alone > 0.58
    whole = tell_apart(*arrays(real, synthetic), seed=0)
    others = [whole - without(rng, real, synthetic, [i]) for i in (0, 5, 7)]
    assert whole - without(rng, real, synthetic, [3]) > 2 * max(np.mean(others), 0.0)


def test_a_broken_relation_is_found_where_both_columns_are_right(rng):
    """Two columns that belong to each other come from different rows; no margin tells."""
    real, synthetic = rows(rng), rows(rng)
    real[:, 6] = real[:, 1] + 0.3 * real[:, 6]
    synthetic[:, 6] = synthetic[rng.permutation(N), 1] + 0.3 * synthetic[:, 6]
    found = given_away(*arrays(real, synthetic), seed=0)
    assert {tell.name for tell in found.columns[:2]} == {"x1", "x6"}
    worst = found.relations[0]
    assert set(worst.names) == {"x1", "x6"}
    assert worst.together > 0.75
    assert worst.alone < 0.6
    assert "by how x1 and x6 go together" in found.words.en
    assert "x1 与 x6 之间的关系" in found.words.zh


def test_columns_that_tell_the_same_share_it(rng):
    """Where either column would do, hiding one of them changes little."""
    real, synthetic = rows(rng), rows(rng)
    for X, shift in ((real, 0.0), (synthetic, 1.5)):
        X[:, 2] += shift
        X[:, 5] = X[:, 2] + 0.01 * rng.normal(size=N)
    found = given_away(*arrays(real, synthetic), seed=0)
    assert {tell.name for tell in found.columns[:2]} == {"x2", "x5"}
    assert min(tell.share for tell in found.columns[:2]) > 0.15


def test_shares_sum_to_one_and_equal_seeds_agree(rng):
    sets = arrays(rows(rng), rows(rng) + 0.5)
    found = given_away(*sets, seed=0)
    assert sum(tell.share for tell in found.columns) == pytest.approx(1, abs=0.1)
    assert found == given_away(*sets, seed=0)


def test_the_figure_names_what_gave_the_rows_away(rng):
    train, holdout, synthetic = rows(rng), rows(rng), rows(rng)
    synthetic[:, 4] += 1
    c2st = measured("C2ST AUC", case_of(train, holdout, synthetic))
    assert c2st.note.en.startswith("given away by x4 (")
    assert c2st.details["given_away"].columns[0].name == "x4"
