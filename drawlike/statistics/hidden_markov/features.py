"""Densities of steps and sums over them by products of features, a block in the cache at a time.

This is for chains in main memory of which every state emits by one normal; a few steps of each
block are compared with deviations from the means, and what disagrees is left to these.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ..mixtures.expectation import Cells
from ..mixtures.mixture import Mixture, Sums
from ..normals.precision import agree
from ..normals.products import Blockwise
from .scaling import gather

_AT_ONCE = 2048  # steps of a block
_CHECKED = 4  # steps of a block that are checked


def write_by_features(
    emissions: Mixture, cells: Cells, write: Callable[[slice, Tensor], None]
) -> bool:
    """Hand over log-densities (S, b) of all blocks; False if digits may be missing."""
    products = _products(emissions, cells)
    if products is None:
        return False
    checked, found = [], []
    for block in _blocks(products, len(cells.codes)):
        joint = products.log_prob(cells.reals.x[block])
        rows = torch.linspace(0, joint.shape[1] - 1, _CHECKED).long()
        checked.append(rows + block.start)
        found.append(joint[:, rows])
        emissions.tables.add_log_prob(cells.codes[block], emissions.all, joint)
        write(block, joint)
    if products.is_exact:
        return True
    exact = emissions.normals.exact_log_prob(cells.reals.at(torch.cat(checked)))
    return agree(torch.cat(found, 1), exact, torch.float64)


def add_by_features(emissions: Mixture, cells: Cells, posterior: np.ndarray, into: Sums) -> bool:
    """Add steps, weighted by posteriors (n, S), to sums; False if nothing was added."""
    products = _products(emissions, cells)
    if products is None:
        return False
    counts = tuple(torch.zeros_like(count) for count in into.counts)
    mass, *moments = _add_blocks(emissions, cells, posterior, products, counts)
    if not all(bool(part.isfinite().all()) for part in moments):
        return False
    for total, part in zip(
        (into.mass, *into.moments, *into.counts), (mass, *moments, *counts), strict=True
    ):
        total.add_(part)
    return True


def _products(emissions: Mixture, cells: Cells) -> Blockwise | None:
    """Products in float64, if these normals and steps allow for them."""
    normals, reals = emissions.normals, cells.reals
    if emissions.n_components > 1 or not reals.x.is_cpu:
        return None
    if torch.float64 not in normals.fast(reals):
        return None
    return normals.products(
        torch.float64, torch.zeros_like(emissions.weights), gaps=not reals.complete
    )


def _blocks(products: Blockwise, n: int) -> list[slice]:
    size = min(_AT_ONCE, products.n_rows)
    return [slice(start, min(n, start + size)) for start in range(0, n, size)]


def _add_blocks(
    emissions: Mixture,
    cells: Cells,
    posterior: np.ndarray,
    products: Blockwise,
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
