"""Rows, layouts and mixtures that the tests of statistics share."""

import numpy as np
import torch

from drawlike.events import SILENT
from drawlike.layout import Choice, Layout, Real
from drawlike.rows import Rows
from drawlike.statistics.columns import Columns
from drawlike.statistics.mixtures.mixture import Mixture
from drawlike.statistics.mixtures.outline import outline
from drawlike.statistics.mixtures.starting import STARTS, begin

TYPES = ("full", "tied", "diag", "spherical")


def reals(d: int, cell: float = 0.0) -> Layout:
    return Layout((Real("x", d, (cell,) * d),))


def real_and_codes(d: int, *sizes: int) -> Layout:
    codes = tuple(Choice(f"c{i}", size) for i, size in enumerate(sizes))
    return Layout((Real("x", d, (0.0,) * d), *codes))


def rows_of(x, labels=None, weight=None) -> Rows:
    x = torch.as_tensor(np.asarray(x, np.float64))
    cond = torch.zeros(len(x), 0, dtype=torch.float64)
    if labels is not None:
        cond = torch.nn.functional.one_hot(torch.as_tensor(labels)).double()
    w = torch.ones(len(x), dtype=torch.float64) if weight is None else torch.as_tensor(weight)
    return Rows(x, cond, w.double())


def whole(rows: Rows):
    return lambda: rows.batches(max(1, len(rows)))


def template(rows: Rows, layout: Layout, covariance="full", k=1, added=0.0) -> Mixture:
    first = outline(Columns.of(layout), whole(rows), rows.cond.shape[1])
    return first.mixture(covariance, k, added)


def started(
    rows: Rows, layout: Layout, covariance="full", *, k=2, added=0.0, init="k-means++"
) -> Mixture:
    """A mixture after the first step of a fit."""
    first = outline(Columns.of(layout), whole(rows), rows.cond.shape[1])
    start = STARTS[init](rows, first, k, np.random.default_rng(0))
    return begin(first.mixture(covariance, k, added), start, whole(rows), SILENT)


def three_clusters(rng, n=300, d=3, missing=0.0) -> np.ndarray:
    centers = np.array([[-4.0] * d, [0.0] * d, [4.0] * d])
    mixing = rng.normal(size=(3, d, d)) * 0.4 + np.eye(d)
    which = rng.integers(0, 3, n)
    x = centers[which] + np.einsum("nd,nde->ne", rng.normal(size=(n, d)), mixing[which])
    x[rng.random((n, d)) < missing] = np.nan
    return x
