"""Categories that few training rows hold, and synthetic rows show."""

import numpy as np

from ...codecs.rarity import fewest_rows
from .samples import TableSample


def rare_drawn(train: TableSample, drawn: TableSample) -> dict[str, int]:
    """How many of a column's rare categories are among the drawn rows; others are left out."""
    if drawn.vocabulary is None:
        return {}
    fewest = fewest_rows(None, len(train))
    found: dict[str, int] = {}
    for column in drawn.vocabulary.schema.columns:
        name = str(column.name)
        if column.type == "category" and name in train.columns.code_names:
            rare = _rare(train.columns.get(name), drawn.columns.get(name), fewest)
            found |= {name: rare} if rare else {}
    return found


def _rare(train: np.ndarray, drawn: np.ndarray, fewest: int) -> int:
    counts = np.bincount(train[train >= 0])
    known = np.unique(drawn[(drawn >= 0) & (drawn < len(counts))])
    return int(((counts[known] > 0) & (counts[known] < fewest)).sum())
