"""A classifier of rows in any form, for whoever names none."""

from typing import Any, Self

import narwhals as nw
import numpy as np
import pandas as pd
from pandas.api import types as dtypes
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import check_is_fitted

from .features import as_array


def boosted_trees() -> Pipeline:
    """Boosted trees of rows as numbers, which take missing cells and need no scaling."""
    return make_pipeline(RowsAsNumbers(), HistGradientBoostingClassifier(early_stopping=False))


class RowsAsNumbers(TransformerMixin, BaseEstimator):
    """Rows of frames, arrays or lists as numbers (n, d), NaN where a cell is missing.

    Times become seconds, and categories the place of theirs among those of ``fit`` in order; one
    that ``fit`` did not see is missing.

    Attributes
    ----------
    categories_ : dict
        Texts of the categories of each column that has such, by the column's place.
    """

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn which categories there are in rows (n, d)."""
        frame = _frame(X)
        each = ((i, frame.iloc[:, i]) for i in range(frame.shape[1]))
        self.categories_ = {
            i: np.unique(column.dropna().astype(str)) for i, column in each if _is_category(column)
        }
        self.n_features_in_ = frame.shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give rows as numbers, (n, d)."""
        check_is_fitted(self)
        frame = _frame(X)
        columns = [self._numbers(i, frame.iloc[:, i]) for i in range(self.n_features_in_)]
        return np.column_stack(columns)

    def _numbers(self, i: int, column: pd.Series) -> np.ndarray:
        if i in self.categories_:
            known = pd.Categorical(column.astype(str).where(column.notna()), self.categories_[i])
            return np.where(known.codes < 0, np.nan, known.codes)
        if dtypes.is_datetime64_any_dtype(column):
            column = (column - pd.Timestamp(0, tz=column.dt.tz)).dt.total_seconds()
        elif dtypes.is_timedelta64_dtype(column):
            column = column.dt.total_seconds()
        return column.to_numpy(float, na_value=np.nan)


def _is_category(column: pd.Series) -> bool:
    is_time = dtypes.is_datetime64_any_dtype(column) or dtypes.is_timedelta64_dtype(column)
    return not (is_time or dtypes.is_numeric_dtype(column))


def _frame(X: Any) -> pd.DataFrame:
    if isinstance(X, pd.DataFrame):
        return X
    if isinstance(X, np.ndarray | list):
        array = as_array(X)
        return pd.DataFrame(array.reshape(len(array), -1)).infer_objects()
    return nw.from_native(X, eager_only=True).to_pandas()
