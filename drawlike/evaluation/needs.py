"""What a metric needs of rows; where they lack it, it is not computed and says why."""

import numpy as np

from ..report import Text
from .inputs.columns import Columns
from .inputs.samples import Sample
from .inputs.target import Target
from .metric import NotComputedError


def columns_of(rows: Sample) -> Columns:
    """Give the columns of tables and arrays; images have none."""
    if rows.columns is None:
        raise NotComputedError(Text("there are no columns", "没有列"))
    return rows.columns


def target_of(rows: Sample) -> Target:
    """Give what is to be predicted."""
    if rows.target is None:
        raise NotComputedError(
            Text("no label is named, or a set has none", "未指定标签，或某组数据没有标签")
        )
    return rows.target


def classes_of(rows: Sample) -> np.ndarray:
    """Give the class of each row as text, (n,)."""
    target = target_of(rows)
    if not target.is_class:
        raise NotComputedError(Text("the label is a number", "标签是数值"))
    return target.values.astype(str)
