"""A classifier of rows in any form, for whoever names none."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils.validation import _check_feature_names, check_is_fitted

from ..errors import DataError
from .features import as_frame, looks_categorical


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
        _check_feature_names(self, X, reset=True)
        frame = as_frame(X)
        each = ((i, frame.iloc[:, i]) for i in range(frame.shape[1]))
        self.categories_ = {
            i: np.unique(column.dropna().astype(str))
            for i, column in each
            if looks_categorical(column)
        }
        self.n_features_in_ = frame.shape[1]
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Give rows as numbers, (n, d)."""
        check_is_fitted(self)
        _check_feature_names(self, X, reset=False)
        frame = as_frame(X)
        if frame.shape[1] != self.n_features_in_:
            raise DataError(
                f"X has {frame.shape[1]} columns, and {self.n_features_in_} were learned; give the "
                "same ones."
            )
        columns = [self._numbers(i, frame.iloc[:, i]) for i in range(self.n_features_in_)]
        return np.column_stack(columns)

    def _numbers(self, i: int, column: pd.Series) -> np.ndarray:
        if i in self.categories_:
            known = pd.Categorical(column.astype(str).where(column.notna()), self.categories_[i])
            return np.where(known.codes < 0, np.nan, known.codes)
        if column.dtype.kind == "M":
            column = (column - pd.Timestamp(0, tz=column.dt.tz)).dt.total_seconds()
        elif column.dtype.kind == "m":
            column = column.dt.total_seconds()
        if looks_categorical(column):
            column = pd.to_numeric(column, errors="coerce")
        return column.to_numpy(float, na_value=np.nan)
