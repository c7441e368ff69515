"""Boosted trees of rows in any form."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from drawlike.balancing.learner import RowsAsNumbers, boosted_trees
from drawlike.errors import DataError

FRAME = pd.DataFrame(
    {
        "a": [1.5, np.nan, 3.0, 4.0],
        "b": ["x", "y", None, "x"],
        "c": [True, False, True, True],
        "d": pd.to_datetime(["1970-01-01", "1970-01-02", None, "1970-01-01"], utc=True),
        "e": pd.Series([1, None, 3, 4], dtype="Int64"),
        "f": pd.Categorical(["low", "high", "low", None]),
    }
)


def test_cells_become_numbers_and_gaps_stay():
    rows = RowsAsNumbers().fit(FRAME).transform(FRAME)
    assert rows[:, 1].tolist()[:2] == [0, 1]
    assert rows[1, 3] == 86_400
    assert np.isnan(rows).sum() == 5
    assert rows[0].tolist() == [1.5, 0, 1, 0, 1, 1]


def test_categories_that_are_new_are_missing():
    fitted = RowsAsNumbers().fit(FRAME)
    assert np.isnan(fitted.transform(FRAME.assign(b="z"))[:, 1]).all()
    with pytest.raises(NotFittedError):
        RowsAsNumbers().transform(FRAME)


@pytest.mark.parametrize("form", [pd.DataFrame, pl.DataFrame, np.asarray, np.ndarray.tolist])
def test_every_form_is_learned(form):
    rows = np.random.default_rng(0).normal(size=(60, 2))
    given = form(rows)
    fitted = boosted_trees().fit(given, rows[:, 0] > 0)
    assert (fitted.predict(given) == (rows[:, 0] > 0)).mean() > 0.9


def test_arrow_times_are_seconds_and_sparse_rows_are_learned():
    arrow = FRAME[["d"]].convert_dtypes(dtype_backend="pyarrow")
    assert RowsAsNumbers().fit(arrow).transform(arrow)[1, 0] == 86_400
    rows = sparse.csr_array(np.eye(3))
    assert (RowsAsNumbers().fit(rows).transform(rows) == np.eye(3)).all()


def test_other_columns_are_refused_and_words_among_numbers_are_missing():
    fitted = RowsAsNumbers().fit(FRAME[["a", "e"]])
    with pytest.raises(ValueError, match="feature names"):
        fitted.transform(FRAME[["e", "a"]])
    with pytest.raises(DataError, match="columns"):
        RowsAsNumbers().fit(np.eye(3)).transform(np.eye(2))
    assert np.isnan(fitted.transform(FRAME[["a", "e"]].assign(a="x"))[:, 0]).all()
