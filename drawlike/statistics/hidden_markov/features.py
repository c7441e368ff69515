"""Densities of steps and sums over them by products of features, a block in the cache at a time.

This is for chains in main memory of which every state emits by one normal; a few steps of each
block are compared with deviations from the means, and what disagrees is left to these.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..mixtures.expectation import Cells
from ..mixtures.mixture import Mixture, Sums
from ..normals.precision import agree
from ..normals.products import Products, SquareProducts
from .scaling import gather

_AT_ONCE = 2048  # steps of a block
_CHECKED = 4  # steps of a block that are checked
_SHARED = 32  # states from which products of pairs of columns are worth their making
_LOOSE = {"reassoc", "contract", "nsz"}  # sums in any order


def write_by_features(
    emissions: Mixture, cells: Cells, write: Callable[[slice, Tensor], None]
) -> bool:
    """Hand over log-densities (S, b) of all blocks; False if digits may be missing."""
    products = _products(emissions, cells)
    if products is None:
        return False
    by_deviations = products.is_exact and not (
        products.coefficients.suits and len(emissions.weights) >= _SHARED
    )
    log_prob = products.log_prob if by_deviations else partial(Products.log_prob, products)
    checked, found = [], []
    for block in _blocks(products, len(cells.codes)):
        joint = log_prob(cells.reals.x[block])
        rows = torch.linspace(0, joint.shape[1] - 1, _CHECKED).long()
        checked.append(rows + block.start)
        found.append(joint[:, rows])
        emissions.tables.add_log_prob(cells.codes[block], emissions.all, joint)
        write(block, joint)
    if by_deviations:
        return True
    exact = emissions.normals.exact_log_prob(cells.reals.at(torch.cat(checked)))
    return agree(torch.cat(found, 1), exact, torch.float64)


def add_by_features(emissions: Mixture, cells: Cells, posterior: np.ndarray, into: Sums) -> bool:
    """Add steps, weighted by posteriors (n, S), to sums; False if nothing was added."""
    products = _products(emissions, cells)
    if products is None:
        return False
    counts = tuple(torch.zeros_like(count) for count in into.counts)
    add = _add_lines if _are_lines(products, cells) else _add_blocks
    mass, *moments = add(emissions, cells, posterior, products, counts)
    if not all(bool(part.isfinite().all()) for part in moments):
        return False
    for total, part in zip(
        (into.mass, *into.moments, *into.counts), (mass, *moments, *counts), strict=True
    ):
        total.add_(part)
    return True


def _products(emissions: Mixture, cells: Cells) -> Products | None:
    """Products in float64, if these normals and steps allow for them."""
    normals, reals = emissions.normals, cells.reals
    if emissions.n_components > 1 or not reals.x.is_cpu:
        return None
    if torch.float64 not in normals.fast(reals):
        return None
    return normals.products(
        torch.float64, torch.zeros_like(emissions.weights), gaps=not reals.complete
    )


def _blocks(products: Products, n: int) -> list[slice]:
    size = min(_AT_ONCE, products.n_rows)
    return [slice(start, min(n, start + size)) for start in range(0, n, size)]


def _are_lines(products: Products, cells: Cells) -> bool:
    return isinstance(products, SquareProducts) and not products.gaps and not cells.codes.shape[1]


def _add_blocks(
    emissions: Mixture,
    cells: Cells,
    posterior: np.ndarray,
    products: Products,
    counts: tuple[Tensor, ...],
) -> tuple[Tensor, ...]:
    for block in _blocks(products, len(posterior)):
        by_state = np.empty((posterior.shape[1], block.stop - block.start))
        gather(posterior[block], by_state)
        shares = torch.from_numpy(by_state)
        products.see(cells.reals.x[block])
        products.add(shares)
        emissions.tables.add_counts(cells.codes[block], shares, emissions.all, counts)
    return products.moments()


def _add_lines(
    emissions: Mixture,
    cells: Cells,
    posterior: np.ndarray,
    products: Products,
    counts: tuple[Tensor, ...],
) -> tuple[Tensor, ...]:
    """Sums of independent columns, faster than a product of such narrow matrices."""
    means, center = products.coefficients.means, products.coefficients.center
    total, first, second = (torch.zeros_like(part) for part in (means[:, 0], means, means))
    sums = (total.numpy(), first.numpy(), second.numpy())
    _add_squares(cells.reals.x.contiguous().numpy(), center.numpy(), posterior, *sums)
    mass = total[:, None].expand_as(first)
    about = first - mass * means
    return total, mass, about, second - means * (first + about)


@njit(cache=True, nogil=True, fastmath=_LOOSE)
def _add_squares(  # noqa: PLR0917
    x: np.ndarray,
    center: np.ndarray,
    posterior: np.ndarray,
    mass: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> None:
    """Add sums (S,), (S, d) and (S, d) of 1, y and y squared about the centre, four at a time."""
    (steps, d), n = x.shape, len(mass)
    y, squares, share = np.empty((4, d)), np.empty((4, d)), np.empty((4, n))
    for t in range(0, steps, 4):
        for r in range(4):
            inside = t + r < steps
            at = t + r if inside else t
            for j in range(d):
                y[r, j] = x[at, j] - center[j]
                squares[r, j] = y[r, j] * y[r, j]
            for i in range(n):
                share[r, i] = posterior[at, i] if inside else 0.0
        for i in range(n):
            a, b, c, e = share[0, i], share[1, i], share[2, i], share[3, i]
            mass[i] += (a + b) + (c + e)
            for j in range(d):
                first[i, j] += (a * y[0, j] + b * y[1, j]) + (c * y[2, j] + e * y[3, j])
            for j in range(d):
                second[i, j] += (a * squares[0, j] + b * squares[1, j]) + (
                    c * squares[2, j] + e * squares[3, j]
                )
