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
from ..normals.dense import DenseNormals
from ..normals.diagonal import DiagonalNormals
from ..normals.missing import Reals
from ..normals.normal import WIDEST, Moments, Normals
from .densities import Lines, Whole, write_lines, write_whole
from .lanes import WIDTH
from .moments import add_lines, add_pairs
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
        mass, moments = _moments_of_lines(normals, x, posterior)
    else:
        mass, moments = _moments_of_pairs(normals, x, posterior)
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
        lines = _lines(normals)
        return lambda x, out: write_lines(x, lines, out)
    assert isinstance(normals, DenseNormals)
    whole = _whole(normals)
    if not abs(whole.offsets).max() < _FARTHEST:
        return None
    return lambda x, out: write_whole(x, whole, out)


def _lines(normals: DiagonalNormals) -> Lines:
    parts = (normals.means, normals.variances.rsqrt(), _at_means(normals))
    return Lines(*(part.contiguous().numpy() for part in parts))


def _whole(normals: DenseNormals) -> Whole:
    (n, d), p = normals.means.shape, _padded(normals.means.shape[1], WIDTH)
    about = normals.means - normals.center
    offsets, whiteners = np.zeros((n, p)), np.zeros((n, p, p))
    offsets[:, :d] = -(normals.whiteners @ about[..., None])[..., 0].numpy()
    whiteners[:, :d, :d] = normals.whiteners.mT.numpy()
    constants = _at_means(normals).contiguous().numpy()
    return Whole(normals.center.numpy(), offsets, whiteners, constants)


def _at_means(normals: Normals) -> Tensor:
    """Log-density of each state at its mean, (S,)."""
    return normals.exact_log_prob(Reals(normals.means)).diagonal()


def _moments_of_lines(
    normals: DiagonalNormals, x: np.ndarray, posterior: np.ndarray
) -> tuple[Tensor, Moments]:
    (n, d), center = normals.means.shape, normals.center
    sums = np.zeros((_padded(n, 4), _padded(2 * d + 1, 2 * WIDTH)))
    add_lines(x, center.numpy(), posterior, sums)
    raw, means = torch.from_numpy(sums[:n]), normals.means - center
    first, second, total = raw[:, :d], raw[:, d : 2 * d], raw[:, 2 * d]
    mass = total[:, None].expand_as(first)
    about = first - mass * means
    return total, Moments(mass, about, second - means * (first + about))


def _moments_of_pairs(
    normals: Normals, x: np.ndarray, posterior: np.ndarray
) -> tuple[Tensor, Moments]:
    (n, d), p = normals.means.shape, _padded(normals.means.shape[1], 2 * WIDTH)
    means, mass = np.zeros((n, p)), np.zeros(n)
    means[:, :d] = normals.means.numpy()
    first, second = np.zeros((n, p)), np.zeros((n, p, p))
    add_pairs(x, means, posterior, mass, first, second)
    total, upper = torch.from_numpy(mass), torch.from_numpy(second[:, :d, :d]).triu()
    whole = upper + upper.triu(1).mT + torch.diag_embed(total[:, None] * normals.guard.cell)
    return total, Moments(total, torch.from_numpy(first[:, :d]), whole)


def _padded(n: int, size: int) -> int:
    return -(-n // size) * size
