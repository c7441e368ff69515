"""Categories that so few rows hold that a draw of one could point to a person."""

from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Fewest: TypeAlias = int | str | None

KEEP = "keep"
FEWEST = 5  # rows
_SHARE = 10  # in a smaller table one row in ten


def fewest_rows(declared: Fewest, n_rows: int) -> int:
    """Rows that must hold a category for it to be drawn, by what the schema declares."""
    if declared is None:
        return min(FEWEST, -(-n_rows // _SHARE))
    return 1 if isinstance(declared, str) else declared


def rare_categories(observed: pa.Array, fewest: int) -> tuple[int, int]:
    """How many categories fewer rows hold, and how many rows those are."""
    counts = np.asarray(pc.value_counts(observed).field("counts"))
    few = counts[counts < fewest]
    return len(few), int(few.sum())


def note_on(rare: Fewest, observed: pa.Array, n_rows: int) -> str | None:
    """What a person should know of the rare categories of a column, None without any."""
    kept = rare == KEEP
    fewest = fewest_rows(None if kept else rare, n_rows)
    n_values, n_few = rare_categories(observed, fewest)
    if not n_values:
        return None
    said = f"{n_values} rare values (fewer than {fewest} rows each, {n_few} rows in all)"
    if kept:
        return f"{said} may be drawn, as rare='keep' allows"
    return f"{said} are never drawn; rare='keep' allows them"
