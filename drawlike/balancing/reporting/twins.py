"""Test rows that a training row equals, or nearly so."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from ..features import Cells, as_array, read
from ..generation import keys
from ..leaks import Leak, standing_out
from ..nearness import neighbours
from ..targets import Target

_LOOKED_AT = 2000  # rows whose nearest others are looked for
_NEAR = 0.002  # of the usual distance to one of the rows around
_AROUND = 8  # the number of that row: among copies the nearest is no measure


def twins(
    X: Any, target: Target, splits: Sequence[tuple[np.ndarray, np.ndarray]], seed: int
) -> np.ndarray:
    """Share of the test rows of each class that have a twin among training rows, (k,).

    A twin is a row of the same class whose cells are all the same, or that is five hundred times
    nearer than the eighth nearest usually is.
    """
    rows = as_array(X) if isinstance(X, list) else X
    same = _groups(rows, target)
    near = _nearest(rows, target, seed)
    found, seen = np.zeros(len(target.classes)), np.zeros(len(target.classes))
    for train, test in splits:
        in_train = np.zeros(len(target), bool)
        in_train[train] = True
        has_twin = np.isin(same[test], same[train]) | ((near >= 0) & in_train[near])[test]
        found += np.bincount(target.codes[test], has_twin, len(found))
        seen += np.bincount(target.codes[test], minlength=len(seen))
    return found / seen


def leaks_of_twins(shares: np.ndarray, target: Target, known: Sequence[Leak]) -> list[Leak]:
    """Classes of which twins tell more than chance, where nothing else told of them, from shares (k,)."""
    told = {leak.label for leak in known}
    found = standing_out("twins", np.rint(shares * target.counts), target.counts, target)
    return [leak for leak in found if leak.label not in told]


def _groups(rows: Any, target: Target) -> np.ndarray:
    """A number that rows of a class share whose cells are all the same, (n,)."""
    _, same = np.unique(np.array(keys(rows)), return_inverse=True)
    return same * len(target.classes) + target.codes


def _nearest(rows: Any, target: Target, seed: int) -> np.ndarray:
    """Number of the row that nearly equals each, or -1, (n,)."""
    cells, found = read(rows).cells, np.full(len(target), -1)
    if sparse.issparse(cells.numbers):
        return found
    for code in range(len(target.classes)):
        members = target.of_class(code)
        if len(members) > 2:
            some = np.random.default_rng(seed).permutation(len(members))[:_LOOKED_AT]
            near, distance, usual = _measured(cells.take(members), some)
            is_near = distance < _NEAR * usual
            found[members[some[is_near]]] = members[near[is_near]]
    return found


def _measured(cells: Cells, some: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The nearest other row of each of some, its distance, (m,), and the usual one around."""
    near = neighbours(cells, some, _AROUND)
    first, last = near[:, 0], near[:, -1]
    return first, _distances(cells, some, first), float(np.median(_distances(cells, some, last)))


def _distances(cells: Cells, some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distances between rows in standard deviations, (m,)."""
    numbers = cells.numbers.astype(float)
    spread = np.nanstd(numbers, 0)
    steps = np.nan_to_num((numbers[some] - numbers[others]) / np.where(spread > 0, spread, 1))
    far: np.ndarray = np.sqrt((steps**2).sum(1) + (cells.codes[some] != cells.codes[others]).sum(1))
    return far
