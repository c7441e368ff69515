import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation.inputs.columns import Columns, Vocabulary
from drawlike.evaluation.inputs.samples import TableSample, row_keys
from drawlike.evaluation.inputs.space import Space
from drawlike.evaluation.learning.classifier import filled, tell_apart
from drawlike.evaluation.learning.giveaway import given_away


def sample(columns):
    keys = row_keys(columns.numbers, columns.codes)
    return TableSample(columns, Space.fit(columns), keys)


def arrays(*parts):
    return [sample(Columns.of_array(part)) for part in parts]


def test_fresh_rows_are_not_told_apart(rng):
    auc = tell_apart(*arrays(rng.normal(size=(300, 4)), rng.normal(size=(300, 4))), seed=0)
    assert auc == pytest.approx(0.5, abs=0.08)


def test_a_relation_between_columns_gives_it_away(rng):
    x = rng.normal(size=(400, 1))
    real = np.c_[x, x + 0.1 * rng.normal(size=(400, 1))]
    synthetic = np.c_[real[:, 0], rng.permutation(real[:, 1])]
    assert tell_apart(*arrays(real, synthetic), seed=0) > 0.85


def test_categories_and_missing_values_give_it_away(rng):
    def draw(missing):
        b = pd.Series(rng.normal(size=300)).where(rng.random(300) >= missing)
        return pd.DataFrame({"a": rng.choice(list("xyz"), 300), "b": b})

    frame, holes = draw(0.0), draw(0.5)
    vocabulary = Vocabulary.learn(frame, None)
    sets = [sample(vocabulary.read(x, "synthetic")) for x in (frame, holes)]
    assert tell_apart(*sets, seed=0) > 0.65
    assert given_away(*sets, seed=0).columns[0].name == "b"


def test_columns_without_a_value_become_zero():
    X = np.array([[np.nan, 1.0], [np.nan, np.nan], [3.0, 2.0]])
    np.testing.assert_array_equal(filled(X, np.array([0, 1])), [[0, 1], [0, np.nan], [0, 2]])
