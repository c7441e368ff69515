"""Which rows are near each other: numbers in standard deviations, categories alike or not."""

from typing import Any

import numpy as np
from scipy import sparse

from ..statistics.subsets.lines import smallest
from .features import Cells
from .searching import nearest, standardised, tiled

_TOGETHER = 1 << 20  # distances of sparse rows computed at once


def neighbours(cells: Cells, rows: np.ndarray, k: int) -> np.ndarray:
    """Numbers of the ``k`` nearest other rows of each of ``rows``, nearest first, (m, k).

    A number counts in standard deviations of ``cells``, a missing one lies in the middle; two
    categories that differ are one standard deviation apart, as in SMOTE-NC (Chawla et al. 2002,
    arXiv:1106.1813). With fewer than ``k`` other rows all of them are given.
    """
    near = np.zeros((len(rows), min(k, len(cells) - 1)), np.int64)
    if sparse.issparse(cells.numbers):
        _among_sparse(_in_units(cells.numbers), rows, near)
    else:
        numbers = cells.numbers if cells.numbers.shape[1] else np.zeros((len(cells), 1))
        nearest(standardised(numbers), numbers, cells.codes, tiled(cells.codes), rows, near)
    return near


def _among_sparse(points: Any, rows: np.ndarray, near: np.ndarray) -> None:
    norms = np.asarray(points.multiply(points).sum(1)).ravel()
    size = max(1, _TOGETHER // len(norms))
    for start in range(0, len(rows), size):
        part = slice(start, start + size)
        squared = (points[rows[part]] @ points.T).toarray()
        squared *= -2
        squared += norms
        smallest(squared, rows[part], near[part])


def _in_units(numbers: Any) -> Any:
    """Columns in standard deviations, not moved, so that zeros stay."""
    mean = np.asarray(numbers.mean(0)).ravel()
    squares = np.asarray(numbers.multiply(numbers).mean(0)).ravel()
    spread = np.sqrt(np.maximum(squares - mean**2, 0))
    return (numbers @ sparse.diags_array(1 / np.where(spread > 0, spread, 1))).tocsr()
