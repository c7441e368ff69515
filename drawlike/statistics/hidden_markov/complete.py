"""Densities of complete steps and sums over them, where every state emits by one normal.

This is for chains in main memory. Deviations are taken from each state's mean, or nearly so,
and no digits are lost.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..lanes import WIDTH
from ..mixtures.expectation import Cells
from ..mixtures.mixture import Mixture, Sums
from ..normals.columns import ColumnDeviations
from ..normals.dense import DenseNormals
from ..normals.densities import Whole, write_whole
from ..normals.diagonal import DiagonalNormals
from ..normals.missing import Reals
from ..normals.moments import add_pairs
from ..normals.normal import WIDEST, Normals
from .scaling import gather

_AT_ONCE = 4096  # steps of a block
_FARTHEST = 1e5  # standard deviations of a state from the centre: five of 16 digits


def write_complete(
    emissions: Mixture, cells: Cells, write: Callable[[slice, Tensor], None]
) -> bool:
    """Hand over log-densities (S, b) of all blocks; False if these are no such steps."""
    kernel = _kernel(emissions.normals) if _are_complete(emissions, cells) else None
    if kernel is None:
        return False
    x = cells.reals.x.contiguous()
    for first in range(0, len(x), _AT_ONCE):
        some = slice(first, min(len(x), first + _AT_ONCE))
        joint = x.new_empty((len(emissions.weights), some.stop - first))
        kernel(x[some].numpy(), joint.numpy())
        emissions.tables.add_log_prob(cells.codes[some], emissions.all, joint)
        write(some, joint)
    return True


def add_complete(emissions: Mixture, cells: Cells, posterior: np.ndarray, into: Sums) -> bool:
    """Add steps, weighted by posteriors (n, S), to sums; False if nothing was added."""
    if not _are_complete(emissions, cells):
        return False
    normals, x = emissions.normals, cells.reals.x.contiguous().numpy()
    if isinstance(normals, DiagonalNormals):
        if not normals.suits(torch.float64):
            return False
        columns = _columns(normals)
        columns.add_rows(x, posterior.T)
        mass, *moments = columns.moments()
    else:
        mass, *moments = _moments_of_pairs(normals, x, posterior)
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


def _kernel(normals: Normals) -> Callable[[np.ndarray, np.ndarray], None] | None:
    """What writes log-densities (S, n) of steps (n, d); None if digits may be missing."""
    if isinstance(normals, DiagonalNormals):
        return _columns(normals).write
    assert isinstance(normals, DenseNormals)
    whole = _whole(normals)
    if not abs(whole.offsets).max() < _FARTHEST:
        return None
    return lambda x, out: write_whole(x, whole, out)


def _columns(normals: DiagonalNormals) -> ColumnDeviations:
    return ColumnDeviations(normals, torch.zeros_like(normals.means[:, 0]))


def _whole(normals: DenseNormals) -> Whole:
    (n, d), p = normals.means.shape, _padded(normals.means.shape[1], WIDTH)
    about = normals.means - normals.center
    offsets, whiteners = np.zeros((n, p)), np.zeros((n, p, p))
    offsets[:, :d] = -(normals.whiteners @ about[..., None])[..., 0].numpy()
    whiteners[:, :d, :d] = normals.whiteners.mT.numpy()
    # log-density of each state at its mean
    constants = normals.exact_log_prob(Reals(normals.means)).diagonal().contiguous().numpy()
    return Whole(normals.center.numpy(), offsets, whiteners, constants)


def _moments_of_pairs(normals: Normals, x: np.ndarray, posterior: np.ndarray) -> tuple[Tensor, ...]:
    (n, d), p = normals.means.shape, _padded(normals.means.shape[1], 2 * WIDTH)
    means, mass = np.zeros((n, p)), np.zeros(n)
    means[:, :d] = normals.means.numpy()
    first, second = np.zeros((n, p)), np.zeros((n, p, p))
    add_pairs(x, means, posterior, mass, first, second)
    total, upper = torch.from_numpy(mass), torch.from_numpy(second[:, :d, :d]).triu()
    whole = upper + upper.triu(1).mT + torch.diag_embed(total[:, None] * normals.guard.cell)
    return total, total, torch.from_numpy(first[:, :d]), whole


def _padded(n: int, size: int) -> int:
    return -(-n // size) * size
