"""Densities of complete steps and sums over them, where every state emits by one normal.

This is for chains in main memory. Deviations are taken from each state's mean, or nearly so,
and no digits are lost.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..mixtures.expectation import Cells
from ..mixtures.mixture import Mixture, Sums
from ..normals.columns import ColumnDeviations
from ..normals.complete import Deviations
from ..normals.dense import DenseNormals
from ..normals.diagonal import DiagonalNormals
from ..normals.normal import WIDEST, Normals
from ..normals.pairs import PairDeviations
from .scaling import gather

_AT_ONCE = 4096  # steps of a block


def write_complete(
    emissions: Mixture, cells: Cells, write: Callable[[slice, Tensor], None]
) -> bool:
    """Hand over log-densities (S, b) of all blocks; False if these are no such steps."""
    if not _are_complete(emissions, cells) or not _are_near(emissions.normals):
        return False
    deviations = _deviations(emissions.normals)
    x = cells.reals.x.contiguous()
    for first in range(0, len(x), _AT_ONCE):
        some = slice(first, min(len(x), first + _AT_ONCE))
        joint = x.new_empty((len(emissions.weights), some.stop - first))
        deviations.write(x[some].numpy(), joint.numpy())
        emissions.tables.add_log_prob(cells.codes[some], emissions.all, joint)
        write(some, joint)
    return True


def add_complete(emissions: Mixture, cells: Cells, posterior: np.ndarray, into: Sums) -> bool:
    """Add steps, weighted by posteriors (n, S), to sums; False if nothing was added."""
    if not _are_complete(emissions, cells):
        return False
    normals, x = emissions.normals, cells.reals.x.contiguous().numpy()
    if isinstance(normals, DiagonalNormals) and not normals.suits(torch.float64):
        return False
    deviations = _deviations(normals)
    deviations.add_rows(x, posterior.T)
    mass, *moments = deviations.moments()
    if not all(bool(part.isfinite().all()) for part in moments):
        return False
    for total, part in zip((into.mass, *into.moments), (mass, *moments), strict=True):
        total.add_(part)
    if into.counts:
        by_state = np.empty(posterior.shape[::-1])
        gather(posterior, by_state)
        emissions.tables.add_counts(
            cells.codes, torch.from_numpy(by_state), emissions.all, into.counts
        )
    return True


def _are_complete(emissions: Mixture, cells: Cells) -> bool:
    normals, x = emissions.normals, cells.reals.x
    if emissions.n_components > 1 or not x.is_cpu or not 0 < x.shape[1] < WIDEST:
        return False
    own = isinstance(normals, DiagonalNormals) or len(normals.covariances) == len(normals.means)
    return own and len(x) > 0 and cells.reals.complete


def _deviations(normals: Normals) -> Deviations:
    even = torch.zeros_like(normals.means[:, 0])
    if isinstance(normals, DiagonalNormals):
        return ColumnDeviations(normals, even)
    assert isinstance(normals, DenseNormals)
    return PairDeviations(normals, even)


def _are_near(normals: Normals) -> bool:
    """Whether no digits are missing of deviations."""
    return not isinstance(normals, DenseNormals) or normals.are_near
