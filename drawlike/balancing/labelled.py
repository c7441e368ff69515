"""Labels as further columns of the rows, for models that are to draw both together."""

from typing import Any

import numpy as np
import pandas as pd

from ..errors import UnsupportedError
from .targets import Target

_NAME = "label {j} beside the rows"


class Labelled:
    """Rows and labels in one frame, and each in its own form again."""

    def __init__(self, rows: Any, target: Target) -> None:
        is_table = isinstance(rows, pd.DataFrame) or (
            isinstance(rows, np.ndarray) and rows.ndim == 2
        )
        if not is_table:
            raise UnsupportedError(
                f"A Rebalancer of several labels or rare numbers takes arrays (n, d) and pandas frames, "
                f"and not {type(rows).__name__}; convert the rows, or use RandomOverSampler."
            )
        self.rows, self.target = rows, target
        labels = target.columns()
        frame = pd.DataFrame(rows).reset_index(drop=True)
        self.names = [_NAME.format(j=j) for j in range(labels.shape[1])]
        both = [frame, pd.DataFrame(labels, columns=self.names)]
        self.frame = pd.concat(both, axis=1).rename(columns=str)

    def parted(self, frame: pd.DataFrame) -> tuple[Any, Any]:
        """Rows and labels of such a frame, (N, d) and (N, k), in the forms that they came in."""
        labels = self.target.of_columns(frame[self.names].to_numpy())
        rows = frame.drop(columns=self.names)
        if isinstance(self.rows, np.ndarray):
            return rows.to_numpy(self.rows.dtype), labels
        rows.columns = self.rows.columns
        return rows, labels
